import type { Flights } from '../flights.ts';
import { REGIONS, type Region } from '../regions.ts';
import type { Flight } from './flight.ts';
import { delayOf, heldOutAuc, heldOutError, scoreOf, trainClassifier, trainRegression } from './train.ts';

/** The models of the demo and their versions, each with the code that serves it. */

export const CLASSIFIER = { tenant: 'skyline', model: 'late-arrival' } as const;
export const REGRESSION = { tenant: 'meridian', model: 'delay-minutes' } as const;
export const LATE = 'late';
export const ON_TIME = 'on time';

const KILOMETRES_PER_MILE = 1.609344;

export interface Answer {
  readonly value: string | number;
  /** Probability of `late`; null for the regression. */
  readonly score: number | null;
}

export interface ServedVersion {
  readonly version: string;
  /** How this version's serving code turns the request's miles into the model's distance feature. */
  readonly distanceOf: (miles: number) => number;
  readonly answer: (flight: Flight) => Answer;
}

export interface ServedModel {
  readonly tenant: string;
  readonly model: string;
  readonly task: 'binary' | 'regression';
  readonly versions: readonly ServedVersion[];
  /** How good the model is, in words and measured on held-out days. */
  readonly quality: string;
}

const asIs = (miles: number) => miles;
/** The mistake of the story: version v2 was trained on miles, its serving code hands it kilometres. */
const inKilometres = (miles: number) => miles * KILOMETRES_PER_MILE;

/** Trains both versions of both models on January; takes a few seconds. */
export function trainCatalog(january: Flights, regions: ReadonlyMap<string, Region>): readonly ServedModel[] {
  return [classifierOf(january, (airport) => regions.get(airport) ?? 'other'), regressionOf(january)];
}

function classifierOf(january: Flights, regionOf: (airport: string) => Region): ServedModel {
  const first = { steps: 150, penalty: 1e-3, regionOf };
  const retrained = { steps: 250, penalty: 1e-4, regionOf };
  const served = (version: string, options: typeof first, distanceOf: ServedVersion['distanceOf']) => {
    const trained = trainClassifier(january, options);
    const answer = (flight: Flight): Answer => {
      const score = scoreOf(trained, flight);
      return { value: score >= trained.thresholds[regionOf(flight.origin)] ? LATE : ON_TIME, score };
    };
    return { version, distanceOf, answer, thresholds: trained.thresholds };
  };
  const v1 = served('v1', first, asIs);
  const auc = heldOutAuc(january, first);
  const thresholds = REGIONS.map((region) => `${region} ${v1.thresholds[region].toFixed(2)}`).join(', ');
  const quality =
    `flags a fifth of January's flights in each region of origin (scores from ${thresholds}); ` +
    `AUC ${auc === null ? 'undefined' : auc.toFixed(3)} on January's last week, fitted on the days before`;
  return { ...CLASSIFIER, task: 'binary', versions: [v1, served('v2', retrained, inKilometres)], quality };
}

function regressionOf(january: Flights): ServedModel {
  const served = (version: string, penalty: number): ServedVersion => {
    const trained = trainRegression(january, penalty);
    return {
      version,
      distanceOf: asIs,
      answer: (flight) => ({ value: delayOf(trained, flight), score: null }),
    };
  };
  const error = heldOutError(january, 1e-3);
  const quality =
    `mean absolute error ${error.model.toFixed(1)} minutes on January's last week, ` +
    `${error.mean.toFixed(1)} by always saying the mean`;
  return { ...REGRESSION, task: 'regression', versions: [served('v1', 1e-3), served('v2', 1e-2)], quality };
}
