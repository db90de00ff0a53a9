import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, DeliveryOutcome, Notice } from '../../../server/model.ts';
import { bench, HOUR, MINUTE, score, T0, type Bench } from './fixture.ts';

type Step =
  | { readonly do: 'score'; readonly subject: string; readonly value: number | null }
  | { readonly do: 'silence'; readonly subject: string; readonly hours: number }
  | { readonly do: 'unsilence' }
  | { readonly do: 'acknowledge' }
  | { readonly do: 'restart' }
  | { readonly do: 'crash after sending' }
  | { readonly do: 'receivers'; readonly state: DeliveryOutcome['kind'] }
  | { readonly do: 'wait'; readonly minutes: number };

const SUBJECTS = ['Distance', 'Carrier'];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('score' as const),
      subject: fc.constantFrom(...SUBJECTS),
      value: fc.constantFrom(0.01, 0.01, 0.15, 0.15, 0.4, null),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 10, 300, 500) }),
  },
  fc.record({
    do: fc.constant('silence' as const),
    subject: fc.constantFrom(...SUBJECTS),
    hours: fc.constantFrom(1, 6),
  }),
  fc.record({
    do: fc.constant('receivers' as const),
    state: fc.constantFrom('sent' as const, 'retry' as const, 'failed' as const),
  }),
  fc.constantFrom<Step>(
    { do: 'unsilence' },
    { do: 'acknowledge' },
    { do: 'restart' },
    { do: 'crash after sending' },
  ),
);

/** Receivers as they are outside: what each believes firing, from the notices that reached it, each id once. */
class World {
  nowMs = T0;
  windowToMs = T0;
  outcome: DeliveryOutcome['kind'] = 'sent';
  readonly believed = new Map<string, Set<string>>();
  readonly seen = new Set<string>();
  readonly b: Bench;

  constructor(b: Bench) {
    this.b = b;
  }

  receive(receiver: string, notice: Notice): void {
    if (this.seen.has(notice.id)) return;
    this.seen.add(notice.id);
    const set = this.believed.get(receiver) ?? new Set();
    for (const alert of notice.firing) set.add(alert.id);
    for (const alert of notice.resolved) set.delete(alert.id);
    this.believed.set(receiver, set);
  }

  async deliver(settle = true): Promise<void> {
    const { control } = this.b;
    await control.runTimers(this.nowMs);
    for (;;) {
      const leased = await control.leaseDeliveries({ nowMs: this.nowMs, limit: 5, leaseMs: MINUTE });
      if (leased.length === 0) return;
      for (const delivery of leased) {
        if (delivery.kind === 'notice' && (this.outcome === 'sent' || !settle))
          this.receive(delivery.receiver, delivery.payload as Notice);
        if (!settle) continue;
        const outcome: DeliveryOutcome =
          this.outcome === 'retry'
            ? { kind: 'retry', afterMs: null, detail: 'down' }
            : { kind: this.outcome, detail: '' };
        await control.settleDelivery({ id: delivery.id, outcome, nowMs: this.nowMs });
      }
    }
  }

  async run(each: Step): Promise<void> {
    const { control } = this.b;
    if (each.do === 'score') {
      const windowToMs = Math.max(this.windowToMs + MINUTE, this.nowMs);
      this.windowToMs = windowToMs;
      const one = score(0, each.value, {
        subject: each.subject,
        windowFromMs: windowToMs - MINUTE,
        windowToMs,
      });
      await control.judge([one], this.nowMs);
    }
    if (each.do === 'silence')
      await control.createSilence(
        {
          tenant: 'acme',
          matchers: [{ name: 'subject', op: '=', value: each.subject }],
          fromMs: this.nowMs,
          toMs: this.nowMs + each.hours * HOUR,
          author: 'ann',
          reason: 'known',
        },
        this.nowMs,
      );
    if (each.do === 'unsilence')
      for (const silence of await control.silences('acme', this.nowMs))
        await control.expireSilence({ id: silence.id, tenant: 'acme', actor: 'ann', nowMs: this.nowMs });
    if (each.do === 'acknowledge')
      for (const alert of await control.alerts({ tenant: 'acme', state: 'firing' }))
        await control.acknowledge({
          alertId: alert.id,
          tenant: 'acme',
          actor: 'ann',
          nowMs: this.nowMs,
        });
    if (each.do === 'restart') await this.b.restart();
    if (each.do === 'crash after sending') {
      await this.deliver(false);
      await this.b.restart();
    }
    if (each.do === 'receivers') this.outcome = each.state;
    if (each.do === 'wait') {
      this.nowMs += each.minutes * MINUTE;
      await this.deliver();
    }
    await this.checkLives();
  }

  /** One life at a time, and no life skipped or repeated. */
  async checkLives(): Promise<void> {
    const alerts = await this.b.control.alerts({ tenant: 'acme' });
    for (const subject of SUBJECTS) {
      const lives = alerts
        .filter((alert) => alert.subject === subject)
        .toSorted((first, second) => first.episode - second.episode);
      expect(lives.map((alert) => alert.episode)).toEqual(lives.map((_, index) => index + 1));
      expect(lives.slice(0, -1).every((alert) => alert.state === 'resolved')).toBe(true);
    }
  }

  async quiet(): Promise<readonly Alert[]> {
    this.outcome = 'sent';
    await this.run({ do: 'unsilence' });
    for (let hour = 0; hour < 16; hour += 1) await this.run({ do: 'wait', minutes: 60 });
    return this.b.control.alerts({ tenant: 'acme', state: 'firing' });
  }
}

describe('what was announced firing is always announced resolved', () => {
  it('holds at quiescence for every interleaving of scores, silences, restarts, failures and waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const b = await bench();
        try {
          const world = new World(b);
          for (const each of steps) await world.run(each);
          const firing = await world.quiet();
          const ids = new Set(firing.map((alert) => alert.id));
          for (const believed of world.believed.values())
            expect([...believed].filter((id) => !ids.has(id))).toEqual([]);
          for (const alert of firing) {
            const receiver = alert.severity === 'page' || alert.incidentId !== null ? 'oncall' : 'tickets';
            expect(world.believed.get(receiver)?.has(alert.id)).toBe(true);
          }
          expect(await b.control.counters()).toMatchObject({ oldestPendingDeliveryMs: null });
        } finally {
          await b.end();
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 100) },
    );
  }, 600_000);
});
