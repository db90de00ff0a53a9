import { isUtf8 } from 'node:buffer';
import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { BatchBuilder } from './builder.ts';
import { readInferenceTableRow } from './databricks.ts';
import { isObject } from './inference.ts';
import type { Json } from './inference.ts';
import { jsonRows } from './json.ts';
import type { JsonRoute } from './json.ts';
import { markBytes, parseJson } from './parse-json.ts';
import { readCapture, readGroundTruth } from './sagemaker.ts';

/** Leeway's own JSON, one object a line, or lines of files that serving stacks write: a broken one is refused alone. */

/** By the field that tells such a line. */
const FOREIGN: Readonly<Record<JsonRoute, readonly (readonly [field: string, read: ReadLine])[]>> = {
  predictions: [
    ['captureData', readCapture],
    ['databricks_request_id', readInferenceTableRow],
  ],
  labels: [['groundTruthData', readGroundTruth]],
};
type ReadLine = (line: Json, options: LineOptions) => void;

interface LineOptions {
  readonly builder: BatchBuilder;
  readonly limits: LimitSettings;
}

/** A thousand features of a kilobyte each; a longer line is no row but a file without line ends. */
const MAX_LINE_BYTES = 1_048_576;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Reads predictions or labels into columns, line by line; lines may end in CRLF, empty ones are passed over. */
export function readNdjson(body: Buffer, route: JsonRoute, options: LineOptions): void {
  const own = jsonRows(route, options);
  const read = (row: unknown, where: string) => {
    const foreign = isObject(row)
      ? FOREIGN[route].find(([field]) => row[field] !== undefined)?.[1]
      : undefined;
    if (foreign === undefined) own(row, where);
    else readForeign(() => foreign(row as Json, options), where, options.builder);
  };
  const refuse = (message: string) => options.builder.refuse('malformed', message);
  let line = 0;
  let from = markBytes(body);
  const isText = isUtf8(body);
  while (from < body.length) {
    const found = body.indexOf(LINE_FEED, from);
    const end = found < 0 ? body.length : found;
    line += 1;
    if (end - from > MAX_LINE_BYTES)
      refuse(
        `Line ${line} has ${end - from} bytes, at most ${MAX_LINE_BYTES} are taken; send one row a line.`,
      );
    else if (!isText && !isUtf8(body.subarray(from, end)))
      refuse(`Line ${line} is not UTF-8, the one encoding of JSON; send it as UTF-8.`);
    else readLine(body.toString('utf8', from, withoutReturn(body, from, end)), { line, read, refuse });
    from = end + 1;
  }
}

function readForeign(read: () => void, where: string, builder: BatchBuilder): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    builder.refuse('malformed', `${where}: ${error.message}`);
  }
}

function withoutReturn(body: Buffer, from: number, end: number): number {
  return end > from && body[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}

function readLine(
  text: string,
  into: {
    readonly line: number;
    readonly read: (row: unknown, where: string) => void;
    readonly refuse: (message: string) => void;
  },
): void {
  if (text.trim() === '') return;
  let row: unknown;
  try {
    row = parseJson(text);
  } catch {
    // The parser's own words would quote the line.
    into.refuse(`Line ${into.line} is not JSON; send one whole object a line.`);
    return;
  }
  into.read(row, `Line ${into.line}`);
}
