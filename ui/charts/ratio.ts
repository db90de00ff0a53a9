import { linearScale } from './geometry.ts';

export interface RatioBar {
  readonly width: number;
  readonly limitX: number;
  readonly over: boolean;
  /** The bar is cut off: the ratio is larger than the picture. */
  readonly cut: boolean;
}

const MOST = 1.5;

/** A bar for a multiple of its own limit: the limit stands at two thirds, larger values are cut. */
export function ratioBar(ratio: number | null, width: number): RatioBar {
  const scale = linearScale([0, MOST], [0, width]);
  const value = ratio ?? 0;
  return { width: scale.at(value), limitX: scale.at(1), over: value >= 1, cut: value > MOST };
}
