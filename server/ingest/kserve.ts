import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import { Columns, isObject, isScalar, textOf } from './inference.ts';
import type { Json } from './inference.ts';
import { quoted } from './refusals.ts';

/**
 * Bodies of the prediction protocols that KServe's logger passes on as they are: V1 `{instances}` and `{predictions}`,
 * V2 `{inputs}` and `{outputs}` (the Open Inference Protocol) in JSON.
 */

/** The inputs of a request. Throws BadRequestError when it is of neither protocol. */
export function inputsOf(body: Json, limits: LimitSettings): Columns {
  if (Array.isArray(body['instances'])) return instances(body['instances'], limits);
  if (Array.isArray(body['inputs'])) return tensors(body['inputs'], 'inputs', limits);
  throw new BadRequestError(
    'The request is of neither protocol that is read: V1 has a list "instances", V2 a list "inputs" of tensors.',
  );
}

/** The outputs of a response. Throws BadRequestError when it is of neither protocol. */
export function outputsOf(body: Json, limits: LimitSettings): Columns {
  const columns = outputColumns(body, limits);
  columns.version = textOf(body['model_version']);
  return columns;
}

function outputColumns(body: Json, limits: LimitSettings): Columns {
  if (Array.isArray(body['predictions'])) return predictions(body['predictions'], limits);
  if (Array.isArray(body['outputs'])) return tensors(body['outputs'], 'outputs', limits);
  throw new BadRequestError(
    'The response is of neither protocol that is read: V1 has a list "predictions", V2 a list "outputs" of tensors.',
  );
}

function instances(list: readonly unknown[], limits: LimitSettings): Columns {
  const columns = new Columns(list.length, limits);
  list.forEach((instance, row) => {
    if (Array.isArray(instance)) columns.setList('instances', row, instance);
    else if (isObject(instance) && !('b64' in instance))
      for (const [name, value] of Object.entries(instance)) columns.set(name, row, value);
    else columns.set('instances', row, instance);
  });
  return columns;
}

/** Names of their own stand behind `predictions.`, so that they are not taken for those of an input. */
function predictions(list: readonly unknown[], limits: LimitSettings): Columns {
  const columns = new Columns(list.length, limits);
  list.forEach((prediction, row) => {
    if (Array.isArray(prediction)) columns.setList('predictions', row, prediction);
    else if (isObject(prediction)) setNamed(columns, row, prediction);
    else columns.set('predictions', row, prediction);
  });
  return columns;
}

function setNamed(columns: Columns, row: number, prediction: Json): void {
  const names = Object.keys(prediction);
  const told = names.find((name) => name === 'prediction' || name === 'label');
  const alone = names.length === 1 ? names[0] : told;
  for (const name of names) {
    const value = prediction[name];
    if (name === alone && isScalar(value)) columns.set('predictions', row, value);
    else if (Array.isArray(value)) columns.setList(`predictions.${name}`, row, value);
    else columns.set(`predictions.${name}`, row, value);
  }
}

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: readonly unknown[];
}

function tensors(list: readonly unknown[], what: string, limits: LimitSettings): Columns {
  const given = list.map((one) => tensorOf(one, what));
  const columns = new Columns(given[0] === undefined ? 0 : rowsOf(given[0]), limits);
  for (const tensor of given)
    if (rowsOf(tensor) === columns.rows) setTensor(columns, tensor, limits);
    else columns.left.add(tensor.name);
  return columns;
}

function rowsOf({ shape }: Tensor): number {
  return shape[0] ?? 1;
}

function tensorOf(given: unknown, what: string): Tensor {
  const { name, shape, datatype, data } = isObject(given) ? given : {};
  if (typeof name !== 'string' || name === '')
    throw new BadRequestError(`Each of "${what}" must be a tensor with a name.`);
  if (!Array.isArray(shape) || !shape.every((one) => Number.isSafeInteger(one) && one >= 0))
    throw new BadRequestError(`The shape of ${quoted(name)} must be a list of whole numbers.`);
  if (!Array.isArray(data))
    throw new BadRequestError(
      `The tensor ${quoted(name)} has no data in JSON; tensors in binary are not read, so FP16 and BF16 are only where a server writes them as numbers.`,
    );
  return { name, shape: shape as number[], datatype: String(datatype), data };
}

/** Row by row; a tensor of more than two dimensions, such as a picture, is no row of features. */
function setTensor(columns: Columns, tensor: Tensor, limits: LimitSettings): void {
  const { name, shape } = tensor;
  const width = shape.slice(1).reduce((product, one) => product * one, 1);
  const data = tensor.data.some(Array.isArray) ? tensor.data.flat(shape.length) : tensor.data;
  if (data.length !== columns.rows * width)
    throw new BadRequestError(
      `The tensor ${quoted(name)} has ${data.length} values, its shape asks for ${columns.rows * width}.`,
    );
  if (shape.length > 2 || width > limits.maxFeatures) {
    columns.left.add(name);
    return;
  }
  data.forEach((value, at) => {
    const column = width === 1 ? name : `${name}[${at % width}]`;
    columns.set(column, Math.floor(at / width), typed(value, tensor));
  });
}

/** Checks a value against its datatype; null is missing. */
function typed(value: unknown, { name, datatype }: Tensor): unknown {
  if (value === null) return null;
  if (datatype === 'BOOL' && (typeof value === 'boolean' || value === 0 || value === 1))
    return value === true || value === 1;
  if (datatype === 'BYTES' && typeof value === 'string') return value;
  if (NUMERIC.test(datatype) && typeof value === 'number') return value;
  throw new BadRequestError(
    `The tensor ${quoted(name)} of datatype ${quoted(datatype)} holds ${typeof value === 'object' ? 'a list or an object' : `a ${typeof value}`}; expected are true or false for BOOL, texts for BYTES, numbers for the others.`,
  );
}
const NUMERIC = /^(U?INT(8|16|32|64)|FP(16|32|64)|BF16)$/;
