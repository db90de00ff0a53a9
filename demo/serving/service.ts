import type { ServedModel, ServedVersion } from '../models/catalog.ts';
import type { Region } from '../regions.ts';
import { predictionEvent } from './events.ts';
import type { ShippedEvent } from './shipper.ts';

/** What the serving process does with a request, apart from HTTP and shipping. */

export interface Instance {
  readonly id: string;
  /** ISO time on the airport's own clock, without zone: `2001-06-19T05:00:00`. */
  readonly scheduledDeparture: string;
  readonly distanceMiles: number;
  readonly origin: string;
  readonly destination: string;
  /** The moment of the request, UTC milliseconds. */
  readonly timeMs: number;
}

export type Served = Outcome & { readonly id: string; readonly durationMs: number };

/** A model with the version that answers now. */
export interface Deployed {
  readonly model: ServedModel;
  readonly active: ServedVersion;
}

export interface ServiceOptions {
  readonly regions: ReadonlyMap<string, Region>;
  /** Milliseconds that only ever grow; measures each instance's own work. */
  readonly stopwatch: () => number;
}

/** Answers one instance, measures that instance's own work, and says what is to be shipped about it. */
export function serveInstance(
  deployed: Deployed,
  instance: Instance,
  options: ServiceOptions,
): { readonly served: Served; readonly event: ShippedEvent } {
  const startedMs = options.stopwatch();
  const outcome = answerTo(deployed.active, instance, options.regions);
  const durationMs = options.stopwatch() - startedMs;
  return {
    served: { id: instance.id, ...outcome, durationMs },
    event: eventOf(deployed, instance, {
      outcome,
      durationMs,
      region: options.regions.get(instance.origin) ?? null,
    }),
  };
}

/** The same for a row of the training set: asked by nobody, so it took no time, and shipped as reference. */
export function referenceEvent(
  deployed: Deployed,
  instance: Instance,
  regions: ServiceOptions['regions'],
): ShippedEvent {
  const outcome = answerTo(deployed.active, instance, regions);
  return eventOf(deployed, instance, {
    outcome,
    durationMs: null,
    region: regions.get(instance.origin) ?? null,
  });
}

function eventOf(
  { model, active }: Deployed,
  instance: Instance,
  seen: { readonly outcome: Outcome; readonly durationMs: number | null; readonly region: Region | null },
): ShippedEvent {
  const { origin, destination } = instance;
  return predictionEvent({
    model: model.model,
    version: active.version,
    id: instance.id,
    atMs: instance.timeMs,
    features: { distance: active.distanceOf(instance.distanceMiles), origin, destination },
    region: seen.region,
    ...('value' in seen.outcome ? seen.outcome : { value: null, score: null, error: seen.outcome.error }),
    durationMs: seen.durationMs,
    reference: seen.durationMs === null,
  });
}

const LOCAL_HOUR = /^\d{4}-\d\d-\d\dT(\d\d):\d\d/;

type Outcome =
  | { readonly value: string | number; readonly score: number | null; readonly error: null }
  | { readonly error: string };

function answerTo(version: ServedVersion, instance: Instance, regions: ServiceOptions['regions']): Outcome {
  if (!regions.has(instance.origin) || !regions.has(instance.destination))
    return { error: 'unknown_airport' };
  if (!(instance.distanceMiles > 0)) return { error: 'bad_distance' };
  const hour = Number(LOCAL_HOUR.exec(instance.scheduledDeparture)?.[1]);
  if (!(hour < 24)) return { error: 'bad_departure' };
  const answer = version.answer({
    hour,
    distance: version.distanceOf(instance.distanceMiles),
    origin: instance.origin,
    destination: instance.destination,
  });
  return { ...answer, error: null };
}
