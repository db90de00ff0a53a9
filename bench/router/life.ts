import { setTimeout as sleep } from 'node:timers/promises';
import { deliverDue } from '../../server/act/outbox.ts';
import { buildControl } from '../../server/control.ts';
import type { Score } from '../../server/model.ts';
import type { Control } from '../../server/ports.ts';
import { loadRules } from '../../server/rules-file.ts';
import { modelOf, settingsFor, tenantOf, type Places } from './config.ts';

/** A process with the real control store and the real receivers, which is killed in the midst of telling. */

export interface LifeOrders extends Places {
  /** The appliance's clock is so many times as fast, so that waits of minutes are seconds. */
  readonly speed: number;
  readonly startedAtMs: number;
  readonly firstPage: number;
  /** Pages that fired and are to be resolved. */
  readonly resolve: readonly number[];
  /** Nothing new happens; ends when everything has arrived. */
  readonly drains: boolean;
}

/** What it tells its parent, each after the commit. */
export type LifeNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fired' | 'resolved'; readonly page: number }
  /** Deliveries that did not arrive, and models that fire. */
  | { readonly kind: 'drained'; readonly open: number; readonly firing: readonly string[] };

const CELLS = [
  { cell: '1200 to 1900', baselineShare: 0.03, currentShare: 0.21, contribution: 0.1 },
  { cell: '<= 231', baselineShare: 0.3, currentShare: 0.12, contribution: 0.05 },
];
const TIMEOUT_MS = 1_500;
const DRAIN_MS = 120_000;
const MINUTE_MS = 60_000;

const orders = JSON.parse(process.argv[2] ?? '{}') as LifeOrders;
const now = () => orders.startedAtMs + (Date.now() - orders.startedAtMs) * orders.speed;
const tell = (news: LifeNews) => process.send?.(news);

function scoreOf(page: number, value: number, windowToMs: number): Score {
  return {
    tenant: tenantOf(page),
    model: modelOf(page),
    detector: 'drift',
    subject: 'distance',
    windowFromMs: windowToMs - MINUTE_MS,
    windowToMs,
    value,
    why: null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: 'b1',
    evidence: { text: 'distance 1200 to 1900 rose from 3.0 to 21.0 %', cells: CELLS },
  };
}

const FIRES = 0.4;
const CLEAN = 0.01;

async function fire(control: Control, page: number): Promise<void> {
  await control.judge([scoreOf(page, FIRES, now())], now());
  tell({ kind: 'fired', page });
}

/** An alert closes after two clean windows. */
async function resolve(control: Control, page: number): Promise<void> {
  for (const ago of [MINUTE_MS, 0]) await control.judge([scoreOf(page, CLEAN, now() - ago)], now());
  tell({ kind: 'resolved', page });
}

async function makeTrouble(control: Control): Promise<void> {
  const ending = [...orders.resolve];
  for (let page = orders.firstPage; ; page += 1) {
    await fire(control, page);
    const ended = ending.shift();
    if (ended !== undefined) await resolve(control, ended);
    await sleep(60 + Math.random() * 120);
  }
}

async function beat(control: Control): Promise<void> {
  await control.runTimers(now());
  await deliverDue({
    control,
    settings: settingsFor(orders),
    fetch,
    now,
    wallNow: Date.now,
    timeoutMs: TIMEOUT_MS,
  });
}

/** Beats overlap, as in the appliance: one that waits for a receiver holds up no other. */
async function beats(control: Control, isOver: () => Promise<boolean>): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!(await isOver())) {
    const one = beat(control);
    running.add(one);
    void one.finally(() => running.delete(one));
    await sleep(15);
    if (running.size >= 8) await Promise.race(running);
  }
  await Promise.all(running);
}

async function openOf(control: Control): Promise<number> {
  const states = await Promise.all(
    (['pending', 'leased'] as const).map((state) => control.deliveries({ tenant: null, state })),
  );
  return states.flat().length;
}

/** Quiet for a while: groups that wait for their time have had it. */
async function drain(control: Control): Promise<void> {
  const startMs = Date.now();
  let quietSinceMs = Date.now();
  await beats(control, async () => {
    if ((await openOf(control)) > 0) quietSinceMs = Date.now();
    return Date.now() - quietSinceMs > 3_000 || Date.now() - startMs > DRAIN_MS;
  });
  const alerts = await control.alerts({ tenant: null, state: 'firing' });
  tell({ kind: 'drained', open: await openOf(control), firing: alerts.map(({ model }) => model) });
}

process.on('disconnect', () => process.exit(0));
const settings = settingsFor(orders);
const control = await buildControl({
  folder: orders.folder,
  settings,
  rules: loadRules(settings.rulesFolder),
});
await control.recoverDeliveries(now());
tell({ kind: 'ready' });
if (orders.drains) await drain(control);
else await Promise.all([makeTrouble(control), beats(control, async () => false)]);
