import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import { Columns, isObject, isScalar, textOf } from './inference.ts';
import type { Json } from './inference.ts';
import { inputsOf, outputsOf } from './kserve.ts';
import type { Scalar } from './record.ts';

/** Bodies of Seldon Core v1: its own messages, and those of V1 and V2 where a deployment speaks these. */

export function seldonInputsOf(body: Json, limits: LimitSettings): Columns {
  return messageOf(body, limits) ?? inputsOf(body, limits);
}

export function seldonOutputsOf(body: Json, limits: LimitSettings): Columns {
  return messageOf(body, limits) ?? outputsOf(body, limits);
}

/** What a feedback says: the prediction it is about, if the body tells it, and one value a row. */
export interface Feedback {
  readonly id: string | null;
  readonly values: readonly Scalar[];
  readonly source: 'truth' | 'reward';
}

/** Throws BadRequestError when a feedback holds neither a truth of one value a row nor a reward. */
export function feedbackOf(body: Json, limits: LimitSettings): Feedback {
  const { response, truth, reward } = body;
  const meta = isObject(response) ? response['meta'] : undefined;
  const id = isObject(meta) ? textOf(meta['puid']) : null;
  const columns = isObject(truth) && Object.keys(truth).length > 0 ? messageOf(truth, limits) : null;
  if (columns !== null) {
    const [values, ...others] = [...columns.values.values()];
    if (values !== undefined && others.length === 0) return { id, values, source: 'truth' };
    throw new BadRequestError('The truth of a feedback must hold one value a row to be a label.');
  }
  if (typeof reward === 'number') return { id, values: [reward], source: 'reward' };
  throw new BadRequestError('A feedback must hold a truth (data, strData or jsonData) or a reward.');
}

/** A SeldonMessage; null when the body is none. */
function messageOf(body: Json, limits: LimitSettings): Columns | null {
  const { data, strData, jsonData } = body;
  if (isObject(data)) return dataOf(data, limits);
  if (typeof strData === 'string') return one('strData', strData, limits);
  if (jsonData !== undefined) return jsonDataOf(jsonData, limits);
  if ('binData' in body)
    throw new BadRequestError(
      'The message holds binData, which is not read; send ndarray, tensor or jsonData.',
    );
  return null;
}

function dataOf(data: Json, limits: LimitSettings): Columns {
  const names = Array.isArray(data['names']) ? data['names'].map(String) : [];
  if (Array.isArray(data['ndarray'])) return table(data['ndarray'], names, limits);
  const { tensor } = data;
  if (isObject(tensor)) return table(tensorRows(tensor), names, limits);
  throw new BadRequestError('The data of the message must be an ndarray or a tensor; tftensor is not read.');
}

function tensorRows({ shape, values }: Json): readonly unknown[] {
  const isShape = Array.isArray(shape) && shape.every((one) => Number.isSafeInteger(one) && one >= 0);
  const [rows = 1, ...rest] = isShape ? (shape as number[]) : [];
  const width = rest.reduce((product, one) => product * one, 1);
  if (!isShape || !Array.isArray(values) || values.length !== rows * width || rows > values.length)
    throw new BadRequestError('The tensor of the message must have as many values as its shape asks for.');
  if (rest.length === 0) return values;
  if (rest.length > 1) return Array.from({ length: rows }, () => [[]]);
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function table(rows: readonly unknown[], names: readonly string[], limits: LimitSettings): Columns {
  const columns = new Columns(rows.length, limits);
  rows.forEach((row, at) => {
    if (!Array.isArray(row)) columns.set(names[0] ?? 'data', at, row);
    else if (row.length !== names.length) columns.setList('data', at, row);
    else
      row.forEach((value, column) => {
        columns.set(names[column] as string, at, value);
      });
  });
  return columns;
}

function jsonDataOf(jsonData: unknown, limits: LimitSettings): Columns {
  if (isScalar(jsonData)) return one('jsonData', jsonData, limits);
  const rows = Array.isArray(jsonData) ? jsonData : [jsonData];
  const columns = new Columns(rows.length, limits);
  rows.forEach((row, at) => {
    if (Array.isArray(row)) columns.setList('jsonData', at, row);
    else if (isObject(row)) for (const [name, value] of Object.entries(row)) columns.set(name, at, value);
    else columns.set('jsonData', at, row);
  });
  return columns;
}

function one(name: string, value: unknown, limits: LimitSettings): Columns {
  const columns = new Columns(1, limits);
  columns.set(name, 0, value);
  return columns;
}
