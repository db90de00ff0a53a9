import { describe, expect, it } from 'vitest';
import { postableAlert, type PostableAlert } from '../../../server/act/alertmanager.ts';
import { receivers } from '../../../server/act/receivers.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS } from './samples.ts';
import { httpServer, type Answer } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'alertmanager')!;
const settingsFor = (url: string) => ({ id: 'up', type: 'alertmanager', url, resendMs: 60_000 }) as const;
const OPTIONS = { nowMs: NOW_MS, resendMs: 60_000, url: 'http://leeway.example/#/incidents/inc_1' };

describe('an alert as Alertmanager takes it', () => {
  it('carries what routes match by as labels, and words as annotations', () => {
    const evidence = { text: 'rose from 3 to 21 %', cause: 'miles became kilometres?' };
    const alert = alertOf({
      labels: { kind: 'drift', 'team-name': 'risk', '1st': 'x', empty: '' },
      evidence,
    });
    expect(postableAlert(alert, OPTIONS)).toEqual({
      labels: {
        alertname: 'feature-drift',
        tenant: 'acme',
        model: 'fraud',
        subject: 'distance',
        severity: 'page',
        kind: 'drift',
        team_name: 'risk',
        _1st: 'x',
      },
      annotations: {
        summary: 'distance drifted',
        description: 'rose from 3 to 21 % Likely cause: miles became kilometres?',
        runbook_url: OPTIONS.url,
      },
      startsAt: new Date(NOW_MS).toISOString(),
      endsAt: new Date(NOW_MS + 240_000).toISOString(),
      generatorURL: OPTIONS.url,
    });
  });

  it.each([
    ['fires', {}, NOW_MS + 240_000],
    ['ended', { state: 'resolved', resolvedAtMs: NOW_MS - 1000, startedAtMs: NOW_MS - 9000 }, NOW_MS - 1000],
    ['ended, nobody knows when', { state: 'resolved', startedAtMs: NOW_MS - 9000 }, NOW_MS],
    ['ended in the future', { state: 'resolved', resolvedAtMs: NOW_MS + 5000 }, NOW_MS],
  ] as const)('that %s says until when', (_name, change, endMs) => {
    expect(postableAlert(alertOf(change), OPTIONS).endsAt).toBe(new Date(endMs).toISOString());
  });
});

describe('the Alertmanager receiver', () => {
  it('hands on what a notice tells, what fires and what ended', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const resolved = [alertOf({ id: 'a2', subject: 'hour', state: 'resolved', resolvedAtMs: NOW_MS })];
    const context = contextOf(settingsFor(`${server.url}/prefix/`), { now: () => NOW_MS });
    const outcome = await receiver.deliver(deliveryOf({ payload: noticeOf({ resolved }) }), context);
    expect(outcome.kind).toBe('sent');
    expect(server.seen[0]?.path).toBe('/prefix/api/v2/alerts');
    const posted = JSON.parse(server.seen[0]!.body) as readonly PostableAlert[];
    expect(posted.map(({ labels, endsAt }) => [labels['subject'], Date.parse(endsAt) > NOW_MS])).toEqual([
      ['distance', true],
      ['hour', false],
    ]);
  });

  it.each([
    [{ token: 'token-of-am-1' }, 'Bearer token-of-am-1'],
    [
      { user: 'leeway', password: 'pässword-1' },
      `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode('leeway:pässword-1')))}`,
    ],
  ])('says who it is (%j)', async (credentials, expected) => {
    await using server = await httpServer(() => ({ status: 200 }));
    await receiver.deliver(deliveryOf(), contextOf({ ...settingsFor(server.url), credentials }));
    expect(server.seen[0]?.headers['authorization']).toBe(expected);
  });

  it('says it to nobody who does not ask, and tells nobody what it is', async () => {
    await using server = await httpServer(({ headers }) => ({
      status: 401,
      body: `no: ${headers['authorization'] ?? 'nothing'}`,
    }));
    const plain = await receiver.deliver(deliveryOf(), contextOf(settingsFor(server.url)));
    expect(plain.detail).toContain('no: nothing');
    const credentials = { user: 'leeway', password: 'pass-of-am' };
    const told = await receiver.deliver(deliveryOf(), contextOf({ ...settingsFor(server.url), credentials }));
    expect(told).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('Basic [secret]') as string,
    });
  });

  it('hands on only what ended when the notice is quiet', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const resolved = [alertOf({ id: 'a2', subject: 'hour', state: 'resolved', resolvedAtMs: NOW_MS })];
    const payload = noticeOf({ resolved, isQuiet: true });
    await receiver.deliver(deliveryOf({ payload }), contextOf(settingsFor(server.url)));
    const posted = JSON.parse(server.seen[0]!.body) as readonly PostableAlert[];
    expect(posted.map(({ labels }) => labels['subject'])).toEqual(['hour']);
  });

  it('posts many alerts some at a time and stops where it fails', async () => {
    await using server = await httpServer((_seen, index) => ({ status: index === 1 ? 500 : 200 }));
    const firing = Array.from({ length: 250 }, (_, index) =>
      alertOf({ id: `a${index}`, subject: `s${index}` }),
    );
    const outcome = await receiver.deliver(
      deliveryOf({ payload: noticeOf({ firing }) }),
      contextOf(settingsFor(server.url)),
    );
    expect(outcome.kind).toBe('retry');
    expect(server.seen.map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([100, 100]);
  });

  it.each<[string, Answer, object]>([
    ['200', { status: 200 }, { kind: 'sent' }],
    [
      '200 with an error in its body',
      { status: 200, body: '{"ok":false,"error":"unknown team"}' },
      { kind: 'failed', detail: expect.stringContaining('with an error: unknown team') as string },
    ],
    [
      '400',
      { status: 400, body: '"bad label"' },
      { kind: 'failed', detail: expect.stringContaining('bad label') as string },
    ],
    ['404', { status: 404 }, { kind: 'failed' }],
    ['503', { status: 503, headers: { 'retry-after': '3' } }, { kind: 'retry', afterMs: 3000 }],
    ['a hang', 'hang', { kind: 'unknown' }],
  ])('names the outcome of %s', async (_name, answer, expected) => {
    await using server = await httpServer(() => answer);
    const context = contextOf(settingsFor(server.url), { timeoutMs: 300 });
    expect(await receiver.deliver(deliveryOf(), context)).toMatchObject(expected);
  });
});
