import type { SloSettings } from '../../settings.ts';
import { duration, percent, whole } from './words.ts';

/** What an objective promises, in one sentence. */
export function describeSlo(slo: SloSettings): string {
  if (slo.kind === 'cost')
    return `${whole(slo.monthly)}${slo.currency === null ? '' : ` ${slo.currency}`} for the predictions of a calendar month (${slo.timeZone})`;
  const unit = 'sliceMs' in slo ? `of slices of ${duration(slo.sliceMs)}` : 'of predictions';
  return `${exact(slo.target)} ${unit} ${promise(slo)}, over ${duration(slo.periodMs)}`;
}

function promise(slo: Exclude<SloSettings, { kind: 'cost' }>): string {
  switch (slo.kind) {
    case 'availability':
      return slo.exclude === undefined
        ? 'answered without an error'
        : `answered without an error (not counted: ${slo.exclude.join(', ')})`;
    case 'latency':
      return `answered within ${slo.thresholdMs ?? 0} ms`;
    case 'quality':
      return slo.tolerance === null
        ? `right, once ${percent(slo.minCoverage)} have a label`
        : `off by at most ${Number(slo.tolerance.toPrecision(4))}, once ${percent(slo.minCoverage)} have a label`;
    case 'freshness':
      return `with a newest ${slo.of === 'feature' ? `value of ${slo.feature}` : slo.of} of at most ${duration(slo.maxAgeMs)} age`;
    case 'drift':
      return `with drift of at most ${slo.threshold} in ${slo.features === null ? 'every feature' : slo.features.join(', ')}`;
    case 'fairness':
      return `with at most ${percent(slo.threshold)} between groups of ${slo.attribute}`;
  }
}

/** All digits kept: a target of 99.95 % is not 100 %. */
function exact(share: number): string {
  return `${Number((share * 100).toPrecision(8))} %`;
}
