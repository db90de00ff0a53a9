import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { checkSignature, signed } from '../../demo/signature.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const NOW_MS = Date.UTC(2026, 0, 1);
const options = { secret: SECRET, nowMs: NOW_MS, toleranceMs: 300_000 };

const request = (atMs = NOW_MS) => signed({ type: 'test' }, { id: 'msg_1', atMs, secret: SECRET });

test('the reference implementation takes what is signed here', () => {
  const { headers, body } = request(Date.now());
  expect(new Webhook(SECRET).verify(body, headers)).toEqual({ type: 'test' });
});

test('a signature of the same secret and time is taken, also beside one of another key', () => {
  const { headers, body } = request();
  expect(checkSignature(new Headers(headers), body, options)).toEqual({ ok: true, id: 'msg_1' });
  const rotated = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` };
  expect(checkSignature(new Headers(rotated), body, options).ok).toBe(true);
});

test.each([
  ['another body', {}, '{"type":"other"}'],
  ['another id', { 'webhook-id': 'msg_2' }, null],
  ['a time that is no number', { 'webhook-timestamp': 'soon' }, null],
  ['a time of yesterday', { 'webhook-timestamp': String(NOW_MS / 1000 - 86_400) }, null],
  ['a signature of nothing', { 'webhook-signature': 'v1,' }, null],
])('%s is refused in words', (_what, change, otherBody) => {
  const { headers, body } = request();
  const check = checkSignature(new Headers({ ...headers, ...change }), otherBody ?? body, options);
  expect(check).toEqual({ ok: false, reason: expect.stringMatching(/\w+ \w+/) });
});
