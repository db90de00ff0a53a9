import { Webhook } from 'standardwebhooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../../server/act/receivers.ts';
import { noticeBody } from '../../../server/act/webhook-body.ts';
import type { Delivery, Notice } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS, retrainOf, SECRET } from './samples.ts';
import { httpServer, type Answer } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'webhook')!;

const OLD_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

const settingsFor = (url: string, secret = SECRET) =>
  ({ id: 'hook', type: 'webhook', url: `${url}/hooks/token-in-path`, secret }) as const;

async function delivered(delivery: Delivery) {
  await using server = await httpServer(() => ({ status: 204 }));
  const outcome = await receiver.deliver(delivery, contextOf(settingsFor(server.url)));
  const seen = server.seen[0]!;
  return {
    outcome,
    seen,
    body: new Webhook(SECRET).verify(seen.body, seen.headers) as Record<string, never>,
  };
}

describe('the webhook receiver', () => {
  it('posts a notice that an outside verifier accepts', async () => {
    const { outcome, seen, body } = await delivered(deliveryOf());
    expect(outcome.kind).toBe('sent');
    expect(seen.headers['webhook-id']).toBe('ntc_1');
    expect(seen.headers['content-type']).toBe('application/json');
    expect(body).toMatchObject({
      type: 'leeway.alert.firing',
      timestamp: new Date(NOW_MS).toISOString(),
      data: { reason: 'first', model: 'fraud', severity: 'page', firing: [{ rule: 'feature-drift' }] },
    });
  });

  it.each<[Notice['reason'], string]>([
    ['new_alerts', 'leeway.alert.firing'],
    ['some_resolved', 'leeway.alert.firing'],
    ['all_resolved', 'leeway.alert.resolved'],
    ['repeat', 'leeway.alert.firing'],
    ['acknowledged', 'leeway.alert.acknowledged'],
    ['incident_update', 'leeway.incident.updated'],
  ])('says %s as %s', async (reason, type) => {
    const { body } = await delivered(deliveryOf({ payload: noticeOf({ reason }) }));
    expect(body).toMatchObject({ type, data: { reason } });
  });

  it('asks for a retraining with the run as its id', async () => {
    const { seen, body } = await delivered(deliveryOf({ kind: 'retrain', payload: retrainOf() }));
    expect(seen.headers['webhook-id']).toBe('run_1');
    expect(body).toMatchObject({ type: 'leeway.retrain.requested', data: retrainOf() });
  });

  it('lists every alert while there is room, and the ids of all that is believed to be firing', async () => {
    const firing = Array.from({ length: 120 }, (_, index) => alertOf({ id: `a${index}` }));
    const resolved = [alertOf({ id: 'over', state: 'resolved' })];
    const believed = Object.fromEntries(firing.map(({ id }) => [id, 'page' as const]));
    const { body } = await delivered(deliveryOf({ payload: noticeOf({ firing, resolved, believed }) }));
    const { data } = body as unknown as { readonly data: Record<string, readonly { readonly id: string }[]> };
    expect(data['firing']?.map(({ id }) => id)).toEqual(firing.map(({ id }) => id));
    expect(data['resolved']?.map(({ id }) => id)).toEqual(['over']);
    expect(data).toMatchObject({ believed, truncatedIds: 0, truncatedAlerts: 0 });
  });

  it('stays within 256 KiB however many alerts there are, and counts what it left out', async () => {
    const evidence = { text: 'x'.repeat(300), current: { known: Array(5000).fill(1), sides: {} as never } };
    const firing = Array.from({ length: 2000 }, (_, index) => alertOf({ id: `a${index}`, evidence }));
    const believed = Object.fromEntries(
      Array.from({ length: 9000 }, (_, at) => [`alert.${at}`, 'page' as const]),
    );
    const { seen, body } = await delivered(
      deliveryOf({ payload: noticeOf({ firing, believed, omitted: 7 }) }),
    );
    expect(seen.body.length).toBeLessThan(256 * 1024);
    expect(seen.body.length).toBeGreaterThan(250 * 1024);
    const { data } = body as unknown as {
      readonly data: { firing: []; truncatedAlerts: number; believed: object; truncatedIds: number };
    };
    expect(data.firing.length + data.truncatedAlerts).toBe(2000 + 7);
    expect(Object.keys(data.believed).length + data.truncatedIds).toBe(9000);
  });

  it('stays within it whatever the texts are, and never drops the alert it is about for words alone', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 5000, unit: 'binary' }),
      fc.constant('\u0000'.repeat(5000)),
      fc.constant('é'.repeat(5000)),
    );
    const labels = fc.dictionary(fc.string({ maxLength: 200 }), fc.string({ maxLength: 500 }), {
      maxKeys: 30,
    });
    const parts = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 40 });
    const times = fc.integer({ min: 1, max: 15 });
    fc.assert(
      fc.property(text, parts, labels, times, (title, alerts, groupLabels, count) => {
        const firing = Array.from({ length: count }, () => alerts)
          .flat()
          .map(([summary, evidence]) => alertOf({ summary, evidence: { text: evidence } }));
        const notice = noticeOf({ title, cause: title, update: title, firing, labels: groupLabels });
        const body = noticeBody(notice);
        const told = (body.data['firing'] as unknown[]).length;
        expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(256 * 1024);
        expect(told).toBeGreaterThan(0);
        expect(told + (body.data['truncatedAlerts'] as number)).toBe(firing.length);
      }),
      { numRuns: 60 },
    );
  });

  it('tells a quiet notice, a digest and what is left out of it', async () => {
    const digest = { groups: 30, pages: 4, tickets: 26 };
    const { body } = await delivered(
      deliveryOf({ payload: noticeOf({ isQuiet: true, digest, omitted: 55 }) }),
    );
    expect(body).toMatchObject({ data: { quiet: true, digest, truncatedAlerts: 55 } });
  });

  it('keeps its id and changes its time and signature when it is sent again', async () => {
    await using server = await httpServer(() => ({ status: 500 }));
    for (const nowMs of [NOW_MS, NOW_MS + 90_000])
      await receiver.deliver(deliveryOf(), contextOf(settingsFor(server.url), { now: () => nowMs }));
    const [first, second] = server.seen.map(({ headers }) => headers);
    expect(first!['webhook-id']).toBe(second!['webhook-id']);
    expect(Number(second!['webhook-timestamp']) - Number(first!['webhook-timestamp'])).toBe(90);
    expect(first!['webhook-signature']).not.toBe(second!['webhook-signature']);
    expect(server.seen[0]!.body).toBe(server.seen[1]!.body);
  });

  it.each([
    ['before its end', -1, 2],
    ['at its end', 0, 1],
  ])('signs with the secret before as well, %s', async (_name, sinceMs, signatures) => {
    await using server = await httpServer(() => ({ status: 200 }));
    const nowMs = Date.now();
    const previous = { secret: OLD_SECRET, untilMs: nowMs - sinceMs };
    const settings = { ...settingsFor(server.url), previous };
    await receiver.deliver(deliveryOf(), contextOf(settings, { now: () => nowMs }));
    const { body, headers } = server.seen[0]!;
    expect(headers['webhook-signature']!.split(' ').length).toBe(signatures);
    expect(() => new Webhook(SECRET).verify(body, headers)).not.toThrow();
    const asBefore = () => new Webhook(OLD_SECRET).verify(body, headers);
    if (signatures === 2) expect(asBefore).not.toThrow();
    else expect(asBefore).toThrow();
  });

  it.each([
    ['{"ok":false,"error":"unknown hook"}', 'answered 200, but its body says: unknown hook'],
    ['{"error":{"code":7}}', 'answered 200, but its body says: {"code":7}'],
    ['{"ok":false}', 'answered 200, but its body says: ok: false'],
    ['{"ok":false,"message":"later"}', 'answered 200, but its body says: later'],
    ['{"ok":true,"error":null}', 'answered 200'],
    ['{"error":""}', 'answered 200'],
    ['["error"]', 'answered 200'],
    ['error', 'answered 200'],
    ['', 'answered 200'],
  ])('takes 200 with the body %s for arrived, and tells what it complains about', async (answer, told) => {
    await using server = await httpServer(() => ({ status: 200, body: answer }));
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settingsFor(server.url)));
    expect(outcome.kind).toBe('sent');
    expect(outcome.detail).toMatch(new RegExp(`^127.0.0.1:\\d+ ${told.replaceAll(/[{}"]/g, '\\$&')}$`));
  });

  it.each<[string, Answer, object]>([
    ['200', { status: 200 }, { kind: 'sent' }],
    ['301', { status: 301, headers: { location: '/' } }, { kind: 'failed' }],
    ['400', { status: 400 }, { kind: 'failed' }],
    ['410', { status: 410 }, { kind: 'failed' }],
    ['429', { status: 429, headers: { 'retry-after': '11' } }, { kind: 'retry', afterMs: 11_000 }],
    ['502', { status: 502, headers: { 'retry-after': '12' } }, { kind: 'retry', afterMs: 12_000 }],
    ['504', { status: 504, headers: { 'retry-after': '13' } }, { kind: 'retry', afterMs: 13_000 }],
    ['500', { status: 500 }, { kind: 'retry', afterMs: null }],
    ['a hang', 'hang', { kind: 'unknown' }],
    ['an endless answer', { status: 200, body: Buffer.alloc(3_000_000) }, { kind: 'sent' }],
  ])('names the outcome of %s', async (_name, answer, expected) => {
    await using server = await httpServer(() => answer);
    const context = contextOf(settingsFor(server.url), { timeoutMs: 300 });
    expect(await receiver.deliver(deliveryOf(), context)).toMatchObject(expected);
    expect(server.seen.length).toBe(1);
  });

  it('tells a weak secret from a receiver that is down, and repeats neither secret nor path', async () => {
    const weak = await receiver.deliver(
      deliveryOf(),
      contextOf(settingsFor('http://127.0.0.1:1', 'hunter2')),
    );
    expect(weak.kind).toBe('failed');
    expect(weak.detail).not.toContain('hunter2');
    const down = await receiver.deliver(deliveryOf(), contextOf(settingsFor('http://127.0.0.1:1')));
    expect(down.kind).toBe('retry');
    expect(down.detail).not.toContain('token-in-path');
  });
});
