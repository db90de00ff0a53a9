import { z } from 'zod';
import { name, secret, url, type SecretReference } from './config-common.ts';
import type { ReceiverSettings } from './settings.ts';

/** Who can be told, as the configuration file says it and as the stages read it. */

export const receiverSchema = z.discriminatedUnion('type', [
  z.strictObject({
    id: name,
    type: z.literal('slack'),
    channel: z.string().min(1),
    token: secret,
    apiUrl: url.optional(),
  }),
  z.strictObject({
    id: name,
    type: z.literal('email'),
    to: z.array(z.email()).min(1),
    from: z.email(),
    smtp: secret,
  }),
  z.strictObject({ id: name, type: z.literal('webhook'), url, secret }),
]);

export type ReceiverFile = z.output<typeof receiverSchema>;

/** `secretOf` resolves a reference; of a webhook it also holds that the secret can sign. */
export function toReceiver(
  receiver: ReceiverFile,
  secretOf: (reference: SecretReference) => string,
): ReceiverSettings {
  switch (receiver.type) {
    case 'slack':
      return {
        id: receiver.id,
        type: 'slack',
        channel: receiver.channel,
        token: secretOf(receiver.token),
        apiUrl: receiver.apiUrl ?? null,
      };
    case 'email':
      return {
        id: receiver.id,
        type: 'email',
        to: receiver.to,
        from: receiver.from,
        smtpUrl: secretOf(receiver.smtp),
      };
    case 'webhook':
      return { id: receiver.id, type: 'webhook', url: receiver.url, secret: secretOf(receiver.secret) };
  }
}
