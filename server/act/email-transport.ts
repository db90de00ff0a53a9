import type { Socket } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { BadRequestError } from '../errors.ts';
import type { DeliveryOutcome } from '../model.ts';
import { unknown } from './call-outcome.ts';
import { connectTo } from './connector.ts';
import type { EgressPolicy } from './egress.ts';
import { needsTls, type MailServer } from './email-server.ts';
import { NotSentError } from './not-sent.ts';
import { failed, outcomeOfError, retry, sent } from './outcome.ts';

/** One mail over one connection, made by the guarded connector. */

/** Of one answer of a server; as much as is read of any other. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Sending {
  readonly server: MailServer;
  readonly mail: SendMailOptions;
  readonly egress: EgressPolicy;
  /** For all of it. */
  readonly timeoutMs: number;
}

/** Never rejects. */
export async function sendMail(sending: Sending): Promise<DeliveryOutcome> {
  const { server, egress, timeoutMs } = sending;
  const { open, proxy } = egress;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const host = server.host.replace(/^\[(.*)\]$/, '$1');
    const connection = await connectTo({ host, port: server.port, open, proxy, signal });
    return await sendOver({ ...sending, host, connection, signal });
  } catch (error) {
    return outcomeOf(error, { host: server.host, isWhole: false });
  }
}

interface Connected extends Sending {
  readonly host: string;
  readonly connection: Socket;
  readonly signal: AbortSignal;
}

async function sendOver(connected: Connected): Promise<DeliveryOutcome> {
  const { mail, server, connection, signal } = connected;
  const transport = transportOf(connected);
  // A server takes a mail by the line that ends it, so one that was not read to its end cannot have been taken.
  let isWhole = false;
  transport.use('stream', ({ message }, done) => {
    message.processFunc((text) => text.once('end', () => (isWhole = true)));
    done();
  });
  try {
    const info = await transport.sendMail({ ...mail, signal });
    return sent(told(info), { root: String(mail.inReplyTo) });
  } catch (error) {
    return outcomeOf(error, { host: server.host, isWhole });
  } finally {
    transport.close();
    connection.destroySoon();
  }
}

function transportOf({ server, host, connection, timeoutMs }: Connected) {
  return createTransport({
    host,
    port: server.port,
    secure: server.secure,
    requireTLS: needsTls(server),
    ...(server.auth === undefined ? {} : { auth: { ...server.auth } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
    getSocket: (_options, done) => done(null, { connection }),
  });
}

function told(info: { readonly accepted: readonly string[]; readonly rejected: readonly string[] }): string {
  const all = info.accepted.length + info.rejected.length;
  const refused = info.rejected.length === 0 ? '' : `; the server refused ${info.rejected.join(', ')}`;
  return `mailed ${info.accepted.length} of ${all}${refused}`;
}

/** Final: what another attempt with the same settings cannot change. */
const FINAL_CODES = new Set(['ENOAUTH', 'ECONFIG', 'EMAXRECIPIENTS', 'EFILEACCESS', 'EURLACCESS']);
const PASSING_CODES = new Set(['ESOCKET', 'ECONNECTION', 'ETIMEDOUT', 'EDNS', 'ETLS', 'EABORT', 'EPROTOCOL']);

function outcomeOf(
  error: unknown,
  { host, isWhole }: { readonly host: string; readonly isWhole: boolean },
): DeliveryOutcome {
  const { code, message, responseCode, response } = error as {
    readonly code?: string;
    readonly message?: string;
    readonly responseCode?: number;
    readonly response?: string;
  };
  if (error instanceof BadRequestError) return failed(error.message);
  if (error instanceof NotSentError) return retry(`${host}: no connection (${codeOf(error)})`);
  if (code === 'ETLS' && responseCode !== undefined)
    return failed(`${host} offers no encryption (STARTTLS), without which no password is sent to it`);
  if (responseCode !== undefined && responseCode >= 500)
    return failed(`${host} refused the mail: ${response ?? responseCode}`);
  if (responseCode !== undefined && responseCode >= 400)
    return retry(`${host} cannot take the mail now: ${response ?? responseCode}`);
  if (code !== undefined && FINAL_CODES.has(code))
    return failed(`${host}: the mail cannot be sent (${code})`);
  if (isWhole) return unknown(`${host}: the mail was sent, but no answer came (${code ?? 'no reason'})`);
  if (code !== undefined && PASSING_CODES.has(code))
    return retry(`${host}: no connection (${code}: ${message ?? 'no reason'})`);
  return outcomeOfError(error, host);
}

function codeOf({ cause, message }: NotSentError): string {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : message;
}
