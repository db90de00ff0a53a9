import type { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Field } from './fields.ts';
import type { Columns } from './inference.ts';
import type { Moment } from './moment.ts';
import type { Scalar } from './record.ts';
import { quoted } from './refusals.ts';

/** An inference of one or several rows, as rows of predictions. */

/** Inputs or outputs by column; `value` is the prediction of each row. */
export interface Side {
  readonly rows: number;
  readonly columns: readonly (readonly [name: string, values: readonly Scalar[]])[];
  readonly value: readonly Scalar[] | null;
}

export interface Inference {
  readonly model: string | null;
  readonly version: string | null;
  /** Of the first row; several have their number behind it. */
  readonly id: string | null;
  /** Of each row, in the place of `id`. */
  readonly ids?: readonly string[];
  readonly moment: Readonly<Moment>;
  readonly segments: Readonly<Record<string, string>>;
  readonly request: Side;
  /** null: there is none, as the inference failed. */
  readonly response: Side | null;
  readonly error?: string;
  readonly durationSeconds?: number;
}

export function sideOf(columns: Columns, side: 'request' | 'response'): Side {
  const value = side === 'response' ? columns.takeValue() : null;
  return { rows: columns.rows, columns: [...columns.values], value };
}

/** Ends a record for every row of the inference, or refuses it whole in words. */
export function placeInference(builder: BatchBuilder, inference: Inference): void {
  const { request, response } = inference;
  if (response !== null && response.rows !== request.rows) {
    builder.refuse(
      'unpaired',
      `The request of an inference holds ${request.rows} rows, its response ${response.rows}; they were not joined. Log them as they were served, in the same order.`,
    );
    return;
  }
  if (response?.value === null)
    builder.warn(
      'missing_value',
      'A response has several outputs, none of which is called predict, prediction, predictions or label, so all of them were stored as features and none as the prediction.',
    );
  for (let row = 0; row < request.rows; row += 1) {
    builder.begin();
    placeNames(builder, row, inference);
    placeColumns(builder, row, inference);
    builder.end('prediction');
  }
}

function placeNames(builder: BatchBuilder, row: number, inference: Inference): void {
  const { record, moment } = builder;
  const { id, ids, request, response } = inference;
  moment.timeMs = inference.moment.timeMs;
  moment.restNs = inference.moment.restNs;
  const put = (field: Field, value: Scalar | undefined) => {
    if (value !== null && value !== undefined)
      record.put({ kind: 'field', field, alias: 0 }, value, { key: 'event', level: LEVEL.record });
  };
  put(FIELD.model, inference.model);
  put(FIELD.version, inference.version);
  put(FIELD.id, ids?.[row] ?? (id === null ? null : rowId(id, row, request.rows)));
  put(FIELD.value, response?.value?.[row]);
  put(FIELD.error, inference.error);
  put(FIELD.durationSeconds, inference.durationSeconds);
  for (const [name, text] of Object.entries(inference.segments)) record.entry('segments', name, text);
}

/** The id a label of the row names. */
export function rowId(id: string, row: number, rows: number): string {
  return rows === 1 ? id : `${id}-${row}`;
}

/** An output that is called as an input is told apart. */
function placeColumns(builder: BatchBuilder, row: number, { request, response }: Inference): void {
  const { record } = builder;
  for (const [name, values] of request.columns) record.entry('features', name, values[row] ?? null);
  const inputs = new Set(request.columns.map(([name]) => name));
  for (const [name, values] of response?.columns ?? [])
    record.entry('features', inputs.has(name) ? `response.${name}` : name, values[row] ?? null);
}

/** Tells what of an inference's columns was kept otherwise than it came. */
export function tellColumns({ left, inexact }: Columns, builder: BatchBuilder): void {
  for (const name of left)
    builder.warn(
      'unsupported_type',
      `${quoted(name)} holds lists, pictures or bytes, which are not stored yet; the rest of the row was kept. Send single values.`,
    );
  for (const name of inexact)
    builder.warn(
      'bad_feature',
      `Integers beyond 2^53 are kept as the nearest double (first seen in ${quoted(name)}).`,
    );
}
