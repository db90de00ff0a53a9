import { valueAt } from '../../../server/batch-edit.ts';
import { idText } from '../../../server/ids.ts';
import { DATASETS } from '../../../server/batch.ts';
import type { Batch, ModelBatch } from '../../../server/batch.ts';
import { decode } from '../../../server/ingest/ingest.ts';
import { TextTable } from '../../../server/ingest/text-table.ts';
import type { Protocol } from '../../../server/model.ts';
import { KEY, LIMITS, NOW } from '../store/duckdb/support.ts';

/** Decoded batches as plain objects, without the fields that hold nothing. */

export type PlainRow = Readonly<Record<string, unknown>>;

const texts = new TextTable();

export type DecodeOptions = Partial<Parameters<typeof decode>[1]>;

/** Decodes a body of a format as the route of that format would. */
export function decoded(
  protocol: Protocol,
  body: Buffer | string,
  options: DecodeOptions & { readonly route?: 'logs' | 'predictions' | 'labels' | 'events' } = {},
): Batch {
  const { route = 'logs', ...rest } = options;
  const request = { tenant: KEY.tenant, route, protocol, receivedAtMs: NOW, ...rest.request };
  return decode(Buffer.from(body), { digest: 'd', limits: LIMITS, texts, ...rest, request }) as Batch;
}

function told(fields: PlainRow): PlainRow {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined || value === null || value === '' || Number.isNaN(value)) return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}

function prediction({ model, predictions }: ModelBatch, row: number): PlainRow {
  const values = predictions.values.map(
    (column) => [column.name, valueAt(column, row) ?? undefined] as const,
  );
  const named = (columns: typeof predictions.segments) =>
    told(Object.fromEntries(columns.map((column) => [column.name, column.texts[row]])));
  const { $prediction: value, $score: score, ...features } = Object.fromEntries(values);
  return told({
    model,
    version: predictions.version[row],
    id: idText(predictions.id, row) ?? undefined,
    timeMs: predictions.timeMs[row],
    restNs: predictions.restNs[row] === 0 ? undefined : predictions.restNs[row],
    dataset: predictions.dataset[row] === 0 ? undefined : DATASETS[predictions.dataset[row] ?? 0],
    value,
    score,
    features: Object.fromEntries(Object.entries(features).filter(([, one]) => one !== undefined)),
    durationMs: predictions.durationMs[row],
    error: predictions.error[row],
    inputTokens: predictions.inputTokens[row],
    outputTokens: predictions.outputTokens[row],
    cost: predictions.cost[row],
    currency: predictions.currency[row],
    segments: named(predictions.segments),
    protected: named(predictions.protected),
  });
}

export function predictionsOf(batch: Batch): readonly PlainRow[] {
  return batch.models.flatMap((part) =>
    Array.from({ length: part.predictions.rows }, (_, row) => prediction(part, row)),
  );
}

export function labelsOf(batch: Batch): readonly PlainRow[] {
  return batch.models.flatMap(({ model, labels }) =>
    Array.from({ length: labels.rows }, (_, row) =>
      told({
        model,
        id: idText(labels.id, row) ?? undefined,
        timeMs: labels.timeMs[row],
        value: valueAt(labels.value, row) ?? undefined,
        source: labels.source[row],
      }),
    ),
  );
}
