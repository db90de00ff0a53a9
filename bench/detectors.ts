import { falseAlarms } from './detectors/false-alarms.ts';
import { power } from './detectors/power.ts';
import { counting } from './detectors/counting.ts';
import { realData } from './detectors/real-data.ts';
import { streams } from './detectors/streams.ts';
import { ticks } from './detectors/ticks.ts';
import { windows } from './detectors/windows.ts';
import type { Bench } from './kit/types.ts';

/** The parts of the bench in their order; `--only falseAlarms` picks some. */
const PARTS: Readonly<Record<string, Bench>> = {
  falseAlarms,
  power,
  streams,
  realData,
  counting,
  ticks,
  windows,
};

/** Whether drift can be believed, and what it costs: see each part. */
export const detectors: Bench = async (options) => {
  const names = options.only ?? Object.keys(PARTS);
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0)
    throw new Error(`No part ${unknown.join(', ')}; expected some of ${Object.keys(PARTS).join(', ')}.`);
  const found: Record<string, unknown> = {};
  for (const name of names) {
    options.print(`\n${name}`);
    Object.assign(found, await PARTS[name]?.(options));
  }
  options.print('');
  return found;
};
