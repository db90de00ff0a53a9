import { linearScale, type Scale, ticks } from './geometry.ts';

export interface Bin {
  readonly rows: number;
  readonly score: number;
  readonly share: number;
}

export interface Mark {
  readonly x: number;
  readonly y: number;
}

export interface Reliability {
  readonly x: Scale;
  readonly y: Scale;
  readonly ticks: readonly number[];
  readonly before: readonly Mark[];
  readonly now: readonly Mark[];
}

/** What scores promised against what came true, on one scale for both axes, so that the diagonal is what is right. */
export function reliability(
  bins: { readonly before: readonly Bin[]; readonly now: readonly Bin[] },
  box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): Reliability {
  const all = [...bins.before, ...bins.now].flatMap(({ score, share }) => [score, share]);
  const most = Math.min(1, Math.max(0.1, ...all) * 1.05);
  const x = linearScale([0, most], [box.left, box.right]);
  const y = linearScale([0, most], [box.bottom, box.top]);
  const place = ({ score, share }: Bin): Mark => ({ x: x.at(score), y: y.at(share) });
  return { x, y, ticks: ticks(0, most, 4), before: bins.before.map(place), now: bins.now.map(place) };
}
