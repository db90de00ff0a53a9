import { rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { alarmsOf, NONE, plus } from './alarms.ts';
import type { Alarms } from './alarms.ts';
import { Judge } from './judge.ts';
import { NO_CHANGE, SEASONS, Simulation } from './traffic.ts';
import type { Season } from './traffic.ts';

export const ROWS = [100, 200, 500, 1000, 5000] as const;
const JUDGED_HOURS = 336;

/** How often quiet windows alarm: no drift at all, only chance and, where there is one, the season. */
export const falseAlarms: Bench = async ({ quick, seed, print }) => {
  const found: Case[] = [];
  for (const season of SEASONS) {
    for (const rows of ROWS) {
      const models = modelsFor(rows, quick);
      found.push({ season, rows, byFeature: quietModels({ season, rows, models, seed }) });
    }
    const own = found.filter((one) => one.season === season);
    for (const line of table(HEADS, own.map(lineOf))) print(line);
  }
  return {
    falseAlarmShare: byCase(found, (all) => all.alarming / all.decided),
    openShare: byCase(found, (all) => all.open / all.windows),
    decidedShare: byCase(found, (all) => all.decided / all.windows),
  };
};

/** Large windows cost most and vary least. */
function modelsFor(rows: number, quick: boolean): number {
  return Math.ceil((quick ? 2 : 10) * Math.min(1, 1500 / rows));
}

const HEADS = ['season', 'rows a window', 'windows', 'decided', 'false %', 'open %', 'worst feature'];

function lineOf({ season, rows, byFeature }: Case): readonly (string | number)[] {
  const all = sumOf(byFeature);
  return [
    season.name,
    rows,
    all.windows,
    all.decided / all.windows,
    (100 * all.alarming) / all.decided,
    (100 * all.open) / all.windows,
    worst(byFeature),
  ];
}

type ByFeature = Readonly<Record<string, Alarms>>;
interface Case {
  readonly season: Season;
  readonly rows: number;
  readonly byFeature: ByFeature;
}

interface Quiet {
  readonly season: Season;
  readonly rows: number;
  readonly models: number;
  readonly seed: number;
}

function quietModels({ season, rows, models, seed }: Quiet): ByFeature {
  const sums: Record<string, Alarms> = {};
  for (let model = 0; model < models; model += 1) {
    const traffic = { rowsAWindow: rows, season, seed: seed * 1_000_003 + model * 7919 + rows };
    const judge = new Judge(new Simulation(traffic), season);
    for (const judged of judge.judge(JUDGED_HOURS, NO_CHANGE))
      sums[judged.feature] = plus(sums[judged.feature] ?? NONE, alarmsOf(judged));
  }
  return sums;
}

function sumOf(byFeature: ByFeature): Alarms {
  return Object.values(byFeature).reduce(plus, NONE);
}

function worst(byFeature: ByFeature): string {
  const shares = Object.entries(byFeature).map(
    ([name, all]) => [name, all.alarming / (all.decided || 1)] as const,
  );
  const [name, share] = shares.reduce((most, next) => (next[1] > most[1] ? next : most));
  return share === 0 ? '' : `${name} ${(share * 100).toFixed(2)} %`;
}

function byCase(cases: readonly Case[], of: (all: Alarms) => number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    SEASONS.map((season) => [
      season.name,
      Object.fromEntries(
        cases
          .filter((one) => one.season === season)
          .map((one) => [one.rows, rounded(of(sumOf(one.byFeature)))]),
      ),
    ]),
  );
}
