import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { notFound } from '../problems.ts';
import { withAttempts } from '../views/receivers.ts';
import { receiverList, receiverTest } from '../schemas/receivers.ts';
import { idParams } from '../schemas/common.ts';

export const receiverEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/receivers',
    tag: 'Receivers',
    summary: 'Who can be told, and where, without secrets',
    description:
      'A key of one tenant sees the receivers that alerts of this tenant may come to, and when something of this tenant was last taken, last failed and why, and what waits.',
    access: ['read'],
    response: receiverList,
    handle: async ({ principal: { tenant }, options }) => ({
      ...asOfNow(options),
      receivers: withAttempts(options.receivers.list(tenant), await options.control.receiverAttempts(tenant)),
    }),
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/receivers/{id}/test',
    tag: 'Receivers',
    summary: 'Send a notice that says it is a test, now and once',
    description:
      '`result`: sent; retry (not taken now); failed (will never be taken); unknown (no answer, it may have arrived).',
    access: ['operate'],
    params: idParams,
    response: receiverTest,
    handle: async ({ params, principal, options }) => {
      const { tenant, name: actor } = principal;
      const tested = await options.receivers.test({ id: params.id, tenant, actor });
      if (tested === null) throw notFound(`receiver ${params.id}`);
      return tested;
    },
  }),
];
