import type { IncidentRecord } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import type { ShowOptions } from './options.ts';
import type { BudgetSpent, Impact } from './types.ts';
import { isOf } from './views/facts.ts';

const HOUR_MS = 3_600_000;

type Counting = Pick<ShowOptions, 'telemetry' | 'settings' | 'defaultModel'>;

/** What was counted from the begin of an incident's first bad window to its end, or until now. */
export async function impactOf(options: Counting, record: IncidentRecord, nowMs: number): Promise<Impact> {
  const key = { tenant: record.tenant, model: record.model };
  const fromMs = record.beganAtMs ?? record.openedAtMs;
  const toMs = Math.max(fromMs + 1, record.resolvedAtMs ?? nowMs);
  const model = options.settings.models.find(isOf(key)) ?? options.defaultModel(key);
  const [volume, budgets] = await Promise.all([
    options.telemetry.volume({ key, fromMs, toMs, stepMs: HOUR_MS }),
    Promise.all(model.slos.map((slo) => budgetOf(options, slo, { key, fromMs, toMs }))),
  ]);
  const versions = [...Map.groupBy(volume, ({ version }) => version)].map(([version, rows]) => ({
    version,
    predictions: rows.reduce((sum, row) => sum + row.rows, 0),
  }));
  const predictions = versions.reduce((sum, each) => sum + each.predictions, 0);
  return { fromMs, toMs, predictions, versions, budgets, why: null };
}

interface Stretch {
  readonly key: { readonly tenant: string; readonly model: string };
  readonly fromMs: number;
  readonly toMs: number;
}

async function budgetOf(
  { telemetry }: Counting,
  { id, target, periodMs }: SloSettings,
  { key, fromMs, toMs }: Stretch,
): Promise<BudgetSpent> {
  const sum = async (range: { readonly fromMs: number; readonly toMs: number }) => {
    const rows = await telemetry.sloCounts({ key, slo: id, ...range, stepMs: HOUR_MS });
    return rows.reduce(({ good, bad }, row) => ({ good: good + row.good, bad: bad + row.bad }), NOTHING);
  };
  const [during, period] = await Promise.all([
    sum({ fromMs, toMs }),
    sum({ fromMs: Math.min(fromMs, toMs - periodMs), toMs }),
  ]);
  const allowed = (1 - target) * (period.good + period.bad);
  return allowed === 0 || during.good + during.bad === 0
    ? { slo: id, ...during, share: null, why: 'nothing was counted for it in that time' }
    : { slo: id, ...during, share: during.bad / allowed, why: null };
}

const NOTHING = { good: 0, bad: 0 };
