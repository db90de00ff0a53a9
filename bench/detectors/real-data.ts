import { rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { NO_REAL_DATA, realDataFolder } from '../real-data/folder.ts';
import { openHistory, openedBy, windowScores } from '../real-data/history.ts';
import type { RealRow } from '../real-data/rows.ts';
import { REAL_SETS, type RealSet } from '../real-data/sets.ts';
import { sfc32 } from './random.ts';

const SEEDS = 3;
const TICKET = 0.1;
const FOUR_WEEKS_MS = 28 * 86_400_000;

/** Real rows dealt out anew over their own times: nothing drifts, so that every alarm is a false one. */
export const realData: Bench = async ({ quick, seed, print }) => {
  const folder = realDataFolder();
  if (folder === null) {
    print(`left out: ${NO_REAL_DATA}`);
    return { realData: null };
  }
  const found: Case[] = [];
  for (const set of Object.values(REAL_SETS)) {
    const rows = await set.read(folder);
    let sums = NONE;
    for (let turn = 0; turn < (quick ? 1 : SEEDS); turn += 1)
      sums = plus(sums, await quiet(set, dealt(rows, sfc32(seed * 1_000_003 + turn))));
    found.push({ set, ...sums });
  }
  for (const line of table(HEADS, found.map(lineOf))) print(line);
  return { realData: Object.fromEntries(found.map((one) => [one.set.model.model, figures(one)])) };
};

interface Alarms {
  readonly windows: number;
  readonly decided: number;
  readonly alarming: number;
  readonly incidents: number;
  readonly spanMs: number;
}

type Case = Alarms & { readonly set: RealSet };

const NONE: Alarms = { windows: 0, decided: 0, alarming: 0, incidents: 0, spanMs: 0 };

function plus(first: Alarms, second: Alarms): Alarms {
  return {
    windows: first.windows + second.windows,
    decided: first.decided + second.decided,
    alarming: first.alarming + second.alarming,
    incidents: first.incidents + second.incidents,
    spanMs: first.spanMs + second.spanMs,
  };
}

/** What each row tells stays together; only when it came is another's. Source: Fisher and Yates 1938. */
function dealt(rows: readonly RealRow[], random: () => number): readonly RealRow[] {
  const order = rows.map((_, index) => index);
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  return rows.map(({ id, timeMs }, index) => ({ ...(rows[order[index] as number] as RealRow), id, timeMs }));
}

async function quiet(set: RealSet, rows: readonly RealRow[]): Promise<Alarms> {
  const history = await openHistory({ set, rows });
  try {
    const scores = await windowScores(history);
    const drift = scores.filter(({ detector }) => detector === 'drift');
    const { range } = history;
    const opened = openedBy(scores, range).rules.filter(
      ({ rule }) => rule !== 'fairness-gap' && rule !== 'volume',
    );
    return {
      windows: drift.length,
      decided: drift.filter(({ value }) => value !== null).length,
      alarming: drift.filter(({ value, isSignificant }) => isSignificant === true && (value ?? 0) >= TICKET)
        .length,
      incidents: opened.reduce((total, { incidents }) => total + incidents.length, 0),
      spanMs: range.toMs - range.fromMs,
    };
  } finally {
    await history.close();
  }
}

const HEADS = ['shuffled', 'feature-windows', 'decided', 'false %', 'incidents in 28 days'];

function lineOf(one: Case): readonly (string | number)[] {
  const { falseAlarmShare, decidedShare, incidentsPerFourWeeks } = figures(one);
  return [one.set.name, one.windows, decidedShare, 100 * falseAlarmShare, incidentsPerFourWeeks];
}

function figures({ windows, decided, alarming, incidents, spanMs }: Alarms) {
  return {
    decidedShare: rounded(decided / windows),
    falseAlarmShare: rounded(alarming / decided),
    incidentsPerFourWeeks: rounded((incidents * FOUR_WEEKS_MS) / spanMs),
  };
}
