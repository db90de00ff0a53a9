import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../server/config.ts';
import { jobId } from '../../server/detect/plan.ts';
import { References } from '../../server/detect/references.ts';
import { replayScores } from '../../server/detect/replay.ts';
import { runJob } from '../../server/detect/run.ts';
import { keyOf, type DetectContext } from '../../server/detect/types.ts';
import type { Baseline, ScheduledJob, Score } from '../../server/model.ts';
import { loadParameters, parametersFor } from '../../server/parameters.ts';
import type { Backtest, Telemetry } from '../../server/ports.ts';
import { RuleReplay } from '../../server/route/backtest.ts';
import { loadRules } from '../../server/rules-file.ts';
import type { ModelSettings } from '../../server/settings.ts';
import { buildTelemetry } from '../../server/worker.ts';
import type { RealRow } from './rows.ts';
import { toJson, toLabel, type RealSet } from './sets.ts';

const TENANT = 'acme';
const DAY_MS = 86_400_000;
const RULES_FOLDER = join(import.meta.dirname, '../../alert-rules');
const ROWS_A_REQUEST = 5000;

/** A data set in a real store, its baseline frozen. */
export interface History {
  readonly set: RealSet;
  readonly rows: readonly RealRow[];
  readonly receivedAtMs: number;
  readonly telemetry: Telemetry;
  readonly model: ModelSettings;
  readonly baseline: Baseline;
  /** From the baseline's end to the end of the last window with rows. */
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly close: () => Promise<void>;
}

export interface Told {
  readonly set: RealSet;
  readonly rows: readonly RealRow[];
}

/**
 * Ships rows as a serving process would have, then freezes the baseline. All is received at the first row's time, so that no
 * day closes meanwhile: what is asked here is what detection says, not how closed days move.
 */
export async function openHistory({ set, rows }: Told): Promise<History> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-real-'));
  const settings = parseConfig(configText(set), {
    file: join(folder, 'leeway.yaml'),
    environment: {},
  });
  const [model] = settings.models as readonly [ModelSettings];
  const telemetry = await buildTelemetry({ folder, limits: settings.limits, models: settings.models });
  const receivedAtMs = Math.min(...rows.map(({ timeMs }) => timeMs));
  await ship(
    { telemetry, route: 'predictions', receivedAtMs },
    rows.map((row) => toJson(set, row)),
  );
  const baseline = await telemetry.freezeBaseline(keyOf(model), model.baseline, Date.now());
  if (baseline === null) throw new Error(`${set.name} has no rows for a baseline.`);
  const lastMs = Math.max(...rows.map(({ timeMs }) => timeMs));
  return {
    telemetry,
    set,
    rows,
    receivedAtMs,
    model,
    baseline,
    range: { fromMs: set.baseline.toMs, toMs: lastMs + model.windowMs },
    close: async () => {
      await telemetry.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function configText({ model, baseline }: RealSet): string {
  return `
data: unused
limits: { maxAhead: 4000d }
models:
  - tenant: ${TENANT}
    name: ${model.model}
    task: ${model.task}
    ${model.positive === null ? '' : `positive: ${model.positive}`}
    window: ${model.windowMs / DAY_MS}d
    baseline: { period: { from: "${iso(baseline.fromMs)}", to: "${iso(baseline.toMs)}" } }
    groups: [${model.groups.join(', ')}]
`;
}

interface Shipping {
  readonly telemetry: Telemetry;
  readonly route: 'predictions' | 'labels';
  readonly receivedAtMs: number;
}

async function ship({ telemetry, route, receivedAtMs }: Shipping, rows: readonly object[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_REQUEST) {
    const part = rows.slice(at, at + ROWS_A_REQUEST);
    const body = new TextEncoder().encode(JSON.stringify(part));
    const sender = { tenant: TENANT, protocol: 'json', encoding: 'identity' } as const;
    const reply = await telemetry.ingest({ ...sender, route, body, receivedAtMs });
    if (reply.accepted[route] !== part.length) throw new Error(JSON.stringify(reply));
  }
}

async function contextOf(
  { telemetry }: History,
  nowMs: number,
  found: readonly Score[],
): Promise<DetectContext> {
  const parameters = loadParameters(RULES_FOLDER);
  const catalog = await telemetry.catalog();
  return {
    source: telemetry,
    references: new References(),
    entryOf: (key) => catalog.find(({ model }) => model === key.model),
    parametersOf: (key) => parametersFor(parameters, key),
    worst: async () => [],
    episodes: async () => [],
    history: async ({ detector, fromMs, toMs }) =>
      found.filter(
        (score) => score.detector === detector && score.windowFromMs >= fromMs && score.windowToMs <= toMs,
      ),
    burnWindows: [],
    nowMs,
    startedMs: nowMs,
  };
}

/** What detection says of every window after the baseline. */
export async function windowScores(history: History): Promise<readonly Score[]> {
  const { model, baseline, range } = history;
  const found: Score[] = [];
  const context = await contextOf(history, range.toMs, found);
  for await (const { scores } of replayScores({ context, model, baseline, range })) found.push(...scores);
  return found;
}

/** When labels are looked at: every so often until `toMs`, and in one stretch every hour, as the appliance does. */
export interface Looks {
  readonly everyMs: number;
  readonly toMs: number;
  readonly hourly?: { readonly fromMs: number; readonly toMs: number };
}

const HOUR_MS = 3_600_000;

function looksFrom(firstMs: number, { everyMs, toMs, hourly }: Looks): readonly number[] {
  const inHours = hourly === undefined ? [] : stepsOf(hourly, HOUR_MS);
  const looks = [...stepsOf({ fromMs: firstMs, toMs }, everyMs), ...inHours];
  return [...new Set(looks)].sort((first, second) => first - second);
}

function stepsOf({ fromMs, toMs }: History['range'], stepMs: number): readonly number[] {
  const count = Math.max(0, Math.floor((toMs - fromMs) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => fromMs + index * stepMs);
}

/** What the labels tell, which come in their own time. */
export async function labelScores(history: History, looks: Looks): Promise<readonly Score[]> {
  const { model, range, rows, telemetry, receivedAtMs, set } = history;
  const found: Score[] = [];
  let job: ScheduledJob = { id: jobId('outcomes', model), dueAtMs: range.fromMs, lastRunMs: null };
  let fromMs = -Infinity;
  const context = await contextOf(history, range.fromMs, found);
  for (const nowMs of looksFrom(range.fromMs, looks)) {
    const known = rows.filter(({ truthMs }) => truthMs >= fromMs && truthMs < nowMs);
    fromMs = nowMs;
    await ship(
      { telemetry, route: 'labels', receivedAtMs },
      known.map((row) => toLabel(set, row)),
    );
    while ((await telemetry.resolveLabels(receivedAtMs, 100_000)).remaining);
    do {
      const result = await runJob(job, { ...context, nowMs, models: [model] });
      if (result === null) throw new Error(`No model of ${job.id}.`);
      found.push(...result.scores);
      job = result.next;
    } while (job.dueAtMs <= nowMs);
  }
  return found;
}

/** What the shipped rules would have opened; a window that was judged again by what was said last. */
export function openedBy(scores: readonly Score[], range: History['range']): Omit<Backtest, 'notes'> {
  const replay = new RuleReplay(loadRules(RULES_FOLDER));
  const last = new Map(
    scores.map((score) => [
      JSON.stringify([score.detector, score.subject, score.windowFromMs, score.windowToMs]),
      score,
    ]),
  );
  replay.judge([...last.values()].toSorted((first, second) => first.windowToMs - second.windowToMs));
  return replay.result(range);
}
