import { describe, expect, it } from 'vitest';
import { deliverDue, type OutboxOptions } from '../../../server/act/outbox.ts';
import type { Receiver } from '../../../server/act/types.ts';
import type { Log } from '../../../server/log.ts';
import type { Delivery, DeliveryOutcome } from '../../../server/model.ts';
import { LOCAL_EGRESS } from './context.ts';
import { deliveryOf, NOW_MS, SECRET } from './samples.ts';
import { fakeSlack, httpServer } from './servers.ts';

/** A queue that hands out what it has and writes down what became of it. */
function queueOf(deliveries: readonly Delivery[]) {
  const settled: { id: string; outcome: DeliveryOutcome; nowMs: number }[] = [];
  const leases: object[] = [];
  const control: OutboxOptions['control'] = {
    leaseDeliveries: async (lease) => {
      leases.push(lease);
      return deliveries;
    },
    settleDelivery: async (input) => {
      settled.push(input);
      return [{ kind: 'delivery', tenant: 'acme', model: 'fraud', id: input.id, text: input.outcome.kind }];
    },
  };
  return { control, settled, leases };
}

const hook = (id: string, url: string) => ({ id, type: 'webhook', url, secret: SECRET }) as const;

const settingsOf = (...receivers: OutboxOptions['settings']['receivers']) => ({
  receivers,
  egress: LOCAL_EGRESS,
  storage: { keepRowsMs: 90 * 86_400_000, keepCountsMs: 400 * 86_400_000, minFreeBytes: 0 },
});

describe('the outbox', () => {
  it('delivers through the receiver that is configured and settles with what it gave back', async () => {
    await using slack = await fakeSlack();
    await using server = await httpServer(() => ({ status: 500 }));
    const { control, settled, leases } = queueOf([
      deliveryOf({ id: 'd1', receiver: 'oncall' }),
      deliveryOf({ id: 'd2', receiver: 'hook' }),
      deliveryOf({ id: 'd3', receiver: 'gone' }),
    ]);
    const oncall = { id: 'oncall', type: 'slack', channel: '#x', token: 'xoxb', apiUrl: slack.url } as const;
    const seen: object[] = [];
    const changes = await deliverDue({
      control,
      settings: settingsOf(oncall, hook('hook', server.url)),
      fetch,
      now: () => NOW_MS,
      record: (observation) => seen.push(observation),
    });
    const outcomeOf = (id: string) => settled.find((entry) => entry.id === id)?.outcome;
    expect(outcomeOf('d1')).toMatchObject({ kind: 'sent', thread: { channel: 'C0RESOLVED' } });
    expect(outcomeOf('d2')).toMatchObject({ kind: 'retry' });
    expect(outcomeOf('d3')).toMatchObject({ kind: 'failed' });
    expect(changes.map(({ id }) => id).sort()).toEqual(['d1', 'd2', 'd3']);
    expect(leases).toEqual([{ nowMs: NOW_MS, limit: 16, leaseMs: 300_000 }]);
    expect(seen).toContainEqual(
      expect.objectContaining({ receiver: 'hook', kind: 'notice', result: 'retry' }),
    );
  });

  it('settles what is quick while another receiver hangs', async () => {
    await using slow = await httpServer(() => 'hang');
    await using quick = await httpServer(() => ({ status: 200 }));
    const { control, settled } = queueOf([
      deliveryOf({ id: 'd1', receiver: 'slow' }),
      deliveryOf({ id: 'd2', receiver: 'quick' }),
    ]);
    const running = deliverDue({
      control,
      settings: settingsOf(hook('slow', slow.url), hook('quick', quick.url)),
      fetch,
      now: () => NOW_MS,
      timeoutMs: 600,
    });
    await expect.poll(() => settled.map(({ id }) => id)).toEqual(['d2']);
    await running;
    expect(settled.map(({ id, outcome }) => `${id} ${outcome.kind}`)).toEqual(['d2 sent', 'd1 unknown']);
  });

  it.each<[string, Receiver['deliver'], string]>([
    ['never ends', () => new Promise(() => {}), 'no outcome within 0.05 s'],
    ['throws', () => Promise.reject(new Error('xoxb-secret')), 'the receiver failed: Error'],
  ])('holds a receiver that %s', async (_name, deliver, detail) => {
    const { control, settled } = queueOf([deliveryOf({ receiver: 'hook' })]);
    await deliverDue({
      control,
      settings: settingsOf(hook('hook', 'http://127.0.0.1:1')),
      fetch,
      now: () => NOW_MS,
      receivers: [{ type: 'webhook', deliver }],
      deadlineMs: 50,
    });
    expect(settled.map(({ outcome }) => outcome)).toEqual([{ kind: 'unknown', detail }]);
  });

  it('logs what did not arrive', async () => {
    const lines: object[] = [];
    const log: Log = {
      info: () => {},
      error: () => {},
      warn: (_message, fields) => lines.push(fields ?? {}),
    };
    const { control } = queueOf([deliveryOf({ receiver: 'gone' })]);
    await deliverDue({ control, settings: settingsOf(), fetch, now: () => NOW_MS, log });
    expect(lines).toMatchObject([{ receiver: 'gone', outcome: 'failed', attempt: 1 }]);
  });

  it('settles as of the attempt that was leased, and gives receivers what can be drawn', async () => {
    const { control, settled } = queueOf([deliveryOf({ receiver: 'hook', attempt: 3 })]);
    const drawn: unknown[] = [];
    await deliverDue({
      control,
      settings: settingsOf(hook('hook', 'http://127.0.0.1:1')),
      fetch,
      now: () => NOW_MS,
      receivers: [
        {
          type: 'webhook',
          deliver: async (_delivery, { picture }) => {
            drawn.push(await picture?.());
            return { kind: 'sent', detail: '' };
          },
        },
      ],
    });
    expect(settled).toMatchObject([{ attempt: 3, outcome: { kind: 'sent' } }]);
    expect(drawn).toEqual([null]);
  });

  it('does nothing when nothing is due', async () => {
    const { control, settled } = queueOf([]);
    expect(await deliverDue({ control, settings: settingsOf(), fetch, now: () => NOW_MS })).toEqual([]);
    expect(settled).toEqual([]);
  });
});
