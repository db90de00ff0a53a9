import { z } from 'zod';
import { duration, name, secret, url, UNITS_MS, type SecretReference } from './config-common.ts';
import type { ReceiverSettings } from './settings.ts';

/** Who can be told, as the configuration file says it and as the stages read it. */

/** Liquid; that it can be rendered is looked at later, when the whole file is known to be well formed. */
const template = z
  .string({ error: 'expected a template as a text: in quotes, or under | on lines of its own' })
  .max(10_000, 'expected at most 10000 characters')
  .optional();

export const receiverSchema = z.discriminatedUnion('type', [
  z.strictObject({
    id: name,
    type: z.literal('slack'),
    channel: z.string().min(1),
    token: secret,
    apiUrl: url.optional(),
    templates: z.strictObject({ title: template, text: template }).optional(),
  }),
  z.strictObject({
    id: name,
    type: z.literal('email'),
    to: z.array(z.email()).min(1),
    from: z.email(),
    smtp: secret,
    templates: z.strictObject({ subject: template, text: template, html: template }).optional(),
  }),
  z.strictObject({
    id: name,
    type: z.literal('webhook'),
    url,
    secret,
    previous: z.strictObject({ secret, until: z.iso.datetime({ offset: true }) }).optional(),
  }),
  z.strictObject({
    id: name,
    type: z.literal('alertmanager'),
    url,
    // Shorter than Alertmanager's own resolve_timeout of 5m by far, so that a few lost requests resolve nothing.
    resend: duration
      .refine((ms) => ms >= 10 * UNITS_MS.s && ms <= 10 * UNITS_MS.m, 'expected 10s to 10m')
      .default(UNITS_MS.m),
  }),
  z.strictObject({
    id: name,
    type: z.literal('pagerduty'),
    routingKey: secret,
    apiUrl: url.optional(),
    templates: z.strictObject({ summary: template }).optional(),
  }),
]);

export type ReceiverFile = z.output<typeof receiverSchema>;

/** `secretOf` resolves the reference at a key of the receiver. */
export function toReceiver(
  receiver: ReceiverFile,
  secretOf: (key: readonly string[], reference: SecretReference) => string,
): ReceiverSettings {
  const { id } = receiver;
  switch (receiver.type) {
    case 'slack': {
      const { channel, apiUrl = null } = receiver;
      const token = secretOf(['token'], receiver.token);
      return { id, type: 'slack', channel, token, apiUrl, ...templatesOf(receiver) };
    }
    case 'email': {
      const { to, from } = receiver;
      const smtpUrl = secretOf(['smtp'], receiver.smtp);
      return { id, type: 'email', to, from, smtpUrl, ...templatesOf(receiver) };
    }
    case 'webhook': {
      const { url: address, previous } = receiver;
      const now = secretOf(['secret'], receiver.secret);
      const webhook = { id, type: 'webhook', url: address, secret: now } as const;
      if (previous === undefined) return webhook;
      const before = secretOf(['previous', 'secret'], previous.secret);
      return { ...webhook, previous: { secret: before, untilMs: Date.parse(previous.until) } };
    }
    case 'alertmanager':
      return { id, type: 'alertmanager', url: receiver.url, resendMs: receiver.resend };
    case 'pagerduty': {
      const { apiUrl = null } = receiver;
      const routingKey = secretOf(['routingKey'], receiver.routingKey);
      return { id, type: 'pagerduty', routingKey, apiUrl, ...templatesOf(receiver) };
    }
  }
}

function templatesOf<T>({ templates }: { readonly templates?: T | undefined }): { readonly templates?: T } {
  return templates === undefined ? {} : { templates };
}
