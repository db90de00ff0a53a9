import { NO_EGRESS } from '../act/context.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildControl } from '../../../server/control.ts';
import type { Delivery, Notice, Score } from '../../../server/model.ts';
import type { Control } from '../../../server/ports.ts';
import { loadRules } from '../../../server/rules-file.ts';
import type { ModelSettings, Settings } from '../../../server/settings.ts';
import { defaultModel } from '../../../server/config.ts';
import { matchersOf, PLAIN_ROUTING, routeWith } from './routes.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A midnight: 2026-06-20. */
export const T0 = Date.UTC(2026, 5, 20);

export const RULES = loadRules(join(import.meta.dirname, '../../../alert-rules'));

function modelSettings(change: Partial<ModelSettings> = {}): ModelSettings {
  return {
    tenant: 'acme',
    model: 'delay',
    title: 'Flight delay',
    labels: {},
    task: 'binary',
    positive: 'late',
    windowMs: DAY,
    settleMs: 0,
    baseline: { kind: 'first', rows: 1000 },
    drift: defaultModel({ tenant: 'acme', model: 'delay' }).drift,
    unmonitored: [],
    groups: ['region'],
    silentAfterMs: DAY,
    slos: [],
    retrain: { receiver: 'trainer', cooldownMs: DAY },
    rollback: {
      url: 'http://serving.example/version',
      secret: 'whsec_test',
      verifyShare: 0.99,
      verifyWithinMs: HOUR,
      verifyMinRows: 100,
    },
    ...change,
  };
}

const ROUTE = { groupWaitMs: 30_000, groupIntervalMs: 5 * MINUTE, repeatIntervalMs: 4 * HOUR };

export function settings(change: Partial<Settings> = {}): Settings {
  const webhook = (id: string) => ({
    id,
    type: 'webhook' as const,
    url: `http://${id}.example`,
    secret: 'whsec_x',
  });
  return {
    dataFolder: '',
    rulesFolder: '',
    listen: { host: '127.0.0.1', port: 0, otlpPort: 0 },
    publicUrl: 'http://leeway.example',
    tenants: [
      { id: 'acme', title: 'Acme' },
      { id: 'other', title: 'Other' },
    ],
    models: [modelSettings(), modelSettings({ tenant: 'other', title: 'Other delay' })],
    receivers: [webhook('oncall'), webhook('tickets'), webhook('trainer')],
    route: routeWith({
      receivers: ['tickets'],
      ...ROUTE,
      routes: [
        routeWith({ id: 'page', matchers: matchersOf('severity="page"'), receivers: ['oncall'], ...ROUTE }),
      ],
    }),
    ...PLAIN_ROUTING,
    egress: NO_EGRESS,
    storage: { keepRowsMs: 90 * 86_400_000, keepCountsMs: 400 * 86_400_000, minFreeBytes: 0 },
    limits: {
      maxCompressedBytes: 1,
      maxBodyBytes: 1,
      maxBytesInFlight: 1,
      maxFeatures: 1,
      maxModelsPerTenant: 1,
      maxStringBytes: 1,
      maxDepth: 1,
      maxAgeMs: 1,
      maxAheadMs: 1,
    },
    ...change,
  };
}

/** A drift score of `Distance` for the day that ends `day` days after T0, changed as the test needs. */
export function score(day: number, value: number | null, change: Partial<Score> = {}): Score {
  return {
    tenant: 'acme',
    model: 'delay',
    detector: 'drift',
    subject: 'Distance',
    windowFromMs: T0 + (day - 1) * DAY,
    windowToMs: T0 + day * DAY,
    value,
    why: value === null ? 'too few rows' : null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: 'b1',
    evidence: { text: 'Distance moved.' },
    ...change,
  };
}

export interface Bench {
  readonly folder: string;
  control: Control;
  /** Closes and opens the file again, as a restart does. */
  readonly restart: (settings?: Settings, rules?: typeof RULES) => Promise<void>;
  readonly end: () => Promise<void>;
  /** Leases everything due and settles it as sent; answers what arrived. */
  readonly deliver: (nowMs: number) => Promise<readonly Delivery[]>;
  /** Timers, then deliver. */
  readonly tick: (nowMs: number) => Promise<readonly Delivery[]>;
}

export async function bench(start: Settings = settings()): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-control-'));
  const open = (config: Settings, rules = RULES) => buildControl({ folder, settings: config, rules });
  const self: Bench = {
    folder,
    control: await open(start),
    restart: async (config = start, rules = RULES) => {
      await self.control.close();
      self.control = await open(config, rules);
    },
    end: async () => {
      await self.control.close();
      rmSync(folder, { recursive: true, force: true });
    },
    deliver: async (nowMs) => {
      const arrived: Delivery[] = [];
      for (;;) {
        const leased = await self.control.leaseDeliveries({ nowMs, limit: 10, leaseMs: MINUTE });
        if (leased.length === 0) return arrived;
        for (const delivery of leased) {
          arrived.push(delivery);
          await self.control.settleDelivery({
            id: delivery.id,
            outcome: { kind: 'sent', thread: { ts: delivery.id }, detail: 'ok' },
            nowMs,
          });
        }
      }
    },
    tick: async (nowMs) => {
      await self.control.runTimers(nowMs);
      return self.deliver(nowMs);
    },
  };
  return self;
}

/** `oncall first Distance` for each notice. */
export function told(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries
    .filter((delivery) => delivery.kind === 'notice')
    .map((delivery) => {
      const notice = delivery.payload as Notice;
      const subjects = [...notice.firing, ...notice.resolved].map((alert) => alert.subject);
      return [delivery.receiver, notice.reason, ...new Set(subjects)].join(' ');
    });
}
