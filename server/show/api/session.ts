import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { SESSION_COOKIE } from '../access.ts';
import { BadRequestError } from '../../errors.ts';
import { rawEndpoint, validated } from '../endpoint.ts';
import type { ShowEnv, ShowOptions } from '../options.ts';
import { me, signIn } from '../schemas/admin.ts';
import { name } from '../schemas/common.ts';
import { readMe } from './me.ts';

/** A working day of an on-call shift, so that nobody is signed out in the middle of one. */
const SESSION_MS = 12 * 3_600_000;

function keepSession(c: Context<ShowEnv>, options: ShowOptions, session: string): void {
  setCookie(c, SESSION_COOKIE, session, { ...cookieOptions(options), maxAge: SESSION_MS / 1000 });
  c.header('cache-control', 'no-store');
}

function cookieOptions({ settings }: ShowOptions) {
  const secure = settings.publicUrl.startsWith('https:');
  return { httpOnly: true, sameSite: 'Strict', path: '/', secure } as const;
}

const EXPIRED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Leeway: sign in</title>
<h1>This sign-in link does not work any more</h1>
<p>A link works once and for a short time. Make a new one with <code>./leeway sign-in</code> on the machine that runs Leeway, or <a href="/#/sign-in">sign in with an API key</a>.</p></html>
`;

export const sessionEndpoints = [
  rawEndpoint({
    method: 'post',
    path: '/api/v1/session',
    tag: 'Access',
    summary: 'Sign in with an API key; sets the session cookie',
    access: 'public',
    body: signIn,
    produces: 'application/json',
    response: me,
    handle: async (c, options) => {
      const { key } = validated<z.output<typeof signIn>>(c, 'json');
      const principal = await options.control.principalOfKey(key);
      if (principal === null)
        throw new BadRequestError('This API key is unknown or revoked.', { status: 401 });
      const nowMs = options.realClock.now();
      keepSession(c, options, await options.control.createSession({ principal, nowMs, ttlMs: SESSION_MS }));
      return c.json(await readMe(principal, options));
    },
  }),
  rawEndpoint({
    method: 'delete',
    path: '/api/v1/session',
    tag: 'Access',
    summary: 'Sign out',
    access: 'key',
    produces: 'application/json',
    response: z.object({ signedOut: z.literal(true) }),
    handle: async (c, options) => {
      const session = getCookie(c, SESSION_COOKIE);
      if (session !== undefined) await options.control.endSession(session);
      deleteCookie(c, SESSION_COOKIE, cookieOptions(options));
      return c.json({ signedOut: true });
    },
  }),
  rawEndpoint({
    method: 'get',
    path: '/signin',
    tag: 'Access',
    summary: 'Redeem a one-time sign-in link; sets the session cookie and goes to the fleet',
    access: 'public',
    query: z.strictObject({ token: name }),
    produces: 'text/html',
    handle: async (c, options) => {
      const { token } = validated<{ readonly token: string }>(c, 'query');
      const session = await options.control.redeemSignInToken(token, options.realClock.now());
      if (session === null) return c.html(EXPIRED, 401);
      keepSession(c, options, session);
      return c.redirect('/', 303);
    },
  }),
];
