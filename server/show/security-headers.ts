import type { MiddlewareHandler } from 'hono';
import type { ShowEnv } from './options.ts';

/** Everything from this server alone; no inline script or style. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sets the request id and, on every answer, the strict content security policy. */
export function securityHeaders(): MiddlewareHandler<ShowEnv> {
  return async function setHeaders(c, next) {
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    await next();
    c.header('x-request-id', requestId);
    c.header('content-security-policy', POLICY);
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
  };
}
