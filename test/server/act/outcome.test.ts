import { describe, expect, it } from 'vitest';
import {
  outcomeOfError,
  outcomeOfStatus,
  presentable,
  reasonOf,
  retryAfterMs,
} from '../../../server/act/outcome.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { NOW_MS } from './samples.ts';

describe('outcomes', () => {
  it.each([
    [200, 'sent', null],
    [202, 'sent', null],
    [299, 'sent', null],
    [301, 'failed', 'client'],
    [400, 'failed', 'client'],
    [401, 'failed', 'auth'],
    [403, 'failed', 'auth'],
    [404, 'failed', 'client'],
    [408, 'retry', 'timeout'],
    [410, 'failed', 'gone'],
    [425, 'retry', 'client'],
    [429, 'retry', 'rate'],
    [500, 'retry', 'server'],
    [503, 'retry', 'server'],
    [504, 'retry', 'server'],
  ])('status %i is %s, because of %s', (status, kind, reason) => {
    const outcome = outcomeOfStatus({ host: 'h', status, retryAfter: null, nowMs: NOW_MS });
    expect([outcome.kind, reasonOf(outcome)]).toEqual([kind, reason]);
  });

  it.each([
    [null, null],
    ['7', 7000],
    [' 7 ', 7000],
    ['0', 0],
    ['99999999', 3_600_000],
    [new Date(NOW_MS + 90_000).toUTCString(), 90_000],
    [new Date(NOW_MS - 90_000).toUTCString(), 0],
    ['soon', null],
    ['-5x', null],
  ])('Retry-After %j is %s ms', (header, expected) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(expected);
  });

  it.each([
    ['our own refusal', new BadRequestError('no such host'), 'failed', 'no such host'],
    [
      'a timeout',
      new DOMException('The operation timed out', 'TimeoutError'),
      'unknown',
      'no answer in time',
    ],
    [
      'a refused connection',
      new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
      'retry',
      'no connection (ECONNREFUSED)',
    ],
    [
      'a name that is not known',
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }),
      'retry',
      'no connection (ENOTFOUND)',
    ],
    [
      'a certificate that is not trusted',
      new TypeError('fetch failed', { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } }),
      'retry',
      'no connection (DEPTH_ZERO_SELF_SIGNED_CERT)',
    ],
    [
      'a connection that broke after the request',
      new TypeError('fetch failed', { cause: { code: 'UND_ERR_SOCKET' } }),
      'unknown',
      'the connection broke (UND_ERR_SOCKET)',
    ],
    ['something else thrown', 'text', 'unknown', 'unknown error'],
  ])('%s has a name', (_name, error, kind, detail) => {
    const outcome = outcomeOfError(error, 'ci.example');
    expect(outcome.kind).toBe(kind);
    expect(outcome.detail).toContain(detail);
  });

  it('takes out secrets, the longest first, control characters and endless text', () => {
    const detail = `a hunter2-long hunter2 b\r\n\u0007c ${'x'.repeat(1000)}`;
    const shown = presentable({ kind: 'failed', detail }, ['hunter2', 'hunter2-long', '']).detail;
    expect(shown.startsWith('a [secret] [secret] b c xxx')).toBe(true);
    expect(shown.length).toBe(500);
  });
});
