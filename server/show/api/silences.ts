import type { Silence } from '../../model.ts';
import { tenantFor } from '../access.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { newSilence, silence, silenceList } from '../schemas/alerts.ts';
import { idParams } from '../schemas/common.ts';

function tell(options: ShowOptions, { id, tenant, matchers }: Silence, text: string): void {
  announce(options, [
    {
      kind: 'silence',
      tenant,
      model: matchers.find(({ name, op }) => name === 'model' && op === '=')?.value ?? null,
      id,
      text,
    },
  ]);
}

export const silenceEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/silences',
    tag: 'Alerts',
    summary: 'Silences that are in force or to come',
    access: ['read'],
    response: silenceList,
    handle: async ({ principal, nowMs, options }) => ({
      ...asOfNow(options),
      silences: await options.control.silences(principal.tenant, nowMs),
    }),
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/silences',
    tag: 'Alerts',
    summary:
      'Keep quiet about alerts that match, from now on; longestSilence of the configuration is the limit',
    description:
      'Alerts still open and close; what ends while silenced is still announced if it was announced firing.',
    access: ['operate'],
    body: newSilence,
    status: 201,
    response: silence,
    handle: async ({ body, principal, nowMs, options }) => {
      const { durationMs, reason } = body;
      const made = await options.control.createSilence(
        {
          tenant: tenantFor(principal, body.tenant),
          matchers: body.matchers,
          fromMs: nowMs,
          toMs: nowMs + durationMs,
          author: principal.name,
          reason,
        },
        nowMs,
      );
      tell(options, made, `Silenced by ${made.author}: ${made.reason}`);
      return made;
    },
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/silences/{id}',
    tag: 'Alerts',
    summary: 'End a silence now',
    access: ['operate'],
    params: idParams,
    response: silence,
    handle: async ({ params, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const ended = valueOf(await options.control.expireSilence({ id: params.id, tenant, actor, nowMs }));
      tell(options, ended, `Silence ended by ${actor}`);
      return ended;
    },
  }),
];
