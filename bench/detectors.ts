import { falseAlarms } from './detectors/false-alarms.ts';
import { power } from './detectors/power.ts';
import { counting } from './detectors/counting.ts';
import { realData } from './detectors/real-data.ts';
import { streams } from './detectors/streams.ts';
import { ticks } from './detectors/ticks.ts';
import { windows } from './detectors/windows.ts';
import { benchOf } from './kit/parts.ts';

/** Whether drift can be believed, and what it costs: see each part. */
export const detectors = benchOf({
  falseAlarms,
  power,
  streams,
  realData,
  counting,
  ticks,
  windows,
});
