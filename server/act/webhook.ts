import { payloadOf } from './message.ts';
import { signedPost } from './signed-post.ts';
import type { ReceiverPart, SettingsOf } from './types.ts';
import { noticeBody, retrainBody, type WebhookBody } from './webhook-body.ts';

/** Signed JSON to any address: notices, and requests to retrain, whose webhook-id is the run's. */
export const webhook: ReceiverPart<'webhook'> = {
  type: 'webhook',
  secrets: ({ secret, previous }) =>
    [secret, ...(previous === undefined ? [] : [previous.secret])].flatMap(signingForms),
  attempt: async (delivery, context) => {
    const { settings, fetch, now, timeoutMs } = context;
    const payload = payloadOf(delivery);
    const { id, body } =
      payload.kind === 'notice'
        ? { id: payload.notice.id, body: withRepeat(noticeBody(payload.notice), delivery.mayRepeat) }
        : { id: payload.request.runId, body: retrainBody(payload.request, now()) };
    return signedPost({
      url: settings.url,
      secrets: secretsAt(settings, now()),
      id,
      body,
      fetch,
      now,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  },
};

/** The secret before is used too until its end: receivers that know only one of them keep verifying. */
function secretsAt({ secret, previous }: SettingsOf<'webhook'>, nowMs: number): readonly string[] {
  return previous === undefined || nowMs >= previous.untilMs ? [secret] : [secret, previous.secret];
}

/** A signing secret in every form in which it could be in a text. */
export function signingForms(secret: string): readonly string[] {
  return [secret, secret.replace(/^wh(sec|sk)_/, '')];
}

/** The id is the same on every try; that one before may have arrived is said beside it. */
function withRepeat(body: WebhookBody, mayRepeat: boolean): WebhookBody {
  return mayRepeat ? { ...body, data: { ...body.data, possibleRepeat: true } } : body;
}
