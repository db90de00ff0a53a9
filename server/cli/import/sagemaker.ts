import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { JsonRow } from './json-requests.ts';
import { jsonRequests } from './json-requests.ts';
import type { ImportOptions } from './options.ts';
import type { Outgoing } from './outgoing.ts';
import { answerOf, csvRows, requestRows, responseRows, rowOf } from './payload.ts';
import type { Row } from './payload.ts';

/** Data capture and ground truth of SageMaker: a JSON object a line. */
export function sagemakerRequests(file: string, options: ImportOptions): AsyncGenerator<Outgoing> {
  return jsonRequests(rowsOfFile(file, options));
}

async function* rowsOfFile(file: string, options: ImportOptions): AsyncGenerator<JsonRow> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() !== '') yield* sagemakerRows(line, number, options);
  }
}

interface Payload {
  readonly observedContentType?: string;
  readonly data?: unknown;
  readonly encoding?: string;
}

interface Line {
  readonly captureData?: { readonly endpointInput?: Payload; readonly endpointOutput?: Payload };
  readonly groundTruthData?: Payload;
  readonly eventMetadata?: {
    readonly eventId?: string;
    readonly inferenceId?: string;
    readonly inferenceTime?: string;
  };
}

/** The predictions or labels of a line. */
export function sagemakerRows(text: string, number: number, options: ImportOptions): readonly JsonRow[] {
  const line = parsed(text) as Line | null;
  const meta = line?.eventMetadata;
  const id = meta?.inferenceId ?? meta?.eventId;
  if (line === null || id === undefined)
    return [{ unreadable: `Line ${number} is no record of data capture or ground truth.` }];
  if (line.groundTruthData !== undefined) return [labelOf(line.groundTruthData, id, { number, options })];
  const input = payloadOf(line.captureData?.endpointInput);
  const output = payloadOf(line.captureData?.endpointOutput);
  const names = options.features ?? [];
  const features = input === null ? null : rowsOf(input, (body) => requestRows(body, { names }), names);
  if (features === null) return [{ unreadable: `The input of line ${number} is neither CSV nor JSON.` }];
  const answers =
    output === null ? [] : (rowsOf(output, (body) => responseRows(body, { names: [] }), []) ?? []);
  return features.map((row, at) => ({
    route: 'predictions',
    row: {
      ...constants(options),
      id: features.length > 1 ? `${id}-${at}` : id,
      ...(meta?.inferenceTime !== undefined && { time: meta.inferenceTime }),
      features: row,
      ...answerOf(answers[at] ?? {}, options.map),
    },
  }));
}

export function constants({ model, version, dataset }: ImportOptions): Readonly<Record<string, string>> {
  return {
    ...(model !== null && { model }),
    ...(version !== null && { version }),
    ...(dataset !== null && { dataset }),
  };
}

function labelOf(
  payload: Payload,
  id: string,
  { number, options }: { readonly number: number; readonly options: ImportOptions },
): JsonRow {
  const found = payloadOf(payload);
  const row =
    found === null ? undefined : rowsOf(found, (body) => responseRows(body, { names: [] }), [])?.[0];
  if (row === undefined) return { unreadable: `The ground truth of line ${number} is neither CSV nor JSON.` };
  return {
    route: 'labels',
    row: {
      ...(options.model !== null && { model: options.model }),
      id,
      value: answerOf(row, options.map).value,
    },
  };
}

type Found = { readonly csv: string } | { readonly json: unknown };

/** null: of an encoding that is not known. */
function payloadOf(payload: Payload | undefined): Found | null {
  const { data, encoding = '', observedContentType = '' } = payload ?? {};
  if (typeof data !== 'string') return data === undefined || data === null ? null : { json: data };
  if (encoding === 'CSV') return { csv: data };
  if (encoding === 'JSON') return jsonOf(data);
  if (encoding !== 'BASE64') return null;
  const text = Buffer.from(data, 'base64').toString('utf8');
  return observedContentType.includes('json')
    ? jsonOf(text)
    : observedContentType.includes('csv')
      ? { csv: text }
      : null;
}

function jsonOf(text: string): Found | null {
  const json = parsed(text);
  return json === undefined ? null : { json };
}

function rowsOf(
  found: Found,
  read: (body: unknown) => readonly Row[] | null,
  names: readonly string[],
): readonly Row[] | null {
  return 'csv' in found ? csvRows(found.csv).map((cells) => rowOf(cells, { names })) : read(found.json);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
