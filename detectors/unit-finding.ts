import { rowsOf } from './side-rates.ts';
import type { Detector, FeatureInput } from './types.ts';
import { unitChange } from './unit-change.ts';

const MOVES = 'the baseline moves by itself, as far as another unit would move it';

/**
 * Whether a feature looks multiplied by a known factor of two units (`unit-change.ts`): 1 when it does, else 0.
 *
 * A feature that moves by itself, as a price or a counter does, soon looks like any unit: it is not judged.
 * Reference: reference detectors.md 5.11 and `unit-change.ts`. Example: miles logged as kilometres: 1, factor 1.609344.
 */
export const unitFinding: Detector<FeatureInput> = {
  id: 'unit-change',
  title: 'Another unit',
  unit: '1 if found',
  score: (input) => {
    const { feature, calibration } = input;
    const rows = rowsOf(input.current);
    if (calibration.isCalibrated && !calibration.isSteady)
      return { value: null, why: MOVES, rows, text: `${feature}: ${MOVES}` };
    const { found, distance } = unitChange(input);
    const numbers = {
      distance: distance.value,
      factor: found?.factor ?? null,
      residual: found?.residual ?? null,
    };
    if (distance.value === null)
      return { value: null, why: distance.why, rows, text: `${feature}: ${distance.why}`, numbers };
    if (found === null)
      return { value: 0, why: null, rows, text: `${feature}: no change of unit found`, numbers };
    const text = `${feature} looks multiplied by ${found.factor.toPrecision(4)}: ${found.text}`;
    return { value: 1, why: null, rows, text, cause: text, numbers };
  },
};
