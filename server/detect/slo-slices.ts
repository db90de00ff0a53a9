import { PREDICTION } from '../model.ts';
import type { SloSlice } from '../ports.ts';
import { DRIFT_DETECTORS, type SloSettings } from '../settings.ts';
import { keyOf, type JobInput, type Window } from './types.ts';

/** Objectives whose stretches of time are good or bad as a whole: freshness as it is seen, drift and fairness as they were scored. */

type Of<Kind extends SloSettings['kind']> = Extract<SloSettings, { kind: Kind }>;
const MINUTE_MS = 60_000;
const BUCKET_MS = 5 * MINUTE_MS;

/** The slices of a range, oldest first. They begin at multiples of their length, UTC. */
function slicesIn({ fromMs, toMs }: Window, sliceMs: number): readonly Window[] {
  const first = Math.ceil(fromMs / sliceMs);
  const slices = Math.max(0, Math.floor(toMs / sliceMs) - first);
  return Array.from({ length: slices }, (_, index) => ({
    fromMs: (first + index) * sliceMs,
    toMs: (first + index + 1) * sliceMs,
  }));
}

/** Writes down whether data was fresh at the end of each slice that closed since the last run; what is written stays. */
export async function putFreshness(input: JobInput, slo: Of<'freshness'>): Promise<void> {
  const { source, model, nowMs, job } = input;
  const sinceMs = Math.max(job.lastRunMs ?? nowMs - slo.sliceMs, nowMs - slo.periodMs);
  const fromMs = Math.floor(sinceMs / slo.sliceMs) * slo.sliceMs;
  const slices: SloSlice[] = [];
  for (const slice of slicesIn({ fromMs, toMs: nowMs }, slo.sliceMs)) {
    const state = await freshnessAt(input, slo, slice.toMs);
    slices.push({ slo: slo.id, fromMs: slice.fromMs, state });
  }
  if (slices.length > 0) await source.putSlices({ key: keyOf(model), slices, keep: true });
}

/** Nothing new is bad; `unknown` is what Leeway did not see itself, and what never came at all. */
async function freshnessAt(input: JobInput, slo: Of<'freshness'>, atMs: number): Promise<SloSlice['state']> {
  const lastMs = await newest(input, slo);
  if (slo.of === 'feature') return featureAt(input, slo, atMs);
  if (lastMs === null) return 'unknown';
  const isSeen = input.nowMs - atMs < Math.max(slo.sliceMs, 2 * MINUTE_MS);
  if (lastMs < atMs - slo.maxAgeMs) return 'bad';
  if (isSeen || lastMs <= atMs) return 'good';
  return slo.of === 'event' ? eventsBefore(input, slo, atMs) : 'unknown';
}

/** When the newest event or label came; a sender's clock that is ahead makes nothing fresher. */
async function newest({ entryOf, source, model }: JobInput, slo: Of<'freshness'>): Promise<number | null> {
  const key = keyOf(model);
  if (slo.of === 'label') return (await source.freshness([key]))[0]?.lastLabelReceivedMs ?? null;
  const entry = entryOf(key);
  if (entry?.lastEventMs === null || entry === undefined) return null;
  return Math.min(entry.lastEventMs, entry.lastReceivedMs ?? entry.lastEventMs);
}

/** By what the counts tell now of a moment that nobody saw, to five minutes. */
async function eventsBefore(
  { source, model }: JobInput,
  slo: Of<'freshness'>,
  atMs: number,
): Promise<SloSlice['state']> {
  const fromMs = Math.floor((atMs - slo.maxAgeMs) / BUCKET_MS) * BUCKET_MS;
  const rows = await source.volume({ key: keyOf(model), fromMs, toMs: atMs, stepMs: BUCKET_MS });
  return rows.some((row) => row.rows > 0) ? 'good' : 'bad';
}

/** A feature is fresh while any row of the last while has a value of it; without a baseline nobody counts them. */
async function featureAt(
  { source, model }: JobInput,
  slo: Of<'freshness'>,
  atMs: number,
): Promise<SloSlice['state']> {
  const fromMs = Math.floor((atMs - slo.maxAgeMs) / BUCKET_MS) * BUCKET_MS;
  const [all] = await source.counts({ ...keyOf(model), fromMs, toMs: atMs });
  const counts = all?.features[slo.feature ?? PREDICTION];
  if (counts === undefined) return 'unknown';
  const { missing: _missing, ...sides } = counts.sides;
  return [...counts.known, ...Object.values(sides)].some((rows) => rows > 0) ? 'good' : 'bad';
}

/** Writes the slices of the period down that are not as stored: windows are scored again when rows come late. */
export async function putScored(
  input: JobInput,
  slo: Of<'drift'> | Of<'fairness'>,
  toMs: number,
): Promise<readonly string[]> {
  const range = { fromMs: toMs - slo.periodMs, toMs };
  const found =
    slo.kind === 'drift' ? await driftSlices(input, slo, range) : await fairSlices(input, slo, range);
  const key = keyOf(input.model);
  const stored = await input.source.sloCounts({ key, slo: slo.id, ...range, stepMs: MINUTE_MS });
  const states = new Map(
    stored.map((row) => [row.fromMs, row.bad > 0 ? 'bad' : row.good > 0 ? 'good' : 'unknown']),
  );
  const slices = found.slices.filter((slice) => states.get(slice.fromMs) !== slice.state);
  if (slices.length > 0) await input.source.putSlices({ key, slices, keep: false });
  return found.notes;
}

interface Found {
  readonly slices: readonly SloSlice[];
  readonly notes: readonly string[];
}

async function driftSlices(input: JobInput, slo: Of<'drift'>, range: Window): Promise<Found> {
  const { features, minRows, sliceMs, threshold } = slo;
  const detector = DRIFT_DETECTORS[slo.against];
  const asked = { ...keyOf(input.model), detector, subjects: features, windowMs: sliceMs, minRows };
  const windows = await input.worst({ ...asked, ...range });
  const slices = windows.map(({ fromMs, value }) => ({
    slo: slo.id,
    fromMs,
    state: stateOf(value, threshold),
  }));
  return { slices, notes: [] };
}

function stateOf(value: number | null, threshold: number): SloSlice['state'] {
  if (value === null) return 'unknown';
  return value <= threshold ? 'good' : 'bad';
}

async function fairSlices(input: JobInput, slo: Of<'fairness'>, range: Window): Promise<Found> {
  const asked = { ...keyOf(input.model), detector: 'fairness-gap', subject: slo.attribute };
  const scores = (await input.history({ ...asked, ...range })).filter(
    (score) => score.windowToMs - score.windowFromMs === slo.sliceMs,
  );
  const slices = scores.map(({ windowFromMs, evidence }) => ({
    slo: slo.id,
    fromMs: windowFromMs,
    state: stateOf(gapOf(evidence.groups ?? [], slo.minRows), slo.threshold),
  }));
  const [newestScore] = scores.toSorted((first, second) => second.windowToMs - first.windowToMs);
  const small = (newestScore?.evidence.groups ?? []).filter(({ rows }) => rows < slo.minRows);
  const names = small.map(({ group, rows }) => `${group} (${rows})`).join(', ');
  return { slices, notes: small.length === 0 ? [] : [`groups with too few rows are left out: ${names}`] };
}

interface Rate {
  readonly rows: number;
  readonly rate: number | null;
}

/** The largest difference between groups that are large enough; null with fewer than two of them. */
function gapOf(groups: readonly Rate[], minRows: number): number | null {
  const rates = groups.flatMap(({ rows, rate }) => (rows < minRows || rate === null ? [] : [rate]));
  return rates.length < 2 ? null : Math.max(...rates) - Math.min(...rates);
}
