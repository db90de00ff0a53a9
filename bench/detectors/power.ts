import { rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { alarmsOf, NONE, plus } from './alarms.ts';
import type { Alarms } from './alarms.ts';
import { ROWS } from './false-alarms.ts';
import { Judge } from './judge.ts';
import { NO_CHANGE, SEASONS, Simulation } from './traffic.ts';
import type { Change, Season } from './traffic.ts';

const CHANGES: readonly Change[] = [
  { ...NO_CHANGE, name: 'shift .25', feature: 'normal', shift: 0.25 },
  { ...NO_CHANGE, name: 'shift .5', feature: 'normal', shift: 0.5 },
  { ...NO_CHANGE, name: 'spread 1.25', feature: 'normal', spread: 1.25 },
  { ...NO_CHANGE, name: 'spread 1.5', feature: 'normal', spread: 1.5 },
  { ...NO_CHANGE, name: 'commonest two swapped', feature: '10 categories', swapped: [0, 1] },
];
const JUDGED_HOURS = 96;
/** The persistence gate looks at three windows. */
const FILLED = 2;

/** How often a change in one of six features is seen in a window: at the ticket level, and as an open alert. */
export const power: Bench = async ({ quick, seed, print }) => {
  const found: Record<string, Record<string, Record<string, number>>> = {};
  const lines: (string | number)[][] = [];
  for (const season of SEASONS)
    for (const rows of ROWS) {
      const byChange = changedModels({ season, rows, models: modelsFor(rows, quick), seed });
      lines.push([season.name, rows, ...CHANGES.map(({ name }) => shown(byChange[name] ?? NONE))]);
      for (const { name } of CHANGES) {
        const { alarming, windows } = byChange[name] ?? NONE;
        ((found[name] ??= {})[season.name] ??= {})[rows] = rounded(alarming / windows);
      }
    }
  print('share of windows that alarm / in which an alert is open, in %');
  for (const line of table(['season', 'rows a window', ...CHANGES.map(({ name }) => name)], lines))
    print(line);
  return { power: found };
};

function modelsFor(rows: number, quick: boolean): number {
  return quick || rows > 1000 ? 1 : 3;
}

interface Changed {
  readonly season: Season;
  readonly rows: number;
  readonly models: number;
  readonly seed: number;
}

function changedModels({ season, rows, models, seed }: Changed): Readonly<Record<string, Alarms>> {
  const sums: Record<string, Alarms> = {};
  for (let model = 0; model < models; model += 1) {
    const traffic = { rowsAWindow: rows, season, seed: seed * 1_000_003 + model * 104_729 + rows };
    const judge = new Judge(new Simulation(traffic), season);
    for (const change of CHANGES)
      for (const judged of judge.judge(JUDGED_HOURS, change))
        if (judged.feature === change.feature)
          sums[change.name] = plus(sums[change.name] ?? NONE, alarmsOf(judged, FILLED));
  }
  return sums;
}

function shown({ alarming, open, windows }: Alarms): string {
  return `${((100 * alarming) / windows).toFixed(0)} / ${((100 * open) / windows).toFixed(0)}`;
}
