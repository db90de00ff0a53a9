import { z } from 'zod';
import { duration, name, secret, url, UNITS_MS, type SecretReference } from './config-common.ts';
import type { ReceiverSettings } from './settings.ts';

/** Who can be told, as the configuration file says it and as the stages read it. */

/** Liquid; that it can be rendered is looked at later, when the whole file is known to be well formed. */
const template = z
  .string({ error: 'expected a template as a text: in quotes, or under | on lines of its own' })
  .max(10_000, 'expected at most 10000 characters')
  .optional();

const receiver = z.discriminatedUnion('type', [
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
    token: secret.optional(),
    basicAuth: z
      .strictObject({
        user: z
          .string()
          .regex(/^[^:\p{Cc}]+$/u, 'expected a user without a colon, which ends it in the header'),
        password: secret,
      })
      .optional(),
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

export const receiverSchema = receiver.superRefine((one, context) => {
  if (one.type !== 'alertmanager' || one.token === undefined || one.basicAuth === undefined) return;
  const message = 'expected a token or basicAuth, got both; a request has one Authorization header';
  context.addIssue({ code: 'custom', path: ['basicAuth'], message });
});

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
      return toAlertmanager(receiver, secretOf);
    case 'pagerduty': {
      const { apiUrl = null } = receiver;
      const routingKey = secretOf(['routingKey'], receiver.routingKey);
      return { id, type: 'pagerduty', routingKey, apiUrl, ...templatesOf(receiver) };
    }
  }
}

type SecretOf = Parameters<typeof toReceiver>[1];

function toAlertmanager(
  { id, url: address, resend, token, basicAuth }: Extract<ReceiverFile, { type: 'alertmanager' }>,
  secretOf: SecretOf,
): ReceiverSettings {
  const upstream = { id, type: 'alertmanager', url: address, resendMs: resend } as const;
  if (token !== undefined) return { ...upstream, credentials: { token: secretOf(['token'], token) } };
  if (basicAuth === undefined) return upstream;
  const { user } = basicAuth;
  const password = secretOf(['basicAuth', 'password'], basicAuth.password);
  return { ...upstream, credentials: { user, password } };
}

function templatesOf<T>({ templates }: { readonly templates?: T | undefined }): { readonly templates?: T } {
  return templates === undefined ? {} : { templates };
}
