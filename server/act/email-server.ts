import { isIPv4 } from 'node:net';
import { BadRequestError } from '../errors.ts';

/** The mail server that an address such as `smtp://user:password@host:587` names. */
export interface MailServer {
  /** IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** Only host, port and credentials are taken from the URL: its query could turn off what is set elsewhere. */
export function serverOf(smtpUrl: string): MailServer {
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

/** How the password appears in the URL, in plain, and in the SMTP dialogue, which a broken server may echo. */
export function passwordForms(smtpUrl: string): readonly string[] {
  if (!URL.canParse(smtpUrl)) return [];
  const { username, password } = new URL(smtpUrl);
  const [user, pass] = [decoded(username), decoded(password)];
  return password === '' ? [] : [pass, password, base64(pass), base64(`\0${user}\0${pass}`)];
}

/** A password crosses a network only encrypted; within the machine it need not. */
export function needsTls({ auth, secure, host }: MailServer): boolean {
  return auth !== undefined && !secure && !isLoopback(host);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
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
