import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { BatchBuilder } from './builder.ts';
import { Columns, isObject, textOf } from './inference.ts';
import type { Json } from './inference.ts';
import { placeInference, sideOf, tellColumns } from './inference-rows.ts';
import { inputsOf, outputsOf } from './kserve.ts';
import { momentOf } from './moment.ts';
import type { Moment } from './moment.ts';
import { parseJson } from './parse-json.ts';

/** A row of a Databricks inference table, exported as JSON. A call that failed is a prediction with an error. */

/** Reads a row. Throws BadRequestError when it cannot be read. */
export function readInferenceTableRow(
  line: Json,
  { builder, limits }: { readonly builder: BatchBuilder; readonly limits: LimitSettings },
): void {
  const metadata = isObject(line['request_metadata']) ? line['request_metadata'] : {};
  const request = requestOf(bodyOf(line['request'], 'request'), limits);
  const status = Number(line['status_code'] ?? 200);
  const response = status === 200 ? outputsOf(bodyOf(line['response'], 'response'), limits) : null;
  tellColumns(request, builder);
  if (response !== null) tellColumns(response, builder);
  const durationMs = Number(line['execution_time_ms'] ?? line['execution_duration_ms'] ?? NaN);
  placeInference(builder, {
    model: textOf(line['model']) ?? textOf(metadata['model_name']) ?? textOf(metadata['endpoint_name']),
    version: textOf(line['version']) ?? textOf(metadata['model_version']),
    id: textOf(line['client_request_id']) ?? textOf(line['databricks_request_id']),
    moment: timeOf(line),
    segments: {},
    request: sideOf(request, 'request'),
    response: response === null ? null : sideOf(response, 'response'),
    ...(status !== 200 && { error: String(line['status_code']) }),
    ...(Number.isFinite(durationMs) && { durationSeconds: durationMs / 1000 }),
  });
}

function timeOf(line: Json): Moment {
  const timeMs = Number(line['timestamp_ms'] ?? NaN);
  if (!Number.isFinite(timeMs)) return momentOf(textOf(line['request_time']) ?? '');
  return { timeMs: Math.floor(timeMs), restNs: 0 };
}

/** Bodies are kept as text. */
function bodyOf(value: unknown, what: string): Json {
  let body = value;
  try {
    if (typeof value === 'string') body = parseJson(value);
  } catch {
    // Told below, in words that do not quote it.
  }
  if (isObject(body)) return body;
  throw new BadRequestError(`The ${what} of a row of an inference table must be an object in JSON.`);
}

/** What MLflow's scoring server takes: a table in two spellings, or V1 and V2. */
function requestOf(body: Json, limits: LimitSettings): Columns {
  const { dataframe_split: split, dataframe_records: records } = body;
  if (Array.isArray(records)) return inputsOf({ instances: records }, limits);
  if (!isObject(split)) return inputsOf(body, limits);
  const { columns: names, data } = split;
  if (!Array.isArray(names) || !Array.isArray(data))
    throw new BadRequestError('A dataframe_split must have lists "columns" and "data".');
  const columns = new Columns(data.length, limits);
  data.forEach((row: unknown, at) => {
    if (!Array.isArray(row) || row.length !== names.length)
      throw new BadRequestError('Each row of a dataframe_split must have a value for every column.');
    row.forEach((value, column) => {
      columns.set(String(names[column]), at, value);
    });
  });
  return columns;
}
