import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { BadRequestError } from '../errors.ts';
import type { Principal, Scope } from '../model.ts';
import type { Caller, ShowEnv, ShowOptions } from './options.ts';

/** `key`: any known key or session. A list: one of these scopes. `signature`: the handler checks a signature itself. */
export type Access = 'public' | 'signature' | 'key' | readonly Scope[];

export const SESSION_COOKIE = 'leeway_session';
export const CSRF_HEADER = 'x-leeway-csrf';

const IMPLIED: Readonly<Record<Scope, readonly Scope[]>> = {
  ingest: ['ingest'],
  read: ['read'],
  operate: ['operate', 'read'],
  admin: ['admin', 'operate', 'read'],
};

/** admin implies operate, operate implies read; ingest stands alone. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.some((held) => IMPLIED[held].includes(scope));
}

/** A principal without a tenant sees all. */
export function maySee(principal: Principal, tenant: string): boolean {
  return principal.tenant === null || principal.tenant === tenant;
}

/** The caller by API key or session cookie. Throws 401 in words. A key that is sent but unknown never falls back to the cookie. */
export async function authenticate(c: Context<ShowEnv>, options: ShowOptions): Promise<Caller> {
  const key = sentKey(c);
  if (key !== null) {
    const principal = await options.control.principalOfKey(key);
    if (principal === null) throw unauthorized('This API key is unknown or revoked.');
    return { principal, by: 'key' };
  }
  const session = getCookie(c, SESSION_COOKIE);
  if (session === undefined)
    throw unauthorized('Sign in, or send an API key as "Authorization: Bearer <key>" or "x-api-key".');
  const principal = await options.control.principalOfSession(session, options.realClock.now());
  if (principal === null) throw unauthorized('This session has ended; sign in again.');
  return { principal, by: 'session' };
}

/**
 * The same for addresses of programs that know basic authentication only: the key is its password, the user does not matter.
 * Nowhere else, as a proxy in front of the pages may ask for passwords of its own.
 */
export async function authenticateProgram(c: Context<ShowEnv>, options: ShowOptions): Promise<Caller> {
  const sent = /^Basic +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (sent === undefined) return authenticate(c, options);
  const words = Buffer.from(sent, 'base64').toString();
  const principal = await options.control.principalOfKey(words.slice(words.indexOf(':') + 1));
  if (principal === null) throw unauthorized('The password is no known API key.');
  return { principal, by: 'key' };
}

function sentKey(c: Context): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return bearer ?? c.req.header('x-api-key') ?? null;
}

function unauthorized(message: string): BadRequestError {
  return new BadRequestError(message, { status: 401 });
}

/** Throws 403 when the caller lacks every one of the scopes asked, or writes by cookie without the header. */
export function authorize(
  caller: Caller,
  access: Access,
  write: { header: string | undefined } | null,
): void {
  if (Array.isArray(access) && !access.some((scope: Scope) => hasScope(caller.principal, scope)))
    throw new BadRequestError(
      `This needs the scope ${access.join(' or ')}; yours: ${caller.principal.scopes.join(', ') || 'none'}.`,
      { status: 403 },
    );
  if (write !== null && caller.by === 'session' && write.header !== '1')
    throw new BadRequestError(`A change made with a session needs the header "${CSRF_HEADER}: 1".`, {
      status: 403,
    });
}

/** The tenant a read is about; null: all that the caller sees. */
export function askedTenant(principal: Principal, asked: string | undefined): string | null {
  if (asked === undefined) return principal.tenant;
  if (!maySee(principal, asked)) throw new BadRequestError(`No tenant ${asked}.`, { status: 404 });
  return asked;
}

/** The tenant a write is for: the caller's own, or the one named by a caller who sees all. */
export function tenantFor(principal: Principal, asked: string | undefined): string {
  if (principal.tenant === null) {
    if (asked === undefined)
      throw new BadRequestError('Field "tenant" is needed: your key sees all tenants.');
    return asked;
  }
  if (asked !== undefined && asked !== principal.tenant)
    throw new BadRequestError(`No tenant ${asked}.`, { status: 404 });
  return principal.tenant;
}
