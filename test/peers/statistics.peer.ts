import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { inputOfParts } from '../../detectors/parts.ts';
import type { StoredScore } from '../../server/ports.ts';
import { DRIFT_DETECTORS } from '../../server/settings.ts';
import { mulberry32 } from '../detectors/kit.ts';
import { HOUR_MS, startFlow, type Flow } from '../flow/appliance.ts';
import { scratch } from '../server/store/duckdb/support.ts';
import { scipy } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/statistics.py');
const START_MS = Date.parse('2026-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'fraud' };
const REFERENCE_HOURS = 144;
const HOURS = 40;
const tool = await scipy();

type Values = Readonly<Record<string, number | string | null>>;

/** One row: numbers of several shapes and categories, some of which move as `drift` grows. */
function valuesOf(random: () => number, drift: number): Values {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    steady: normal(),
    moved: 100 + 15 * (normal() + drift),
    wider: normal() * (1 + drift),
    price: Math.exp(3 + 2 * normal() + drift / 2),
    few: Math.floor(5 * random() ** (1 + drift)),
    constant: 7,
    channel: `c${Math.floor(12 * random() ** (2 + drift))}`,
    calm: random() < 0.3 ? 'yes' : 'no',
    gaps: random() < 0.3 + drift / 4 ? null : 1e9 * random(),
  };
}

interface Hour {
  readonly fromMs: number;
  readonly rows: readonly Values[];
}

/** Hours of 30 to 600 rows; from the twelfth on they drift ever more. */
function hourOf(fromMs: number, given: { readonly rows: number; readonly drift: number }): Hour {
  const random = mulberry32(fromMs / HOUR_MS);
  return { fromMs, rows: Array.from({ length: given.rows }, () => valuesOf(random, given.drift)) };
}

const sent = ({ fromMs, rows }: Hour, dataset: string) =>
  rows.map((features, index) => ({
    model: 'fraud',
    version: 'v1',
    id: `${dataset}-${fromMs}-${index}`,
    time: fromMs + Math.floor((index * HOUR_MS) / rows.length),
    dataset,
    value: index % 5 === 0 ? 'fraud' : 'ok',
    score: (index % 97) / 97,
    features,
  }));

/** By hour and feature, as arrays. */
const columns = (hours: readonly Hour[]) =>
  Object.fromEntries(
    hours.map(({ fromMs, rows }) => [
      fromMs,
      Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, rows.map((row) => row[name])])),
    ]),
  );

async function caseOf(flow: Flow, score: StoredScore) {
  const ids = Object.values(score.inputs ?? {});
  const bodies = new Map((await flow.control.documents(ids)).map(({ id, body }) => [id, body]));
  const parts = Object.entries(score.inputs ?? {}).map(([part, id]) => [
    part,
    JSON.parse(bodies.get(id) ?? 'null'),
  ]);
  const { detector, subject, windowFromMs, value, isSignificant = null, evidence } = score;
  const input = inputOfParts(Object.fromEntries(parts));
  return { detector, subject, windowFromMs, value, isSignificant, numbers: evidence.numbers, input };
}

let flow: Flow;
const { folder, remove } = scratch();
afterEach(async () => {
  await flow.close();
  remove();
});

describe('numpy and scipy', () => {
  it('agree with every statistic of drift that an appliance has stored', async ({ skip }) => {
    flow = await startFlow(START_MS, {
      windowMs: HOUR_MS,
      drift: {
        against: ['fixed', 'moving'],
        season: 'auto',
        movingSpanMs: 28 * 24 * HOUR_MS,
        excluded: [],
        importance: {},
      },
    });
    if (!tool.found) return skip(tool.why);
    const reference = Array.from({ length: REFERENCE_HOURS }, (_, hour) =>
      hourOf(START_MS - (REFERENCE_HOURS - hour) * HOUR_MS, {
        rows: 80 + 5 * (hour % 24),
        drift: 0.1 * (hour % 2),
      }),
    );
    const production = Array.from({ length: HOURS }, (_, hour) =>
      hourOf(START_MS + hour * HOUR_MS, { rows: 30 + 15 * hour, drift: Math.max(0, hour - 26) / 15 }),
    );
    await flow.send(reference.flatMap((hour) => sent(hour, 'reference')));
    for (const hour of production) {
      await flow.until(hour.fromMs + HOUR_MS / 2);
      await flow.send(sent(hour, 'production'));
    }
    await flow.until(START_MS + (HOURS + 1) * HOUR_MS);
    const scores = [];
    for (const detector of Object.values(DRIFT_DETECTORS))
      scores.push(...(await flow.control.scores({ ...KEY, detector, fromMs: 0, toMs: flow.nowMs() })));
    const cases = [];
    for (const score of scores.filter(({ inputs }) => inputs !== undefined).toReversed())
      cases.push(await caseOf(flow, score));
    const file = join(folder, 'cases.json');
    writeFileSync(
      file,
      JSON.stringify({ cases, reference: columns(reference), production: columns(production) }),
    );
    const { stdout } = await promisify(execFile)(tool.path, [CLIENT, file], { maxBuffer: 16_000_000 });
    const found = JSON.parse(stdout) as {
      cases: number;
      checked: Record<string, number>;
      differences: string[];
    };
    expect(found.differences).toEqual([]);
    expect(found.cases).toBeGreaterThan(400);
    for (const name of ['p', 'rank_p', 'ks_interval', 'wasserstein', 'calibration phi', 'isSignificant'])
      expect(found.checked[name], name).toBeGreaterThan(5);
  });
});
