import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { BadRequestError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ShowEnv } from './options.ts';
import type { ApiError } from './types.ts';

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  500: 'internal',
  503: 'unavailable',
};

interface Problem {
  readonly status: ContentfulStatusCode;
  readonly message: string;
}

/** Answers `{error: {code, message, requestId}}`. */
export function problem(c: Context<ShowEnv>, { status, message }: Problem): Response {
  if (status === 401) c.header('www-authenticate', 'Bearer realm="leeway"');
  if (status === 503) c.header('retry-after', '1');
  c.header('cache-control', 'no-store');
  const body: ApiError = {
    error: { code: CODES[status] ?? 'error', message, requestId: c.get('requestId') },
  };
  return c.json(body, status);
}

/** What an error thrown in a handler means to the caller. Errors from another thread arrive by name only. */
function problemOf(error: Error): Problem {
  if (error instanceof BadRequestError) return { status: error.status, message: error.message };
  if (error instanceof HTTPException) return { status: error.status, message: error.message };
  if (error.name === 'BadRequestError') return { status: 400, message: error.message };
  if (error.name === 'RetryableError') return { status: 503, message: error.message };
  return { status: 500, message: 'Leeway failed to answer; the log has the cause under this request id.' };
}

export function answerError(log: Log) {
  return function onError(error: Error, c: Context<ShowEnv>): Response {
    const found = problemOf(error);
    if (found.status >= 500)
      log.error(error.message, {
        requestId: c.get('requestId'),
        path: c.req.path,
        stack: error.stack ?? null,
      });
    return problem(c, found);
  };
}

export function notFound(what: string): BadRequestError {
  return new BadRequestError(`No ${what}.`, { status: 404 });
}
