import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { buildControl } from '../server/control.ts';
import { parseConfig } from '../server/config.ts';
import type { Document, Score } from '../server/model.ts';
import { loadRules } from '../server/rules-file.ts';
import { scratchFolder } from './kit/appliance.ts';
import { median, quantile, randomFrom, rounded } from './kit/statistics.ts';
import { table } from './kit/table.ts';
import type { Bench } from './kit/types.ts';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 0, 1);
const FEATURES = 100;
const DETECTORS = ['drift', 'missing-rate', 'range-rate', 'lost-rate', 'unit-change'];
const CELLS = 28;

/** What one window of a model of 100 features costs in the control store: 500 scores, with and without 200 documents. */
export const judge: Bench = async ({ quick, seed, print }) => {
  const windows = quick ? 10 : 100;
  const random = randomFrom(seed);
  const desks = { plain: await desk(), documents: await desk() };
  const taken: Record<keyof typeof desks, Taken[]> = { plain: [], documents: [] };
  for (let window = 0; window < windows; window += 1) {
    const { scores, documents } = windowOf(window, random);
    const nowMs = T0 + (window + 1) * HOUR_MS;
    const bare = scores.map((score) => ({ ...score, inputs: {} }));
    taken.plain.push(await timed(() => desks.plain.control.judge(bare, nowMs)));
    taken.documents.push(await timed(() => desks.documents.control.judge(scores, nowMs, documents)));
  }
  for (const { end } of Object.values(desks)) await end();
  print('a call of 500 scores, milliseconds');
  for (const line of table(
    ['stored', 'median', '95 %', 'of a processor'],
    [rowOf('scores', taken.plain), rowOf('scores and 200 documents', taken.documents)],
  ))
    print(line);
  const [plain, documents] = [cpuMs(taken.plain), cpuMs(taken.documents)];
  return {
    windows,
    plainCpuMs: rounded(plain),
    documentsCpuMs: rounded(documents),
    ratio: rounded(documents / plain),
  };
};

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

function cpuMs(taken: readonly Taken[]): number {
  return median(taken.map((one) => one.cpuMs));
}

function rowOf(name: string, taken: readonly Taken[]): readonly (string | number)[] {
  const times = taken.map(({ ms }) => ms);
  return [name, median(times), quantile(times, 0.95), cpuMs(taken)];
}

async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

async function desk() {
  const { folder, remove } = scratchFolder();
  const settings = parseConfig('', { file: join(folder, 'leeway.yaml'), environment: {} });
  const control = await buildControl({ folder, settings, rules: loadRules(settings.rulesFolder) });
  return {
    control,
    end: async () => {
      await control.close();
      remove();
    },
  };
}

/** The baseline's parts are the same in every window; the counts are new. */
function windowOf(window: number, random: () => number) {
  const documents: Document[] = [];
  const scores = Array.from({ length: FEATURES }, (_, index) => {
    const feature = `feature ${index}`;
    const baseline = documentOf({ feature, known: countsOf(() => index / FEATURES) });
    const current = documentOf({ known: countsOf(random) });
    documents.push(baseline, current);
    const inputs = { baseline: baseline.id, current: current.id };
    return DETECTORS.map((detector) => scoreOf({ detector, feature, window, inputs, current: current.body }));
  }).flat();
  return { scores, documents };
}

function countsOf(random: () => number): readonly number[] {
  return Array.from({ length: CELLS }, () => Math.floor(random() * 1000));
}

function documentOf(part: unknown): Document {
  const body = JSON.stringify(part);
  return { id: createHash('sha256').update(body).digest('hex').slice(0, 32), body };
}

interface Scored {
  readonly detector: string;
  readonly feature: string;
  readonly window: number;
  readonly inputs: Readonly<Record<string, string>>;
  readonly current: string;
}

function scoreOf({ detector, feature, window, inputs, current }: Scored): Score {
  return {
    tenant: 'acme',
    model: 'fraud',
    detector,
    subject: feature,
    windowFromMs: T0 + window * HOUR_MS,
    windowToMs: T0 + (window + 1) * HOUR_MS,
    value: 0.04,
    why: null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: 'b1',
    isSignificant: false,
    inputs,
    evidence: { text: current },
  };
}
