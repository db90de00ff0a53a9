import { describe, expect, it } from 'vitest';
import { keyOf } from '../../server/ingest-options.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('the key of a request', () => {
  it.each<[string, Readonly<Record<string, string>>, string | null]>([
    ['a bearer token', { authorization: 'Bearer lw_1' }, 'lw_1'],
    ['a bearer token in other letters', { authorization: 'bearer  lw_1 ' }, 'lw_1'],
    ['a header of its own', { 'x-api-key': 'lw_1' }, 'lw_1'],
    [
      'a password, as of a URL like http://leeway:lw_1@host/',
      { authorization: basic('leeway:lw_1') },
      'lw_1',
    ],
    ['a password without a user', { authorization: basic(':lw_1') }, 'lw_1'],
    ['a user without a password', { authorization: basic('lw_1') }, 'lw_1'],
    ['a password that is empty', { authorization: basic('lw_1:') }, ''],
    ['a password that is no base64', { authorization: 'Basic %%' }, ''],
    ['none', {}, null],
    ['none in another scheme', { authorization: 'Digest lw_1' }, null],
  ])('is %s', (_name, headers, key) => {
    expect(keyOf(new Headers(headers))).toBe(key);
  });
});
