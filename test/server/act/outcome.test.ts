import { describe, expect, it } from 'vitest';
import { outcomeOfError, outcomeOfStatus, presentable, retryAfterMs } from '../../../server/act/outcome.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { NOW_MS } from './samples.ts';

describe('outcomes', () => {
  it.each([
    [200, 'sent'],
    [202, 'sent'],
    [299, 'sent'],
    [301, 'failed'],
    [400, 'failed'],
    [401, 'failed'],
    [404, 'failed'],
    [408, 'retry'],
    [410, 'failed'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ])('status %i is %s', (status, kind) => {
    expect(outcomeOfStatus({ host: 'h', status, retryAfter: null, nowMs: NOW_MS }).kind).toBe(kind);
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
    ['a timeout', new DOMException('The operation timed out', 'TimeoutError'), 'retry', 'no answer in time'],
    [
      'a refused connection',
      new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
      'retry',
      'no connection (ECONNREFUSED)',
    ],
    ['something else thrown', 'text', 'retry', 'unknown error'],
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
