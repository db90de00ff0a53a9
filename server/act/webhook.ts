import { payloadOf } from './message.ts';
import { signedPost } from './signed-post.ts';
import type { ReceiverPart } from './types.ts';
import { noticeBody, retrainBody } from './webhook-body.ts';

/** Signed JSON to any address: notices, and requests to retrain, whose webhook-id is the run's. */
export const webhook: ReceiverPart<'webhook'> = {
  type: 'webhook',
  secrets: ({ secret }) => [secret, secret.replace(/^whsec_/, '')],
  attempt: async (delivery, context) => {
    const { settings, fetch, now, timeoutMs } = context;
    const payload = payloadOf(delivery);
    const { id, body } =
      payload.kind === 'notice'
        ? { id: payload.notice.id, body: noticeBody(payload.notice) }
        : { id: payload.request.runId, body: retrainBody(payload.request, now()) };
    return signedPost({
      url: settings.url,
      secret: settings.secret,
      id,
      body,
      fetch,
      now,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  },
};
