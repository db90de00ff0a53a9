import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { BadRequestError } from '../errors.ts';
import type { Delivery, DeliveryOutcome, Notice } from '../model.ts';
import { assertAllowed } from './egress.ts';
import { mailHtml, mailText } from './email-text.ts';
import { messageOf, payloadOf } from './message.ts';
import { failed, outcomeOfError, retry, sent } from './outcome.ts';
import type { DeliveryContext, ReceiverPart, SettingsOf } from './types.ts';

const TIMEOUT_MS = 15_000;

type Context = DeliveryContext<SettingsOf<'email'>>;

/**
 * Email by SMTP. Every mail of an incident answers the same made-up first mail, so that mail programs show one
 * conversation whichever arrived first; a retry repeats its Message-ID, so that servers can tell a repeat.
 */
export const email: ReceiverPart<'email'> = {
  type: 'email',
  secrets: ({ smtpUrl }) => [smtpUrl, ...passwordForms(smtpUrl)],
  attempt: async (delivery, context) => {
    const payload = payloadOf(delivery);
    if (payload.kind !== 'notice')
      return failed('A mailbox cannot be asked to retrain; name a webhook receiver in retrain');
    const server = serverOf(context.settings.smtpUrl);
    assertAllowed({ host: server.host, port: String(server.port) }, context.allow);
    return send(server, mailOf(delivery, payload.notice, context.settings), context);
  },
};

/** How the password appears in the URL, in plain, and in the SMTP dialogue, which a broken server may echo. */
function passwordForms(smtpUrl: string): readonly string[] {
  if (!URL.canParse(smtpUrl)) return [];
  const { username, password } = new URL(smtpUrl);
  const [user, pass] = [decoded(username), decoded(password)];
  return password === '' ? [] : [pass, password, base64(pass), base64(`\0${user}\0${pass}`)];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A stray % in a password that was not encoded is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** Only host, port and credentials are taken from the URL: its query could turn off what is set here. */
function serverOf(smtpUrl: string): Server {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : null;
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '')
    throw new BadRequestError('Expected the SMTP server as smtp://user:password@host:port or smtps://…');
  const secure = url.protocol === 'smtps:';
  const server = { host: url.hostname, port: Number(url.port || (secure ? 465 : 587)), secure };
  if (url.username === '') return server;
  return {
    ...server,
    auth: { user: decoded(url.username), pass: decoded(url.password) },
  };
}

function mailOf(delivery: Delivery, notice: Notice, settings: Context['settings']): SendMailOptions {
  const message = messageOf(notice);
  const domain = settings.from.split('@').at(-1) ?? 'leeway.invalid';
  const root = rootOf(delivery, notice, domain);
  return {
    from: settings.from,
    to: [...settings.to],
    subject: message.subject,
    text: mailText(message),
    html: mailHtml(message),
    date: new Date(notice.atMs),
    messageId: idOf('notice', notice.id, domain),
    inReplyTo: root,
    references: root,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function rootOf({ thread }: Delivery, notice: Notice, domain: string): string {
  return thread?.['root'] ?? idOf('root', notice.incidentId ?? notice.id, domain);
}

function idOf(kind: string, id: string, domain: string): string {
  const hash = createHash('sha256').update(`${kind}/${id}`).digest('hex').slice(0, 32);
  return `<${kind}.${hash}@${domain}>`;
}

async function send(server: Server, mail: SendMailOptions, context: Context): Promise<DeliveryOutcome> {
  const timeoutMs = context.timeoutMs ?? TIMEOUT_MS;
  const transport = createTransport({
    host: unbracketed(server.host),
    port: server.port,
    secure: server.secure,
    requireTLS: server.auth !== undefined && !server.secure && !isLoopback(server.host),
    ...(server.auth === undefined ? {} : { auth: { ...server.auth } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  try {
    const info = await transport.sendMail({ ...mail, signal: AbortSignal.timeout(timeoutMs) });
    return sent(told(info), { root: String(mail.inReplyTo) });
  } catch (error) {
    return outcomeOf(error, server.host);
  } finally {
    transport.close();
  }
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** A password crosses a network only encrypted; within the machine it need not. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

function told(info: { readonly accepted: readonly string[]; readonly rejected: readonly string[] }): string {
  const all = info.accepted.length + info.rejected.length;
  const refused = info.rejected.length === 0 ? '' : `; the server refused ${info.rejected.join(', ')}`;
  return `mailed ${info.accepted.length} of ${all}${refused}`;
}

/** Final: what another attempt with the same settings cannot change. */
const FINAL_CODES = new Set(['ENOAUTH', 'ECONFIG', 'EMAXRECIPIENTS', 'EFILEACCESS', 'EURLACCESS']);
const PASSING_CODES = new Set(['ESOCKET', 'ECONNECTION', 'ETIMEDOUT', 'EDNS', 'ETLS', 'EABORT', 'EPROTOCOL']);

function outcomeOf(error: unknown, host: string): DeliveryOutcome {
  const { code, responseCode, response } = error as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly response?: string;
  };
  if (code === 'ETLS' && responseCode !== undefined)
    return failed(`${host} offers no encryption (STARTTLS), without which no password is sent to it`);
  if (responseCode !== undefined && responseCode >= 500)
    return failed(`${host} refused the mail: ${response ?? responseCode}`);
  if (responseCode !== undefined && responseCode >= 400)
    return retry(`${host} cannot take the mail now: ${response ?? responseCode}`);
  if (code !== undefined && FINAL_CODES.has(code))
    return failed(`${host}: the mail cannot be sent (${code})`);
  if (code !== undefined && PASSING_CODES.has(code)) return retry(`${host}: no connection (${code})`);
  return outcomeOfError(error, host);
}
