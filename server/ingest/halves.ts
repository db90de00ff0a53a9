import type { Half } from '../batch.ts';
import type { LimitSettings } from '../settings.ts';
import { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Field } from './fields.ts';
import type { Columns } from './inference.ts';
import type { Moment } from './moment.ts';
import type { Scalar } from './record.ts';

/** The two halves of an inference, and the rows they make together. */

/** Halves wait on disk, so a newer program may find those of an older one. */
const FORMAT = 1;

interface Named {
  readonly model: string;
  readonly version: string | null;
  /** Of the first row; of others their number is put behind it. */
  readonly id: string;
  readonly segments: Readonly<Record<string, string>>;
  readonly moment: Readonly<Moment>;
}

/** What is kept of a half: its columns, and with the response the value of each row. */
interface Kept extends Named {
  readonly format: typeof FORMAT;
  readonly rows: number;
  readonly columns: readonly (readonly [name: string, values: readonly Scalar[]])[];
  readonly value: readonly Scalar[] | null;
}

export interface HalfOptions {
  readonly tenant: string;
  readonly receivedAtMs: number;
  readonly limits: LimitSettings;
}

export function halfOf(
  given: Named & { readonly pair: string; readonly side: Half['side']; readonly columns: Columns },
  options: HalfOptions,
): Half {
  const { pair, side, columns, model, version, id, segments, moment } = given;
  const value = side === 'response' ? columns.takeValue() : null;
  const own: Kept = {
    format: FORMAT,
    model,
    version,
    id,
    segments,
    moment,
    rows: columns.rows,
    columns: [...columns.values],
    value,
  };
  return {
    pair,
    side,
    payload: JSON.stringify(own),
    complete: (other) => {
      const waited = JSON.parse(other) as Kept;
      return side === 'response' ? rowsOf(waited, own, options) : rowsOf(own, waited, options);
    },
  };
}

function rowsOf(request: Kept, response: Kept, options: HalfOptions) {
  const builder = new BatchBuilder({ ...options, timed: true });
  if (request.format !== response.format)
    builder.refuse('unpaired', 'The half of an inference that waited was kept by another version of Leeway.');
  else if (request.rows === response.rows)
    for (let row = 0; row < request.rows; row += 1) {
      builder.begin();
      placeNames(builder, row, { request, response });
      placeColumns(builder, row, { request, response });
      builder.end('prediction');
    }
  else
    builder.refuse(
      'unpaired',
      `The request of an inference holds ${request.rows} rows, its response ${response.rows}; they were not joined. Log them as they were served, in the same order.`,
    );
  if (response.value === null)
    builder.warn(
      'missing_value',
      'A response has several outputs, none of which is called predict, prediction, predictions or label, so all of them were stored as features and none as the prediction.',
    );
  return builder.finish(null);
}

interface Both {
  readonly request: Kept;
  readonly response: Kept;
}

function placeNames(builder: BatchBuilder, row: number, { request, response }: Both): void {
  const { record, moment } = builder;
  const { timeMs, restNs } = request.moment.timeMs === 0 ? response.moment : request.moment;
  moment.timeMs = timeMs;
  moment.restNs = restNs;
  const put = (field: Field, value: Scalar | undefined) => {
    if (value !== null && value !== undefined)
      record.put({ kind: 'field', field, alias: 0 }, value, { key: 'event', level: LEVEL.record });
  };
  put(FIELD.model, request.model);
  put(FIELD.version, response.version ?? request.version);
  put(FIELD.id, rowId(request.id, row, request.rows));
  put(FIELD.value, response.value?.[row]);
  for (const [name, text] of Object.entries(request.segments)) record.entry('segments', name, text);
}

/** The id a label of the row names. */
export function rowId(id: string, row: number, rows: number): string {
  return rows === 1 ? id : `${id}-${row}`;
}

/** An output that is called as an input is told apart. */
function placeColumns(builder: BatchBuilder, row: number, { request, response }: Both): void {
  const { record } = builder;
  for (const [name, values] of request.columns) record.entry('features', name, values[row] ?? null);
  const inputs = new Set(request.columns.map(([name]) => name));
  for (const [name, values] of response.columns)
    record.entry('features', inputs.has(name) ? `response.${name}` : name, values[row] ?? null);
}
