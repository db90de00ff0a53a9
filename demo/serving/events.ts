import type { AnyValue } from '@opentelemetry/api';
import type { Region } from '../regions.ts';
import type { ShippedEvent } from './shipper.ts';

/** The events a serving stack sends to Leeway: names and attributes of its OTLP contract. */

export interface PredictionEvent {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly atMs: number;
  /** Hour and weekday stay out: they come round by themselves and are no drift. */
  readonly features: { readonly distance: number; readonly origin: string; readonly destination: string };
  readonly region: Region | null;
  readonly value: string | number | null;
  readonly score: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly reference: boolean;
}

export function predictionEvent(event: PredictionEvent): ShippedEvent {
  const attributes: Record<string, AnyValue> = {
    'leeway.model.name': event.model,
    'leeway.model.version': event.version,
    'leeway.prediction.id': event.id,
    'leeway.prediction.features': { ...event.features },
  };
  if (event.value !== null) attributes['leeway.prediction.value'] = event.value;
  if (event.score !== null) attributes['leeway.prediction.score'] = event.score;
  if (event.durationMs !== null) attributes['leeway.prediction.duration'] = event.durationMs / 1000;
  if (event.region !== null) attributes['leeway.protected'] = { origin_region: event.region };
  if (event.error !== null) attributes['error.type'] = event.error;
  if (event.reference) attributes['leeway.dataset'] = 'reference';
  return { name: 'leeway.prediction', atMs: event.atMs, failed: event.error !== null, attributes };
}

export interface LabelEvent {
  readonly model: string;
  readonly id: string;
  /** When the outcome became known. */
  readonly atMs: number;
  readonly value: string | number;
}

export function labelEvent(event: LabelEvent): ShippedEvent {
  return {
    name: 'leeway.label',
    atMs: event.atMs,
    attributes: {
      'leeway.model.name': event.model,
      'leeway.prediction.id': event.id,
      'leeway.label.value': event.value,
    },
  };
}
