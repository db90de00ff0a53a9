import type { QuarantineEntry, QuarantineTotal } from '../../ports.ts';
import type { Settings } from '../../settings.ts';
import type { IngestSeen } from '../prometheus.ts';
import type { AsOf, IngestStatus } from '../types.ts';
import type { ModelFacts } from './facts.ts';
import { refusedTotals } from './quarantine.ts';
import { plural, sentence, whole } from './words.ts';

export interface IngestStatusInput {
  readonly settings: Settings;
  /** The models of the tenant that asks. */
  readonly models: readonly ModelFacts[];
  /** Newest first. */
  readonly quarantine: readonly QuarantineEntry[];
  readonly refused: readonly QuarantineTotal[];
  /** Requests since the start, by this tenant's keys; `refused` counts those without a known key. */
  readonly seen: IngestSeen;
  /** Models that already have a baseline. */
  readonly judged: number;
  readonly asOf: AsOf;
}

/** The four lights of "send your first prediction", each with the last error in words; pure. */
export function ingestStatus(input: IngestStatusInput): IngestStatus {
  const entries = input.models.flatMap((model) => model.entry ?? []);
  const predictions = sum(entries.map((entry) => entry.predictions + entry.referenceRows));
  const labels = sum(entries.map((entry) => entry.labels));
  return {
    ...input.asOf,
    ...addresses(input.settings),
    lights: lights(input, predictions + labels),
    predictions,
    labels,
    quarantine: input.quarantine,
    refused: refusedTotals(input.refused),
    next: nextStep(input, predictions),
  };
}

/** Where clients send to: OTLP has its own ports on the same host. */
export function addresses({
  publicUrl,
  listen,
}: Settings): Pick<IngestStatus, 'otlpUrl' | 'jsonUrl' | 'grpcAddress'> {
  const otlp = new URL(publicUrl);
  otlp.protocol = 'http:';
  otlp.port = String(listen.otlpPort);
  otlp.pathname = '/v1/logs';
  return {
    otlpUrl: otlp.href,
    jsonUrl: new URL('/api/v1/predictions', publicUrl).href,
    grpcAddress: listen.grpcPort === undefined ? null : `${otlp.hostname}:${listen.grpcPort}`,
  };
}

function lights({ seen, quarantine }: IngestStatusInput, rows: number): IngestStatus['lights'] {
  const stored = rows > 0;
  const parsed = stored || seen.accepted > 0;
  const authenticated = parsed || seen.requests > 0;
  const connected = authenticated || seen.refused > 0;
  const mistake = quarantine[0]?.message;
  return [
    {
      id: 'connected',
      lit: connected,
      text: connected ? 'A request has arrived.' : 'No request has arrived yet.',
    },
    { id: 'authenticated', lit: authenticated, text: authenticatedText(authenticated, seen) },
    {
      id: 'parsed',
      lit: parsed,
      text: parsed ? 'A record was understood.' : sentence(mistake ?? 'No record was understood yet'),
    },
    {
      id: 'stored',
      lit: stored,
      text: stored ? `${plural(rows, 'row')} on disk.` : 'No row is stored yet.',
    },
  ];
}

function authenticatedText(lit: boolean, seen: IngestSeen): string {
  if (lit) return 'Its API key was recognised.';
  return seen.refused > 0
    ? 'The last request had no known key with the scope ingest: send it as "Authorization: Bearer <key>".'
    : 'No key was seen yet.';
}

function nextStep({ models, judged }: IngestStatusInput, predictions: number): string {
  if (predictions === 0) return 'Send one prediction; this page changes by itself.';
  if (judged >= models.length) return 'The baseline is frozen; every closed window is compared with it.';
  const waiting = models.flatMap((model) => needed(model) ?? []);
  return waiting[0] ?? 'The baseline is frozen when the first window closes.';
}

/** What the next baseline still waits for, in words. */
function needed({ model, settings, entry }: ModelFacts): string | null {
  const source = settings.baseline;
  if (entry === null) return null;
  if (source.kind === 'first' && entry.predictions < source.rows)
    return `${model}: baseline after ${plural(source.rows, 'prediction')}, has ${whole(entry.predictions)}.`;
  if (source.kind === 'reference' && entry.referenceRows < source.minRows)
    return `${model}: baseline after ${plural(source.minRows, 'reference row')}, has ${whole(entry.referenceRows)}.`;
  return null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
