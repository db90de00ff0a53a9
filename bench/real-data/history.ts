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
import type { Comparison, ModelSettings } from '../../server/settings.ts';
import { buildTelemetry } from '../../server/worker.ts';
import type { RealRow } from './rows.ts';
import { toJson, toLabel, type RealSet } from './sets.ts';

const TENANT = 'acme';
const DAY_MS = 86_400_000;
const RULES_FOLDER = join(import.meta.dirname, '../../alert-rules');
const ROWS_A_REQUEST = 5000;
const MOST_SPAN_MS = 300 * DAY_MS;

/** A data set in a real store, its baseline frozen. */
export interface History {
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
  readonly against?: readonly Comparison[];
  readonly withLabels?: boolean;
}

/** Ships rows, and labels where asked, as a serving process would have; then freezes the baseline. */
export async function openHistory({
  set,
  rows,
  against = ['fixed'],
  withLabels = false,
}: Told): Promise<History> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-real-'));
  const settings = parseConfig(configText(set, against), {
    file: join(folder, 'leeway.yaml'),
    environment: {},
  });
  const [model] = settings.models as readonly [ModelSettings];
  const telemetry = await buildTelemetry({ folder, limits: settings.limits, models: settings.models });
  await ship({ telemetry, route: 'predictions', of: 'timeMs', tell: (row) => toJson(set, row) }, rows);
  if (withLabels) {
    await ship({ telemetry, route: 'labels', of: 'truthMs', tell: (row) => toLabel(set, row) }, rows);
    const lastMs = Math.max(...rows.map(({ truthMs }) => truthMs));
    while ((await telemetry.resolveLabels(lastMs, 100_000)).remaining);
  }
  const baseline = await telemetry.freezeBaseline(keyOf(model), model.baseline, Date.now());
  if (baseline === null) throw new Error(`${set.name} has no rows for a baseline.`);
  const lastMs = Math.max(...rows.map(({ timeMs }) => timeMs));
  return {
    telemetry,
    model,
    baseline,
    range: { fromMs: set.baseline.toMs, toMs: lastMs + model.windowMs },
    close: async () => {
      await telemetry.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function configText({ model, baseline }: RealSet, against: readonly Comparison[]): string {
  const iso = (ms: number) => new Date(ms).toISOString();
  return `
data: unused
models:
  - tenant: ${TENANT}
    name: ${model.model}
    task: ${model.task}
    ${model.positive === null ? '' : `positive: ${model.positive}`}
    window: ${model.windowMs / DAY_MS}d
    baseline: { period: { from: "${iso(baseline.fromMs)}", to: "${iso(baseline.toMs)}" } }
    groups: [${model.groups.join(', ')}]
    drift: { against: [${against.join(', ')}] }
`;
}

interface Shipping {
  readonly telemetry: Telemetry;
  readonly route: 'predictions' | 'labels';
  readonly of: 'timeMs' | 'truthMs';
  readonly tell: (row: RealRow) => object;
}

async function ship({ telemetry, route, of, tell }: Shipping, rows: readonly RealRow[]): Promise<void> {
  for (const part of parts(rows.toSorted((first, second) => first[of] - second[of]), of)) {
    const reply = await telemetry.ingest({
      tenant: TENANT,
      route,
      protocol: 'json',
      encoding: 'identity',
      body: new TextEncoder().encode(JSON.stringify(part.map(tell))),
      receivedAtMs: part.at(-1)?.[of] ?? 0,
    });
    if (reply.accepted[route] !== part.length) throw new Error(JSON.stringify(reply));
  }
}

/** Requests of so many rows at most, and of less than the 400 days that a row may be old. */
function parts(rows: readonly RealRow[], of: Shipping['of']): readonly (readonly RealRow[])[] {
  const found: RealRow[][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    const first = last?.[0];
    const isFull = last === undefined || last.length >= ROWS_A_REQUEST;
    if (isFull || first === undefined || row[of] - first[of] > MOST_SPAN_MS) found.push([row]);
    else last.push(row);
  }
  return found;
}

async function contextOf({ telemetry }: History, nowMs: number): Promise<DetectContext> {
  const parameters = loadParameters(RULES_FOLDER);
  const catalog = await telemetry.catalog();
  return {
    source: telemetry,
    references: new References(),
    entryOf: (key) => catalog.find(({ model }) => model === key.model),
    parametersOf: (key) => parametersFor(parameters, key),
    episodes: async () => [],
    burnWindows: [],
    nowMs,
    startedMs: nowMs,
  };
}

/** What detection says of every window after the baseline. */
export async function windowScores(history: History): Promise<readonly Score[]> {
  const { model, baseline, range } = history;
  const context = await contextOf(history, range.toMs);
  const found: Score[] = [];
  for await (const { scores } of replayScores({ context, model, baseline, range })) found.push(...scores);
  return found;
}

/** What the labels tell, looked at again every `everyMs` until `toMs`. */
export async function labelScores(
  history: History,
  { everyMs, toMs }: { readonly everyMs: number; readonly toMs: number },
): Promise<readonly Score[]> {
  const { model, range } = history;
  const found: Score[] = [];
  let job: ScheduledJob = { id: jobId('outcomes', model), dueAtMs: range.fromMs, lastRunMs: null };
  const context = await contextOf(history, range.fromMs);
  for (let nowMs = range.fromMs; nowMs <= toMs; nowMs += everyMs) {
    do {
      const result = await runJob(job, { ...context, nowMs, models: [model] });
      if (result === null) throw new Error(`No model of ${job.id}.`);
      found.push(...result.scores);
      job = result.next;
    } while (job.dueAtMs <= nowMs);
  }
  return found;
}

/** What the shipped rules would have opened. */
export function openedBy(
  scores: readonly Score[],
  range: History['range'],
): Omit<Backtest, 'notes'> {
  const replay = new RuleReplay(loadRules(RULES_FOLDER));
  replay.judge(scores.toSorted((first, second) => first.windowToMs - second.windowToMs));
  return replay.result(range);
}
