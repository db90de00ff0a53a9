import type {
  Alert,
  Delivery,
  DeliveryOutcome,
  Notice,
  Rule,
  Score,
  Severity,
} from '../../../../server/model.ts';
import type { Matcher, Settings } from '../../../../server/settings.ts';
import { bench, MINUTE, type Bench } from '../fixture.ts';
import { LEASE_MS, slotOf, type Appliance, type Queued } from './appliance.ts';

/** One window that breaches opens an alert, one that is clean ends it. */
export const RULES: readonly Rule[] = (['drift', 'quality'] as const).map((kind) => ({
  id: kind === 'drift' ? 'drifts' : 'feed',
  title: kind,
  detector: kind,
  kind,
  page: { atLeast: 0.8 },
  ticket: { atLeast: 0.4 },
  persistence: { open: 1, of: 1, pageOpen: 1, close: 1 },
  summary: '{subject} moved',
}));

const VALUES: Readonly<Record<Severity, number>> = { ticket: 0.5, page: 1 };
const BUSY_MS = 2 * MINUTE;

/** The real control store in a file. A crash closes it without notice and opens it again; every other reload is a restart. */
export class DiskAppliance implements Appliance {
  settings: Settings;
  readonly beatMs = 30 * MINUTE;
  readonly #bench: Bench;
  readonly #seen = new Set<string>();
  #windowToMs = 0;
  #changedAtMs = 0;
  #reloads = 0;

  private constructor(settings: Settings, opened: Bench) {
    this.settings = settings;
    this.#bench = opened;
  }

  static async open(settings: Settings): Promise<DiskAppliance> {
    const opened = await bench(settings);
    await opened.restart(settings, RULES);
    return new DiskAppliance(settings, opened);
  }

  async end(): Promise<void> {
    await this.#bench.end();
  }

  async fire(slots: readonly number[], severity: Severity, nowMs: number): Promise<void> {
    const firing = await this.firing();
    const isPage = (slot: number) =>
      firing.some((alert) => alert.subject === slotOf(slot).subject && alert.severity === 'page');
    await this.#judge(
      slots.filter((slot) => severity === 'page' || !isPage(slot)),
      VALUES[severity],
      nowMs,
    );
  }

  async resolve(slots: readonly number[], nowMs: number): Promise<void> {
    await this.#judge(slots, 0, nowMs);
  }

  /** Alerts join the incidents of their models by themselves. */
  async join(): Promise<void> {}

  async silence(
    given: { readonly matchers: readonly Matcher[]; readonly fromMs: number; readonly toMs: number },
    nowMs: number,
  ): Promise<void> {
    this.#changedAtMs = nowMs;
    await this.#bench.control.createSilence(
      { tenant: 'acme', author: 'ann', reason: 'known', ...given },
      nowMs,
    );
  }

  async expireSilences(nowMs: number): Promise<void> {
    const { control } = this.#bench;
    for (const { id } of await control.silences('acme', nowMs))
      await control.expireSilence({ id, tenant: 'acme', actor: 'ann', nowMs });
  }

  async acknowledge(slot: number, nowMs: number): Promise<void> {
    const alert = (await this.firing()).find(({ subject }) => subject === slotOf(slot).subject);
    if (alert === undefined) return;
    await this.#bench.control.acknowledge({ alertId: alert.id, tenant: 'acme', actor: 'ann', nowMs });
  }

  async reload(settings: Settings, nowMs: number): Promise<void> {
    this.#changedAtMs = nowMs;
    this.settings = settings;
    this.#reloads += 1;
    const change = { settings, rules: RULES, actor: 'ann', nowMs, dryRun: false };
    if (this.#reloads % 2 === 0) await this.#bench.control.reconfigure(change);
    else await this.#bench.restart(settings, RULES);
    await this.tick(nowMs);
  }

  async crash(): Promise<void> {
    await this.#bench.restart(this.settings, RULES);
  }

  async tick(nowMs: number): Promise<void> {
    await this.#bench.control.runTimers(nowMs);
  }

  async lease(limit: number, nowMs: number): Promise<readonly Delivery[]> {
    return this.#bench.control.leaseDeliveries({ nowMs, limit, leaseMs: LEASE_MS });
  }

  async settle(id: string, outcome: DeliveryOutcome, nowMs: number): Promise<void> {
    await this.#bench.control.settleDelivery({ id, outcome, nowMs });
  }

  async firing(): Promise<readonly Alert[]> {
    return this.#bench.control.alerts({ tenant: 'acme', state: 'firing' });
  }

  async silences(nowMs: number) {
    return this.#bench.control.silences('acme', nowMs);
  }

  async queued(): Promise<readonly Queued[]> {
    const found = (await this.deliveries()).filter(
      ({ id, kind }) => kind === 'notice' && !this.#seen.has(id),
    );
    for (const { id } of found) this.#seen.add(id);
    return found.map(({ payload, receiver }) => {
      const notice = payload as Notice;
      const digest = notice.digest === null ? '' : 'digest';
      return { stream: `${receiver} ${digest} ${JSON.stringify(notice.labels)}`, notice };
    });
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return (await this.#bench.control.deliveries({ tenant: 'acme' })).toReversed();
  }

  /** Each minute while something has just changed, then less often. */
  async nextDueMs(nowMs: number): Promise<number> {
    return nowMs + (nowMs - this.#changedAtMs < BUSY_MS ? MINUTE : this.beatMs);
  }

  async #judge(slots: readonly number[], value: number, nowMs: number): Promise<void> {
    this.#changedAtMs = nowMs;
    this.#windowToMs = Math.max(this.#windowToMs + 1, nowMs);
    const scores = slots.map((slot) => scoreOf(slot, value, this.#windowToMs));
    await this.#bench.control.judge(scores, nowMs);
  }
}

function scoreOf(slot: number, value: number, windowToMs: number): Score {
  const { tenant, model, subject, kind } = slotOf(slot);
  return {
    tenant,
    model,
    detector: kind,
    subject,
    windowFromMs: windowToMs - MINUTE,
    windowToMs,
    value,
    why: null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: null,
    evidence: { text: '' },
  };
}
