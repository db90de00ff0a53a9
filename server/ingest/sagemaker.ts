import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import { Columns, isObject, isScalar, textOf } from './inference.ts';
import type { Json } from './inference.ts';
import { placeInference, rowId, sideOf, tellColumns } from './inference-rows.ts';
import { inputsOf, outputsOf } from './kserve.ts';
import { momentOf } from './moment.ts';
import { parseJson } from './parse-json.ts';

/**
 * SageMaker's data capture and ground truth, a line of their files each. Neither names its model: whoever sends them
 * adds `"model"` (and `"version"`) to every line.
 */

interface LineOptions {
  readonly builder: BatchBuilder;
  readonly limits: LimitSettings;
}

/** Reads a line of data capture. Throws BadRequestError when it cannot be read. */
export function readCapture(line: Json, { builder, limits }: LineOptions): void {
  const capture = objectIn(line, 'captureData');
  const request = dataOf(objectIn(capture, 'endpointInput'), 'input', limits);
  const response = dataOf(objectIn(capture, 'endpointOutput'), 'output', limits);
  tellColumns(request, builder);
  tellColumns(response, builder);
  const metadata = objectIn(line, 'eventMetadata');
  placeInference(builder, {
    model: textOf(line['model']),
    version: textOf(line['version']),
    id: idOf(metadata),
    moment: momentOf(textOf(metadata['inferenceTime']) ?? ''),
    segments: {},
    request: sideOf(request, 'request'),
    response: sideOf(response, 'response'),
  });
}

/** Reads a line of ground truth as labels. Throws BadRequestError when it cannot be read. */
export function readGroundTruth(line: Json, { builder, limits }: LineOptions): void {
  const truth = dataOf(objectIn(line, 'groundTruthData'), 'output', limits);
  const [values, ...others] = [...truth.values.values()];
  if (values === undefined || others.length > 0)
    throw new BadRequestError('The groundTruthData of a line must hold one value a row to be a label.');
  const id = idOf(objectIn(line, 'eventMetadata'));
  const model = textOf(line['model']);
  values.forEach((value, row) => {
    builder.begin();
    const put = (field: (typeof FIELD)[keyof typeof FIELD], told: typeof value) => {
      if (told !== null)
        builder.record.put({ kind: 'field', field, alias: 0 }, told, { key: 'line', level: LEVEL.record });
    };
    put(FIELD.model, model);
    put(FIELD.id, id === null ? null : rowId(id, row, values.length));
    put(FIELD.label, value);
    builder.end('label');
  });
}

/** The client's own id of an inference wins, as in SageMaker. */
function idOf(metadata: Json): string | null {
  return textOf(metadata['inferenceId']) ?? textOf(metadata['eventId']);
}

function objectIn(of: Json, name: string): Json {
  const value = of[name];
  if (isObject(value)) return value;
  throw new BadRequestError(`The line has no ${name}; capture both input and output.`);
}

function dataOf({ data, encoding }: Json, side: 'input' | 'output', limits: LimitSettings): Columns {
  if (typeof data === 'string' && encoding === 'CSV') return csvOf(data, side, limits);
  if (typeof data === 'string' && encoding === 'JSON') return jsonOf(parsed(data), side, limits);
  throw new BadRequestError(
    `The ${side} of a line must be a text with encoding CSV or JSON; name its content type in CaptureContentTypeHeader, else it is captured in base64.`,
  );
}

function csvOf(data: string, side: string, limits: LimitSettings): Columns {
  const lines = data.split(/\r?\n/).filter((line) => line !== '');
  const columns = new Columns(lines.length, limits);
  lines.forEach((line, row) => {
    columns.setList(side, row, cellsOf(line));
  });
  return columns;
}

/** Cells of a line of CSV; what reads as a number is one, an empty cell is missing. */
function cellsOf(line: string): readonly (string | number | null)[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) => {
    if (quoted !== undefined) return quoted.replaceAll('""', '"');
    const text = plain.trim();
    return text === '' ? null : NUMBER.test(text) ? Number(text) : text;
  });
}
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new BadRequestError('The data of a line is not JSON, though its encoding says so.', { cause });
  }
}

/** V1 and V2 bodies, else one row or a list of them. */
function jsonOf(body: unknown, side: 'input' | 'output', limits: LimitSettings): Columns {
  const known = side === 'input' ? ['instances', 'inputs'] : ['predictions', 'outputs'];
  if (isObject(body) && known.some((name) => Array.isArray(body[name])))
    return side === 'input' ? inputsOf(body, limits) : outputsOf(body, limits);
  const rows = Array.isArray(body) && !body.every(isScalar) ? body : [body];
  const columns = new Columns(rows.length, limits);
  rows.forEach((row, at) => {
    if (Array.isArray(row)) columns.setList(side, at, row);
    else if (isObject(row)) for (const [name, value] of Object.entries(row)) columns.set(name, at, value);
    else columns.set(side, at, row);
  });
  return columns;
}
