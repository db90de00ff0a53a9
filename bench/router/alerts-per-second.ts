import type { Settings } from '../../server/settings.ts';
import { matchersOf, routeWith } from '../../test/server/route/routes.ts';
import { median, quantile, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { MINUTE_MS, routerDesk, scoreOf, T0 } from './desk.ts';

const ALERTS = 10;
/** Opened so far apart, that many groups are not told as one digest. */
const NO_STORM_MS = 30_000;

/** Models of ten firing alerts each are judged again and again, one of the ten ending or coming back each time. */
export const alertsPerSecond: Bench = async ({ quick, print }) => {
  const models = quick ? 100 : 1000;
  const perModel = await measured({ models, groupBy: ['tenant', 'model'] });
  const inhibited = await measured({ models, groupBy: ['tenant', 'model'], inhibit: [SPOKEN_FOR] });
  const oneGroup = await measured({ models, groupBy: ['tenant'] });
  for (const line of table(
    [`${models * ALERTS} active alerts`, 'a second', 'a processor second', 'a model, ms', 'p99, ms'],
    [
      ['a group for each model', perModel.judged, perModel.ofProcessor, perModel.medianMs, perModel.p99Ms],
      [
        'the same, one of ten speaks for the others',
        inhibited.judged,
        inhibited.ofProcessor,
        inhibited.medianMs,
        inhibited.p99Ms,
      ],
      ['all in one group', oneGroup.judged, oneGroup.ofProcessor, oneGroup.medianMs, oneGroup.p99Ms],
    ],
  ))
    print(line);
  return {
    activeAlerts: models * ALERTS,
    alertsPerSecond: rounded(perModel.judged),
    alertsPerProcessorSecond: rounded(perModel.ofProcessor),
    alertsPerSecondInhibited: rounded(inhibited.judged),
    alertsPerSecondOneGroup: rounded(oneGroup.judged),
    alertsPerProcessorSecondOneGroup: rounded(oneGroup.ofProcessor),
  };
};

interface Shape {
  readonly models: number;
  readonly groupBy: readonly string[];
  readonly inhibit?: Settings['inhibit'];
}

const SPOKEN_FOR: Settings['inhibit'][number] = {
  id: 'spoken-for',
  source: matchersOf('subject="feature-1"'),
  target: matchersOf('subject=~"feature-[02-9]"'),
  equal: ['tenant', 'model'],
};

/** The disk is waited for at every model; what a processor takes is not its matter. */
export async function measured({ models, groupBy, inhibit = [] }: Shape) {
  const route = routeWith({
    receivers: ['tickets'],
    groupBy,
    groupWaitMs: 30_000,
    groupIntervalMs: 5 * MINUTE_MS,
    repeatIntervalMs: 240 * MINUTE_MS,
  });
  const { control, end } = await routerDesk({ route, inhibit });
  try {
    let atMs = T0;
    const round = async (valueOf: (alert: number) => number, apartMs = 0) => {
      const tookMs: number[] = [];
      atMs += MINUTE_MS;
      for (let model = 0; model < models; model += 1) {
        atMs += apartMs;
        const scores = Array.from({ length: ALERTS }, (_, alert) =>
          scoreOf(`model-${model}`, `feature-${alert}`, { value: valueOf(alert), atMs }),
        );
        const startMs = performance.now();
        await control.judge(scores, atMs);
        tookMs.push(performance.now() - startMs);
      }
      await control.runTimers(atMs);
      return tookMs;
    };
    await round(() => 1, NO_STORM_MS);
    const before = process.cpuUsage();
    const judged = [...(await round((alert) => Number(alert > 0))), ...(await round(() => 1))];
    const { user, system } = process.cpuUsage(before);
    return {
      judged: perSecond(judged),
      ofProcessor: (judged.length * ALERTS * 1e6) / (user + system),
      medianMs: median(judged),
      p99Ms: quantile(judged, 0.99),
    };
  } finally {
    await end();
  }
}

function perSecond(tookMs: readonly number[]): number {
  return (tookMs.length * ALERTS * 1000) / tookMs.reduce((sum, ms) => sum + ms, 0);
}
