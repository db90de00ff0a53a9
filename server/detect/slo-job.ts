import type { Score, SloCountsRow } from '../model.ts';
import type { SloWindowRow } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import { costScores, costWindows } from './slo-cost.ts';
import { pairsOf, tableOf, type AdaptedPair } from './slo-pairs.ts';
import { putFreshness, putScored } from './slo-slices.ts';
import { sloScores, windowsNeeded } from './slo.ts';
import { keyOf, type JobInput, type Scored } from './types.ts';

/** Judges every objective of a model: those that count events each minute, those that change seldom every five. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SELDOM_MS = 5 * MINUTE_MS;

export async function sloJob(input: JobInput): Promise<Scored> {
  const { model, job, nowMs } = input;
  const isDue = (slo: SloSettings) =>
    !SELDOM.includes(slo.kind) ||
    job.lastRunMs === null ||
    Math.floor(nowMs / SELDOM_MS) > Math.floor(job.lastRunMs / SELDOM_MS);
  const due = model.slos.filter(isDue).map((slo) => ({ slo, pairs: pairsOf(input.burnWindows, slo) }));
  const counted = due.filter(({ slo }) => COUNTED.includes(slo.kind));
  const scores: Score[] = [...(await countedScores(input, counted))];
  for (const one of due) if (!counted.includes(one)) scores.push(...(await otherScores(input, one)));
  return { scores, documents: [] };
}

const SELDOM: readonly string[] = ['quality', 'drift', 'fairness'];
const COUNTED: readonly string[] = ['availability', 'latency'];

interface Judging {
  readonly slo: SloSettings;
  readonly pairs: readonly AdaptedPair[];
}

/** All in one read: their windows end at the same minute. */
async function countedScores(input: JobInput, counted: readonly Judging[]): Promise<readonly Score[]> {
  if (counted.length === 0) return [];
  const toMs = Math.floor(input.nowMs / MINUTE_MS) * MINUTE_MS;
  const lengths = counted.flatMap(({ slo, pairs }) => windowsNeeded(slo, pairs));
  const rows = await input.source.sloWindows({
    key: keyOf(input.model),
    slos: counted.map(({ slo }) => slo.id),
    toMs,
    windowsMs: [...new Set(lengths)],
  });
  return counted.flatMap((one) => judged(input, one, { rows, toMs }));
}

interface Told {
  readonly rows: readonly SloWindowRow[];
  readonly toMs: number;
  readonly notes?: readonly string[];
}

function judged({ model, burnWindows, nowMs }: JobInput, { slo, pairs }: Judging, told: Told) {
  const lowVolume = tableOf(burnWindows, slo)?.lowVolume ?? null;
  return sloScores({ key: keyOf(model), slo, pairs, lowVolume, nowMs, notes: [], ...told });
}

async function otherScores(input: JobInput, one: Judging): Promise<readonly Score[]> {
  const { slo, pairs } = one;
  const { model, nowMs, source } = input;
  const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const rowsTo = (toMs: number, windowsMs: readonly number[]) =>
    source.sloWindows({ key: keyOf(model), slos: [slo.id], toMs, windowsMs });
  if (slo.kind === 'cost') {
    const rows = await rowsTo(minuteMs, costWindows(slo, pairs, minuteMs));
    return costScores({ key: keyOf(model), slo, pairs, rows, nowMs: minuteMs });
  }
  if (slo.kind === 'freshness') await putFreshness(input, slo);
  const toMs = await endOf(input, slo);
  const notes = slo.kind === 'drift' || slo.kind === 'fairness' ? await putScored(input, slo, toMs) : [];
  return judged(input, one, { rows: await rowsTo(toMs, windowsNeeded(slo, pairs)), toMs, notes });
}

/** Where the windows of an objective end: the last slice that is closed, the last hour whose labels have come. */
async function endOf({ model, nowMs, source }: JobInput, slo: SloSettings): Promise<number> {
  if (slo.kind === 'freshness') return Math.floor(nowMs / slo.sliceMs) * slo.sliceMs;
  if (slo.kind === 'drift' || slo.kind === 'fairness')
    return Math.floor((nowMs - model.settleMs) / slo.sliceMs) * slo.sliceMs;
  const toMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  if (slo.kind !== 'quality') return toMs;
  const range = { fromMs: toMs - slo.periodMs, toMs, stepMs: HOUR_MS };
  const hours = await source.sloCounts({ key: keyOf(model), slo: slo.id, ...range });
  const last = hours.findLast((hour) => isCovered(hour, slo.minCoverage));
  return last === undefined ? toMs : last.fromMs + HOUR_MS;
}

function isCovered({ good, bad, excluded = 0, waiting = 0 }: SloCountsRow, minCoverage: number): boolean {
  const labelled = good + bad + excluded;
  return labelled > 0 && labelled >= minCoverage * (labelled + waiting);
}
