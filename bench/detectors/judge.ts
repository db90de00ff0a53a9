import { join } from 'node:path';
import { calibrate } from '../../detectors/calibration.ts';
import { addCounts, countsInRow } from '../../detectors/cells.ts';
import type { PlacedLayout } from '../../detectors/cells.ts';
import { drift } from '../../detectors/drift.ts';
import { judgeFamily } from '../../detectors/false-discovery.ts';
import type { Calibration, FeatureCounts, Finding } from '../../detectors/types.ts';
import { loadParameters } from '../../server/parameters.ts';
import { BASELINE_HOURS, HOURS_A_WEEK } from './traffic.ts';
import type { Change, Season, Simulation } from './traffic.ts';

const SHIPPED = loadParameters(join(import.meta.dirname, '../../alert-rules')).all;
const PARAMETERS = SHIPPED.drift;

export interface Judged {
  readonly feature: string;
  /** Of each window: undefined when it could not be judged. */
  readonly findings: readonly Finding[];
}

/** Judges hours after the baseline as the appliance does: by the slot of the week where there is a season. */
export class Judge {
  readonly #simulation: Simulation;
  readonly #season: Season;
  readonly #calibrations: Readonly<Record<string, Calibration>>;
  readonly #baselines: readonly (readonly FeatureCounts[])[];

  constructor(simulation: Simulation, season: Season) {
    this.#simulation = simulation;
    this.#season = season;
    const slots = Array.from({ length: BASELINE_HOURS }, (_, hour) => this.#slotOf(hour));
    const { layout, baseline } = simulation;
    this.#calibrations = calibrate({ layout, rows: baseline, slots }, PARAMETERS);
    this.#baselines = layout.features.map((feature) => this.#slotCounts(feature, slots));
  }

  #slotOf(hour: number): number {
    return this.#season.isSeasonal ? hour % HOURS_A_WEEK : 0;
  }

  #slotCounts(feature: PlacedLayout, slots: readonly number[]): readonly FeatureCounts[] {
    const { baseline, layout } = this.#simulation;
    const sums = new Map<number, FeatureCounts>();
    for (const [hour, slot] of slots.entries()) {
      const own = countsInRow(feature, baseline, hour * layout.cells);
      const before = sums.get(slot);
      sums.set(slot, before === undefined ? own : addCounts(before, own));
    }
    return Array.from({ length: sums.size }, (_, slot) => sums.get(slot) as FeatureCounts);
  }

  /** Findings by feature of `count` hours, the first of which begins a week, told whether they are significant. */
  judge(count: number, change: Change): readonly Judged[] {
    const { layout } = this.#simulation;
    const rows = this.#simulation.hours(BASELINE_HOURS, count, change);
    const byHour = Array.from({ length: count }, (_, hour) =>
      judgeFamily(
        layout.features.map((_feature, index) => this.#findingOf(rows, hour, index)),
        PARAMETERS,
      ),
    );
    return layout.features.map((feature, index) => ({
      feature: feature.name,
      findings: byHour.map((findings) => findings[index] as Finding),
    }));
  }

  #findingOf(rows: Float64Array, hour: number, index: number): Finding {
    const feature = this.#simulation.layout.features[index] as PlacedLayout;
    const { cells } = this.#simulation.layout;
    const parameters = PARAMETERS;
    const calibration = this.#calibrations[feature.name] as Calibration;
    let found: Finding | null = null;
    let [current, baseline]: [FeatureCounts | null, FeatureCounts | null] = [null, null];
    for (let back = 0; back < Math.min(SHIPPED.windows.mostSummed, hour + 1); back += 1) {
      const own = countsInRow(feature, rows, (hour - back) * cells);
      current = current === null ? own : addCounts(current, own);
      const slot = this.#baselines[index]?.[this.#slotOf(hour - back)] as FeatureCounts;
      if (baseline === null) baseline = slot;
      else if (this.#season.isSeasonal) baseline = addCounts(baseline, slot);
      found = drift.score({
        feature: feature.name,
        layout: feature.layout,
        baseline,
        current,
        calibration,
        parameters,
      });
      if (found.value !== null) return found;
    }
    if (found === null) throw new Error('An hour has its own counts.');
    return found;
  }
}
