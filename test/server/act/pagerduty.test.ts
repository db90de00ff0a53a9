import { describe, expect, it } from 'vitest';
import { receivers } from '../../../server/act/receivers.ts';
import { groupId } from '../../../server/route/group.ts';
import type { Delivery, Notice } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS } from './samples.ts';
import { httpServer, type Answer } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'pagerduty')!;
const ROUTING_KEY = 'R0123456789ABCDEF0123456789ABCDE';
const settingsFor = (url: string) =>
  ({ id: 'pd', type: 'pagerduty', routingKey: ROUTING_KEY, apiUrl: `${url}/v2/enqueue` }) as const;
const TAKEN = { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' };

interface Event {
  readonly routing_key: string;
  readonly event_action: string;
  readonly dedup_key: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

async function eventsOf(...deliveries: readonly Delivery[]): Promise<readonly Event[]> {
  await using server = await httpServer(() => TAKEN);
  for (const delivery of deliveries)
    expect(await receiver.deliver(delivery, contextOf(settingsFor(server.url)))).toMatchObject({
      kind: 'sent',
    });
  return server.seen.map(({ body }) => JSON.parse(body) as Event);
}

const ended = { firing: [], resolved: [alertOf({ state: 'resolved' })] };
const notice = (change: Partial<Notice>) => deliveryOf({ payload: noticeOf(change) });

describe('the PagerDuty receiver', () => {
  it('triggers with what is wrong, how urgent, why and where', async () => {
    const [event] = await eventsOf(deliveryOf());
    expect(event).toMatchObject({
      routing_key: ROUTING_KEY,
      event_action: 'trigger',
      client: 'Leeway',
      client_url: 'http://127.0.0.1:8080/#/incidents/inc_1',
      payload: {
        summary: 'acme/fraud: Card fraud: distance drifted',
        source: 'acme/fraud',
        severity: 'critical',
        timestamp: new Date(NOW_MS).toISOString(),
        custom_details: { cause: expect.stringContaining('kilometres') as string },
      },
    });
    expect(event!.dedup_key.length).toBeLessThanOrEqual(255);
  });

  it('calls a ticket a warning, and says what may have been told before', async () => {
    const [event] = await eventsOf(
      deliveryOf({ mayRepeat: true, payload: noticeOf({ severity: 'ticket' }) }),
    );
    expect(event!.payload).toMatchObject({ severity: 'warning' });
    expect(JSON.stringify(event!.payload)).toContain('Possible repeat');
  });

  it.each<[string, Partial<Notice>, string]>([
    ['more alerts', { reason: 'new_alerts' }, 'trigger'],
    ['a repeat', { reason: 'repeat' }, 'trigger'],
    ['some that ended', { reason: 'some_resolved', resolved: ended.resolved }, 'trigger'],
    ['an acknowledgement', { reason: 'acknowledged' }, 'acknowledge'],
    ['the end of all', { reason: 'all_resolved', ...ended }, 'resolve'],
    ['the quiet end of all', { reason: 'all_resolved', isQuiet: true, ...ended }, 'resolve'],
  ])('tells %s as an event of the same key', async (_name, change, action) => {
    const [first, second] = await eventsOf(
      deliveryOf(),
      notice({ id: 'ntc_2', incidentId: null, ...change }),
    );
    expect(second!.event_action).toBe(action);
    expect(second!.dedup_key).toBe(first!.dedup_key);
  });

  it('keeps groups apart that share an incident, so that the end of one ends no other', async () => {
    const [first, second] = await eventsOf(
      deliveryOf(),
      deliveryOf({ stream: 'grp_2/oncall', payload: noticeOf({ labels: { subject: 'hour' } }) }),
    );
    expect(second!.dedup_key).not.toBe(first!.dedup_key);
  });

  it('keeps groups of two routes apart that have the same labels', async () => {
    const labels = { tenant: 'acme', model: 'fraud' };
    const ofRoute = (route: string, change: Partial<Notice>) =>
      deliveryOf({
        stream: `${groupId(route, 'acme', labels)}/pd`,
        payload: noticeOf({ labels, receiver: 'pd', ...change }),
      });
    const [drift, budget, driftEnds] = await eventsOf(
      ofRoute('drift', {}),
      ofRoute('budget', {}),
      ofRoute('drift', { reason: 'all_resolved', ...ended }),
    );
    expect(budget!.dedup_key).not.toBe(drift!.dedup_key);
    expect(driftEnds).toMatchObject({ event_action: 'resolve', dedup_key: drift!.dedup_key });
  });

  it.each<[string, Partial<Notice>]>([
    ['quiet and still firing', { isQuiet: true }],
    ['about nothing', { firing: [] }],
  ])('calls nobody when the notice is %s', async (_name, change) => {
    expect(await eventsOf(notice(change))).toEqual([]);
  });

  it.each<[string, Answer, object]>([
    ['202', TAKEN, { kind: 'sent' }],
    ['202 with an error in its body', { status: 202, body: '{"error":"no such key"}' }, { kind: 'failed' }],
    [
      '200, which is not its answer',
      { status: 200, body: '{"ok":false}' },
      { kind: 'retry', detail: expect.stringContaining('answers 202: ok: false') as string },
    ],
    [
      '400',
      { status: 400, body: '{"message":"Event object is invalid"}' },
      { kind: 'failed', detail: expect.stringContaining('Event object is invalid') as string },
    ],
    ['429', { status: 429 }, { kind: 'retry' }],
    ['500', { status: 500 }, { kind: 'retry' }],
    ['a hang', 'hang', { kind: 'unknown' }],
  ])('names the outcome of %s', async (_name, answer, expected) => {
    await using server = await httpServer(() => answer);
    const context = contextOf(settingsFor(server.url), { timeoutMs: 300 });
    expect(await receiver.deliver(deliveryOf(), context)).toMatchObject(expected);
  });

  it('is not called where egress does not name it', async () => {
    const settings = { id: 'pd', type: 'pagerduty', routingKey: ROUTING_KEY, apiUrl: null } as const;
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settings));
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(outcome.detail).toContain('add "events.pagerduty.com:443" to egress.allow');
  });
});
