import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliveryMethods } from '../../../../server/control/deliveries.ts';
import { createDesk } from '../../../../server/control/desk.ts';
import type { Alert, DeliveryOutcome, Notice } from '../../../../server/model.ts';
import { openDatabase, type Database } from '../../../../server/store/sqlite/database.ts';
import {
  expiredDeliveries,
  queueDelivery,
  type NewDelivery,
} from '../../../../server/store/sqlite/outbox.ts';
import { alertOf, noticeOf, retrainOf } from '../../act/samples.ts';
import { RULES, settings } from '../../route/fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 21);
const LEASE_MS = 5 * MINUTE;

interface Outbox {
  readonly folder: string;
  database: Database;
  control: ReturnType<typeof deliveryMethods>;
}

function open(folder: string): Outbox {
  const database = openDatabase(folder);
  const options = { folder, settings: settings(), rules: RULES };
  return { folder, database, control: deliveryMethods(createDesk(database, options)) };
}

let o: Outbox;
beforeEach(() => {
  o = open(mkdtempSync(join(tmpdir(), 'leeway-outbox-')));
});
afterEach(() => {
  o.database.close();
  rmSync(o.folder, { recursive: true, force: true });
});

function believedOf(firing: readonly Alert[]): Notice['believed'] {
  return Object.fromEntries(firing.map(({ id, severity }) => [id, severity]));
}

function crash(): void {
  o.database.close();
  o = open(o.folder);
}

const alert = (id: string): Alert => alertOf({ id });

function queue(
  change: Partial<NewDelivery> & { readonly id: string },
  notice: Partial<Notice> = {},
  nowMs = NOW,
) {
  const stream = change.stream ?? 'g1/oncall';
  queueDelivery(
    o.database,
    {
      tenant: 'acme',
      model: 'fraud',
      receiver: 'oncall',
      kind: 'notice',
      payload: noticeOf({ id: change.id, believed: believedOf(notice.firing ?? []), ...notice }),
      stream,
      threadKey: `${stream}/0`,
      incidentId: null,
      expiresAtMs: nowMs + 6 * HOUR,
      ...change,
    },
    nowMs,
  );
}

const lease = (nowMs: number, limit = 50) => o.control.leaseDeliveries({ nowMs, limit, leaseMs: LEASE_MS });
const settle = (id: string, outcome: DeliveryOutcome, nowMs: number) =>
  o.control.settleDelivery({ id, outcome, nowMs });
const SENT: DeliveryOutcome = { kind: 'sent', detail: '' };
const DOWN: DeliveryOutcome = { kind: 'retry', afterMs: null, detail: 'down', reason: 'server' };
const LOST: DeliveryOutcome = { kind: 'unknown', detail: 'no answer in time' };
const stateOf = async (id: string) =>
  (await o.control.deliveries({ tenant: null })).find((each) => each.id === id)?.state;

describe('notices of one message that wait together', () => {
  it('become one: the newest, with all that was resolved', async () => {
    queue({ id: 'n1' }, { firing: [alert('a')], resolved: [] });
    queue({ id: 'n2' }, { firing: [alert('b')], resolved: [alert('a')], reason: 'some_resolved' });
    queue({ id: 'n3' }, { firing: [alert('c')], resolved: [alert('b')], reason: 'some_resolved' });
    const leased = await lease(NOW);
    expect(leased.map(({ id }) => id)).toEqual(['n3']);
    const notice = leased[0]!.payload as Notice;
    expect(notice.firing.map(({ id }) => id)).toEqual(['c']);
    expect(notice.resolved.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(notice.supersedes).toEqual(['n1', 'n2']);
    expect([await stateOf('n1'), await stateOf('n2')]).toEqual(['superseded', 'superseded']);
    await settle('n3', SENT, NOW);
    expect(await lease(NOW + HOUR)).toEqual([]);
  });

  it('call somebody when any of them had to', async () => {
    queue({ id: 'n1' }, { isQuiet: false });
    queue({ id: 'n2' }, { isQuiet: true });
    expect((await lease(NOW))[0]!.payload).toMatchObject({ id: 'n2', isQuiet: false });
  });

  it('keep that one of them may have arrived, its ids and its tries', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    await settle('n1', LOST, NOW);
    queue({ id: 'n2' });
    const [second] = await lease(NOW + MINUTE);
    expect(second).toMatchObject({ id: 'n2', mayRepeat: true, attempt: 2, payload: { supersedes: ['n1'] } });
    await settle('n2', LOST, NOW + MINUTE);
    queue({ id: 'n3' });
    const [third] = await lease(NOW + HOUR);
    expect(third).toMatchObject({
      id: 'n3',
      mayRepeat: true,
      attempt: 3,
      payload: { supersedes: ['n1', 'n2'] },
    });
  });

  it.each([
    ['a notice of another message', { threadKey: 'g1/oncall/1' }],
    ['a request to retrain', { kind: 'retrain' as const, payload: retrainOf() }],
  ])('never skip over %s', async (_name, other) => {
    queue({ id: 'n1' });
    queue({ id: 'n2' });
    queue({ id: 'x', ...other });
    queue({ id: 'n3' });
    const order: string[] = [];
    for (let round = 0; round < 4; round += 1)
      for (const { id } of await lease(NOW)) {
        order.push(id);
        await settle(id, SENT, NOW);
      }
    expect(order).toEqual(['n2', 'x', 'n3']);
  });

  it('wait for the one that is being sent', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    queue({ id: 'n2' });
    expect(await lease(NOW + MINUTE)).toEqual([]);
    await settle('n1', SENT, NOW + MINUTE);
    expect(await lease(NOW + MINUTE)).toMatchObject([{ id: 'n2', mayRepeat: false }]);
  });
});

describe('a try whose end nobody heard of', () => {
  it('may have arrived when its lease ran out', async () => {
    queue({ id: 'n1' });
    expect(await lease(NOW)).toMatchObject([{ mayRepeat: false }]);
    crash();
    expect(await lease(NOW + LEASE_MS - 1)).toEqual([]);
    expect(await lease(NOW + LEASE_MS)).toMatchObject([{ id: 'n1', mayRepeat: true, attempt: 2 }]);
  });

  it('is due at once when the process starts again', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    crash();
    expect(await o.control.recoverDeliveries(NOW + 1)).toBe(1);
    expect(await lease(NOW + 1)).toMatchObject([{ id: 'n1', mayRepeat: true }]);
  });

  it('is heard late only when it arrived', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    await lease(NOW + LEASE_MS);
    await o.control.settleDelivery({ id: 'n1', attempt: 1, outcome: DOWN, nowMs: NOW + LEASE_MS });
    expect(await stateOf('n1')).toBe('leased');
    await o.control.settleDelivery({ id: 'n1', attempt: 1, outcome: SENT, nowMs: NOW + LEASE_MS });
    expect(await stateOf('n1')).toBe('sent');
  });

  it('gives its message to the notice that was sent instead, unless that has one', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    queue({ id: 'n2' });
    await lease(NOW + LEASE_MS);
    await settle('n1', { ...SENT, thread: { ts: '1' } }, NOW + LEASE_MS);
    queue({ id: 'n3' });
    await settle('n2', { ...SENT, thread: { ts: '2' } }, NOW + LEASE_MS);
    await settle('n1', { ...SENT, thread: { ts: '1' } }, NOW + LEASE_MS);
    expect(await lease(NOW + LEASE_MS)).toMatchObject([{ id: 'n3', thread: { ts: '2' } }]);
  });

  it('is not counted as a try when nothing was tried', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    await settle('n1', { kind: 'retry', afterMs: 700, detail: 'delayed', reason: 'delayed' }, NOW);
    expect(await lease(NOW + 699)).toEqual([]);
    expect(await lease(NOW + 700)).toMatchObject([{ attempt: 1, mayRepeat: false }]);
  });
});

describe('order', () => {
  it('sends pages before tickets, and a stream that holds a page as one', async () => {
    queue({ id: 't1', stream: 's1' }, { severity: 'ticket' });
    queue({ id: 't2', stream: 's2' }, { severity: 'ticket' });
    queue({ id: 'p2', stream: 's2', threadKey: 'other' }, { severity: 'page' });
    queue({ id: 'p3', stream: 's3' }, { severity: 'page' });
    expect((await lease(NOW, 3)).map(({ id }) => id)).toEqual(['t2', 'p3', 't1']);
  });

  it('lets one receiver not take every place', async () => {
    for (let index = 0; index < 30; index += 1)
      queue({ id: `n${index}`, stream: `s${index}`, receiver: 'slow' });
    queue({ id: 'other', stream: 'other', receiver: 'quick' }, { severity: 'ticket' });
    const leased = await lease(NOW, 16);
    expect(leased.map(({ receiver }) => receiver).filter((name) => name === 'slow')).toHaveLength(8);
    expect(leased.map(({ id }) => id)).toContain('other');
    expect(await lease(NOW, 16)).toEqual([]);
  });
});

describe('the breaker of a receiver', () => {
  async function fail(times: number, nowMs = NOW, outcome = DOWN): Promise<void> {
    for (let index = 0; index < times; index += 1) {
      queue({ id: `f${index}`, stream: `f${index}` }, { severity: 'ticket' }, nowMs);
      await lease(nowMs);
      await settle(`f${index}`, outcome, nowMs);
    }
  }

  it('opens after five failures in a row: everything waits, one page probes, and success wakes all', async () => {
    await fail(5);
    expect(await o.control.receiverHealth(null)).toMatchObject([
      { receiver: 'oncall', failures: 5, openSinceMs: NOW, lastError: 'down', waiting: 5, dead: 0 },
    ]);
    queue({ id: 'page', stream: 'p' }, { severity: 'page' });
    queue({ id: 'elsewhere', stream: 'e', receiver: 'tickets' });
    expect((await lease(NOW + 1)).map(({ id }) => id)).toEqual(['elsewhere']);
    const later = NOW + 10_000;
    expect((await lease(later)).map(({ id }) => id)).toEqual(['page']);
    expect(await lease(later)).toEqual([]);
    await settle('page', SENT, later);
    expect(await o.control.receiverHealth(null)).toMatchObject([{ failures: 0, openSinceMs: null }, {}]);
    expect(await lease(later)).toHaveLength(5);
  });

  it('waits twice as long after each probe that fails', async () => {
    await fail(5);
    const waits: number[] = [];
    let nowMs = NOW;
    for (let round = 0; round < 4; round += 1) {
      queue({ id: `p${round}`, stream: `p${round}` }, {}, nowMs);
      const { probeAtMs } = (await o.control.receiverHealth(null))[0]!;
      waits.push(probeAtMs! - nowMs);
      nowMs = probeAtMs!;
      const [probe] = await lease(nowMs);
      await settle(probe!.id, DOWN, nowMs);
    }
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(4000 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(6000 * 2 ** index);
    }
  });

  it('opens at once when the receiver wants no more', async () => {
    await fail(1, NOW, { kind: 'failed', detail: '410', reason: 'gone' });
    expect(await o.control.receiverHealth(null)).toMatchObject([{ openSinceMs: NOW, dead: 1 }]);
  });

  it('stays closed for a receiver that asks to slow down, and for failures with successes between', async () => {
    await fail(7, NOW, { kind: 'retry', afterMs: 1000, detail: '429', reason: 'rate' });
    for (let round = 0; round < 3; round += 1) {
      await fail(4, NOW + round * HOUR);
      queue({ id: `ok${round}`, stream: `ok${round}` }, {}, NOW + round * HOUR);
      await settle(`ok${round}`, SENT, NOW + round * HOUR);
    }
    expect((await o.control.receiverHealth(null)).map(({ openSinceMs }) => openSinceMs)).toEqual([null]);
  });

  it('survives a crash', async () => {
    await fail(5);
    crash();
    expect(await o.control.receiverHealth(null)).toMatchObject([{ failures: 5, openSinceMs: NOW }]);
  });
});

describe('what is known of a receiver', () => {
  const told = async (tenant: string | null) =>
    (await o.control.receiverAttempts(tenant)).find(({ receiver }) => receiver === 'oncall');

  it('is when it was last told, when it last failed and why, and what waits since when', async () => {
    queue({ id: 'a', stream: 'a' });
    await lease(NOW);
    await settle('a', DOWN, NOW);
    expect(await told(null)).toEqual({
      receiver: 'oncall',
      lastSuccessMs: null,
      lastFailureMs: NOW,
      lastFailure: 'down',
      waiting: 1,
      oldestWaitingMs: NOW,
    });
    await lease(NOW + MINUTE);
    await settle('a', SENT, NOW + MINUTE);
    expect(await told(null)).toMatchObject({
      lastSuccessMs: NOW + MINUTE,
      lastFailureMs: NOW,
      lastFailure: 'down',
      waiting: 0,
      oldestWaitingMs: null,
    });
  });

  it('is no failure where nothing was tried', async () => {
    queue({ id: 'a', stream: 'a' });
    await lease(NOW);
    await settle('a', { kind: 'retry', afterMs: 700, detail: 'its turn comes', reason: 'delayed' }, NOW);
    expect(await told(null)).toMatchObject({ lastFailureMs: null, waiting: 1 });
  });

  it('is told to each tenant by its own deliveries alone', async () => {
    queue({ id: 'a', stream: 'a' });
    await settle('a', SENT, NOW);
    queue({ id: 'b', stream: 'b', tenant: 'other' });
    await settle('b', DOWN, NOW + MINUTE);
    expect(await told('acme')).toMatchObject({ lastSuccessMs: NOW, lastFailureMs: null, waiting: 0 });
    expect(await told('other')).toMatchObject({
      lastSuccessMs: null,
      lastFailureMs: NOW + MINUTE,
      waiting: 1,
    });
    expect(await told('third')).toBeUndefined();
    expect(await told(null)).toMatchObject({ lastSuccessMs: NOW, lastFailureMs: NOW + MINUTE, waiting: 1 });
  });

  it('is also what became of an attempt that no delivery stands for', async () => {
    const attempt = { tenant: 'acme', receiver: 'oncall' };
    await o.control.noteAttempt({ ...attempt, atMs: NOW, failure: 'down' });
    expect(await told('acme')).toMatchObject({
      lastSuccessMs: null,
      lastFailureMs: NOW,
      lastFailure: 'down',
    });
    await o.control.noteAttempt({ ...attempt, atMs: NOW + MINUTE, failure: null });
    expect(await told('acme')).toMatchObject({ lastSuccessMs: NOW + MINUTE, lastFailureMs: NOW });
    expect(await told('other')).toBeUndefined();
  });

  it('survives a crash', async () => {
    queue({ id: 'a', stream: 'a' });
    await settle('a', SENT, NOW);
    crash();
    expect(await told(null)).toMatchObject({ lastSuccessMs: NOW });
  });
});

describe('dead deliveries', () => {
  const REFUSED: DeliveryOutcome = { kind: 'failed', detail: 'invalid_auth', reason: 'auth' };
  const replay = (id: string, tenant: string | null = null) =>
    o.control.replayDeliveries({ tenant, pick: { id }, actor: 'ann', nowMs: NOW + HOUR });

  it('are listed with why, and sent again under their id', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    await settle('n1', REFUSED, NOW);
    expect(await o.control.deliveries({ tenant: null, state: 'dead' })).toMatchObject([
      { id: 'n1', detail: 'invalid_auth', attempt: 1 },
    ]);
    expect(await replay('n1', 'other')).toMatchObject({ ok: false, reason: 'not_found' });
    expect(await replay('n1')).toMatchObject({ ok: true, value: { replayed: ['n1'] } });
    expect(await lease(NOW + HOUR)).toMatchObject([{ id: 'n1', attempt: 1 }]);
    expect(await replay('n1')).toMatchObject({ ok: false, reason: 'conflict' });
  });

  it('are not sent after a newer notice of their group: that would be an old story', async () => {
    queue({ id: 'n1' });
    await lease(NOW);
    await settle('n1', REFUSED, NOW);
    queue({ id: 'n2' });
    await lease(NOW);
    await settle('n2', SENT, NOW);
    expect(await replay('n1')).toMatchObject({ ok: false, message: expect.stringContaining('old story') });
  });

  it('of a span are replayed together, and the receiver is tried now', async () => {
    for (let index = 0; index < 6; index += 1) {
      queue({ id: `n${index}`, stream: `s${index}` }, {}, NOW + index);
      await settle(`n${index}`, REFUSED, NOW + index);
    }
    const pick = { receiver: 'oncall', fromMs: NOW + 2, toMs: NOW + 5 };
    const done = await o.control.replayDeliveries({ tenant: 'acme', pick, actor: 'ann', nowMs: NOW + 9 });
    expect(done).toMatchObject({ ok: true, value: { replayed: ['n2', 'n3', 'n4'], skipped: [] } });
    expect(await lease(NOW + 9)).toMatchObject([{ id: 'n2' }]);
  });
});

/* ---- any interleaving ---- */

const STREAMS = ['s0', 's1', 's2'];

type Step =
  | {
      readonly do: 'queue';
      readonly stream: number;
      readonly firing: readonly number[];
      readonly page: boolean;
    }
  | {
      readonly do: 'deliver';
      readonly fate: 'arrives' | 'lost on the way' | 'answer lost' | 'refused' | 'slow down';
    }
  | { readonly do: 'crash'; readonly arrived: boolean; readonly recovers: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('queue' as const),
      stream: fc.nat({ max: STREAMS.length - 1 }),
      firing: fc.subarray([0, 1, 2]),
      page: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      fate: fc.constantFrom('arrives', 'lost on the way', 'answer lost', 'refused', 'slow down'),
    }),
  },
  fc.record({ do: fc.constant('crash' as const), arrived: fc.boolean(), recovers: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 7_000, MINUTE, LEASE_MS, HOUR) }),
);

/** The receiver outside: what it believes firing by stream, and in which order notices reached it. */
class World {
  nowMs = NOW;
  count = 0;
  readonly believed = new Map<string, Set<string>>();
  readonly meant = new Map<string, Set<string>>();
  readonly arrived: { stream: string; place: number; mayRepeat: boolean; id: string }[] = [];
  readonly queued: string[] = [];

  queue({ stream, firing, page }: Extract<Step, { do: 'queue' }>): void {
    const name = STREAMS[stream]!;
    const before = this.meant.get(name) ?? new Set<string>();
    const now = new Set(firing.map((each) => `${name}-${each}`));
    this.meant.set(name, now);
    this.count += 1;
    const id = `n${this.count}`;
    this.queued.push(id);
    queue(
      { id, stream: name, threadKey: name, expiresAtMs: this.nowMs + 1000 * HOUR },
      {
        severity: page ? 'page' : 'ticket',
        firing: [...now].map(alert),
        resolved: [...before].filter((each) => !now.has(each)).map(alert),
      },
      this.nowMs,
    );
  }

  reach(delivery: { id: string; payload: unknown; mayRepeat: boolean }, stream: string): void {
    const notice = delivery.payload as Notice;
    const set = this.believed.get(stream) ?? new Set();
    for (const { id } of notice.firing) set.add(id);
    for (const { id } of notice.resolved) set.delete(id);
    this.believed.set(stream, set);
    const { id, mayRepeat } = delivery;
    this.arrived.push({ stream, place: Number(id.slice(1)), mayRepeat, id });
  }

  async deliver(fate: Extract<Step, { do: 'deliver' }>['fate']): Promise<void> {
    for (const delivery of await lease(this.nowMs, 2)) {
      const stream = (delivery.payload as Notice).firing[0]?.id.slice(0, 2) ?? this.streamOf(delivery.id);
      if (fate === 'arrives' || fate === 'answer lost') this.reach(delivery, stream);
      const outcome: DeliveryOutcome =
        fate === 'arrives'
          ? { kind: 'sent', detail: '' }
          : fate === 'refused'
            ? { kind: 'failed', detail: '' }
            : fate === 'slow down'
              ? { kind: 'retry', afterMs: 1000, detail: '', reason: 'rate' }
              : { kind: 'unknown', detail: '' };
      await settle(delivery.id, outcome, this.nowMs);
    }
  }

  streamOf(id: string): string {
    const row = o.database.get('SELECT stream FROM deliveries WHERE id = ?', id);
    return String(row?.['stream']);
  }

  async run(each: Step): Promise<void> {
    if (each.do === 'queue') this.queue(each);
    if (each.do === 'deliver') await this.deliver(each.fate);
    if (each.do === 'wait') this.nowMs += each.ms;
    if (each.do === 'crash') {
      for (const delivery of await lease(this.nowMs, 2))
        if (each.arrived) this.reach(delivery, this.streamOf(delivery.id));
      crash();
      if (each.recovers) await o.control.recoverDeliveries(this.nowMs);
    }
  }

  async drain(): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      this.nowMs += HOUR;
      await this.deliver('arrives');
    }
  }
}

it('any interleaving: every notice arrives, is superseded by one that does, or is dead; the last word is believed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      o.database.run('DELETE FROM deliveries');
      o.database.run('DELETE FROM breakers');
      const world = new World();
      for (const each of steps) await world.run(each);
      await world.drain();
      expect(expiredDeliveries(o.database, world.nowMs)).toEqual([]);
      const rows = new Map(
        o.database
          .all('SELECT id, state, superseded_by FROM deliveries')
          .map((row) => [String(row['id']), { state: row['state'], by: row['superseded_by'] }]),
      );
      const reached = new Set(world.arrived.map(({ id }) => id));
      for (const id of world.queued) {
        let at = id;
        while (rows.get(at)?.state === 'superseded') at = String(rows.get(at)?.by);
        expect(['sent', 'dead']).toContain(rows.get(at)?.state);
        if (rows.get(at)?.state === 'sent') expect(reached).toContain(at);
      }
      for (const stream of STREAMS) {
        const mine = world.arrived.filter((each) => each.stream === stream);
        expect(mine.map(({ place }) => place)).toEqual(
          mine.map(({ place }) => place).toSorted((a, b) => a - b),
        );
        const repeats = mine.filter(({ id }, index) => mine.findIndex((other) => other.id === id) < index);
        expect(repeats.every(({ mayRepeat }) => mayRepeat)).toBe(true);
        const last = [...rows]
          .filter(([id]) => world.streamOf(id) === stream)
          .some(([, row]) => row.state === 'dead');
        if (!last)
          expect(world.believed.get(stream) ?? new Set()).toEqual(world.meant.get(stream) ?? new Set());
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);
