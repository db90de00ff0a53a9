import { changesOf, errorChange, type ErrorChangeParameters } from '../../detectors/error-change.ts';
import { learn, plainHours, stretchesOf, type CountedHour } from '../../detectors/error-hours.ts';
import { median, randomFrom, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { errorHours, type World } from './error-streams.ts';

/** How long each change detector stays quiet when nothing changes, and how soon it sees a change; in hours. */

const PARAMETERS: ErrorChangeParameters = {
  learnHours: 336,
  learnRows: 500,
  agree: 0.6,
  adwin: { delta: 0.002, clock: 1 },
  pageHinkley: { delta: 0.5, threshold: 10 },
  ewma: { alpha: 0.1, width: 4 },
  ddm: { change: 3 },
  hddm: { change: 0.001 },
};
/** What rules ask for beside significance: the lower end of the rise. */
const LEAST_RISE = 0.1;

const WORLDS: readonly World[] = [
  { name: '20 rows an hour, 10 %', rows: 20, error: 0.1 },
  { name: '100 rows, 5 %', rows: 100, error: 0.05 },
  { name: '1000 rows, 5 %', rows: 1000, error: 0.05 },
  { name: '1000 rows, day swings 30 %', rows: 1000, error: 0.05, swing: 0.3 },
  { name: '1000 rows, hours vary 20 %', rows: 1000, error: 0.05, hourly: 0.2 },
  { name: '300 rows, swing and hours', rows: 300, error: 0.1, swing: 0.3, hourly: 0.1 },
  { name: '1000 rows, days vary 10 %', rows: 1000, error: 0.05, daily: 0.1 },
  { name: '1000 rows, days lean 10 %', rows: 1000, error: 0.05, leaning: 0.1 },
];
const FACTORS = [1.25, 1.5, 2];
const IDS = ['adwin', 'page-hinkley', 'ewma', 'ddm', 'hddm-a'];
const QUIET_HOURS = 90 * 24;
const CHANGE_HOURS = 14 * 24;
const HOUR_MS = 3_600_000;
const NEVER = Number.POSITIVE_INFINITY;

export function streams({ quick, seed, print }: Pick<BenchOptions, 'quick' | 'seed' | 'print'>): {
  readonly quietAlarmShare: Readonly<Record<string, number>>;
  readonly delayHours: Readonly<Record<string, number>>;
} {
  const random = randomFrom(seed);
  const episodes = quick ? 20 : 200;
  const quiet = WORLDS.map((world) => quietly(world, episodes, random));
  print(`hours from alarm to alarm with no change, ${episodes} episodes of 90 days; - is never`);
  const quietHeads = ['errors', ...IDS, 'significant, share of episodes', 'and 10 % more, share'];
  table(
    quietHeads,
    quiet.map((row) => row.cells),
  ).forEach(print);
  const changed = WORLDS.map((world) => changing(world, Math.ceil(episodes / 4), random));
  for (const [index, factor] of FACTORS.entries()) {
    print(`median hours until the error times ${factor} is seen; - is not within 14 days`);
    table(
      ['errors', ...IDS, 'together, 10 % more'],
      changed.map((row) => [row.name, ...(row.delays[index] ?? [])]),
    ).forEach(print);
  }
  return {
    quietAlarmShare: Object.fromEntries(quiet.map((row) => [row.name, row.share])),
    delayHours: Object.fromEntries(changed.flatMap((row) => row.together)),
  };
}

interface Folded {
  /** The hours at which each detector alarms, by its id. */
  readonly alarms: Readonly<Record<string, readonly number[]>>;
  /** The first hour at which enough agree; NEVER if not. */
  readonly agreed: number;
  readonly told: number;
}

/** Every detector once over the whole: what a fold says of a part does not change with what follows. */
function fold(hours: readonly CountedHour[], fromHour: number): Folded {
  const plain = plainHours(hours);
  const level = learn(
    plain.filter((hour) => hour.fromMs < PARAMETERS.learnHours * HOUR_MS),
    true,
  );
  const stretches = stretchesOf(plain, level);
  const hourOf = (at: number) => (stretches[at + 1]?.fromMs ?? hours.length * HOUR_MS) / HOUR_MS;
  const alarms = Object.fromEntries(
    Object.entries(changesOf(stretches, level, PARAMETERS)).map(([id, changes]) => [
      id,
      changes.map((change) => hourOf(change.at)).filter((hour) => hour > fromHour),
    ]),
  );
  const looks = [...new Set(Object.values(alarms).flat())].sort((a, b) => a - b);
  const found = looks.map((hour) => {
    const { isSignificant, lower = 0 } = errorChange.score({
      hours: hours.slice(0, hour),
      parameters: PARAMETERS,
    });
    return { hour, agreed: isSignificant === true, told: isSignificant === true && lower >= LEAST_RISE };
  });
  return {
    alarms,
    agreed: found.find((look) => look.agreed)?.hour ?? NEVER,
    told: found.find((look) => look.told)?.hour ?? NEVER,
  };
}

function quietly(
  world: World,
  episodes: number,
  random: () => number,
): { readonly name: string; readonly share: number; readonly cells: readonly (string | number)[] } {
  const hours = PARAMETERS.learnHours + QUIET_HOURS;
  const step = { atHour: NEVER, factor: 1 };
  const folded = Array.from({ length: episodes }, () => fold(errorHours(world, { hours, step }, random), 0));
  const runs = IDS.map((id) => {
    const alarms = folded.reduce((count, one) => count + (one.alarms[id]?.length ?? 0), 0);
    return Math.round((episodes * QUIET_HOURS) / alarms);
  });
  const agreed = folded.filter((one) => one.agreed < NEVER).length / episodes;
  const told = folded.filter((one) => one.told < NEVER).length / episodes;
  return { name: world.name, share: rounded(told), cells: [world.name, ...runs, agreed, told] };
}

function changing(
  world: World,
  episodes: number,
  random: () => number,
): {
  readonly name: string;
  readonly together: readonly (readonly [string, number])[];
  readonly delays: readonly (readonly number[])[];
} {
  const atHour = PARAMETERS.learnHours + CHANGE_HOURS;
  const delays = FACTORS.map((factor) => {
    const step = { atHour, factor };
    const span = { hours: atHour + CHANGE_HOURS, step };
    const folded = Array.from({ length: episodes }, () => fold(errorHours(world, span, random), atHour));
    const each = IDS.map((id) => median(folded.map((one) => (one.alarms[id]?.[0] ?? NEVER) - atHour)));
    return { factor, each, together: median(folded.map((one) => one.told - atHour)) };
  });
  return {
    name: world.name,
    together: delays.map(({ factor, together }) => [`${world.name} x${factor}`, together] as const),
    delays: delays.map(({ each, together }) => [...each, together]),
  };
}
