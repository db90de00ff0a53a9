import { isDeepStrictEqual } from 'node:util';
import type { BurnTable } from './detect/types.ts';
import type { Rule } from './model.ts';
import type { ParameterSet } from './parameters.ts';
import type { Control, ToldByReload } from './ports.ts';
import type { Settings } from './settings.ts';

/** Another configuration while the appliance runs. */

/** What everything that judges decides by. */
export interface Judging {
  readonly rules: readonly Rule[];
  readonly burnWindows: readonly BurnTable[];
  readonly parameters: ParameterSet;
}

/** What is read from the files of the configuration. */
export interface Loaded {
  readonly settings: Settings;
  readonly judging: Judging;
}

export interface Reloaded {
  readonly applied: boolean;
  /** Parts that differ and are in force now, or would be. */
  readonly changed: readonly string[];
  /** Parts that differ and are read at the start only. */
  readonly needsRestart: readonly string[];
  /** Notices that are sent within an hour because of it. */
  readonly tells: readonly ToldByReload[];
}

const LIVE = [
  'publicUrl',
  'receivers',
  'route',
  'calendars',
  'inhibit',
  'acknowledgeForMs',
  'longestSilenceMs',
  'egress',
] as const satisfies readonly (keyof Settings)[];

interface Reloading {
  readonly control: Pick<Control, 'reconfigure'>;
  readonly actor: string;
  readonly nowMs: number;
  readonly dryRun: boolean;
}

/**
 * Takes what may change while the appliance runs and says what the rest needs. Whoever holds `current` goes on with the
 * new parts: its objects are changed in place, since every stage was given them once at the start.
 */
export async function reload(
  current: Loaded,
  next: Loaded,
  { control, actor, nowMs, dryRun }: Reloading,
): Promise<Reloaded> {
  const keys = Object.keys(next.settings) as (keyof Settings)[];
  const differing = keys.filter((key) => !isDeepStrictEqual(current.settings[key], next.settings[key]));
  const live = LIVE.filter((key) => differing.includes(key));
  const judged = (Object.keys(next.judging) as (keyof Judging)[]).filter(
    (key) => !isDeepStrictEqual(current.judging[key], next.judging[key]),
  );
  const settings = {
    ...current.settings,
    ...Object.fromEntries(LIVE.map((key) => [key, next.settings[key]])),
  };
  const tells = await control.reconfigure({ settings, rules: next.judging.rules, actor, nowMs, dryRun });
  if (!dryRun) {
    Object.assign(current.settings, settings);
    replaceAll(current.judging.rules, next.judging.rules);
    replaceAll(current.judging.burnWindows, next.judging.burnWindows);
    Object.assign(current.judging.parameters, next.judging.parameters);
  }
  return {
    applied: !dryRun,
    changed: [...live, ...judged],
    needsRestart: differing.filter((key) => !live.some((one) => one === key)),
    tells,
  };
}

function replaceAll<T>(list: readonly T[], next: readonly T[]): void {
  (list as T[]).splice(0, list.length, ...next);
}
