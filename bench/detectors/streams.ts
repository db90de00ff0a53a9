import { join } from 'node:path';
import { errorChange } from '../../detectors/error-change.ts';
import { learn, plainHours, stretchesOf, type CountedHour } from '../../detectors/error-hours.ts';
import { changesOf } from '../../detectors/error-votes.ts';
import { loadParameters } from '../../server/parameters.ts';
import { median, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { errorHours, type World } from './error-streams.ts';
import { sfc32 } from './random.ts';
import { streamDefaults } from './stream-defaults.ts';

/** How long each change detector stays quiet when nothing changes, and how soon it sees a change; in hours. */

const PARAMETERS = loadParameters(join(import.meta.dirname, '../../alert-rules')).all.outcomes.errorChange;
/** What a rule asks for beside significance: the lower end of the rise; with a tenth, days that lean on each other are told. */
const LEAST_RISE = 0.2;

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

export const streams: Bench = async (options) => {
  const { quick, seed, print } = options;
  const defaults = streamDefaults(options);
  const random = sfc32(seed);
  const episodes = quick ? 20 : 200;
  const quiet = WORLDS.map((world) => quietly(world, episodes, random));
  print(`hours from alarm to alarm with no change, ${episodes} episodes of 90 days; - is never`);
  const quietHeads = ['errors', ...IDS, 'significant, share of episodes', 'and a fifth more, share'];
  table(
    quietHeads,
    quiet.map((row) => row.cells),
  ).forEach(print);
  const changed = WORLDS.map((world) => changing(world, Math.ceil(episodes / 4), random));
  for (const [index, factor] of FACTORS.entries()) {
    print(`median hours until the error times ${factor} is seen; - is not within 14 days`);
    table(
      ['errors', ...IDS, 'together, a fifth more'],
      changed.map((row) => [row.name, ...(row.delays[index] ?? [])]),
    ).forEach(print);
  }
  return {
    ...defaults,
    quietEpisodesTold: Object.fromEntries(quiet.map((row) => [row.name, row.share])),
    delayHours: Object.fromEntries(changed.flatMap((row) => row.together)),
  };
};

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
  readonly together: readonly (readonly [string, number | null])[];
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
    together: delays.map(
      ({ factor, together }) =>
        [`${world.name} x${factor}`, Number.isFinite(together) ? together : null] as const,
    ),
    delays: delays.map(({ each, together }) => [...each, together]),
  };
}
