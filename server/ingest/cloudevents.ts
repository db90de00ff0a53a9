import { BadRequestError } from '../errors.ts';
import type { Half } from '../batch.ts';
import type { LimitSettings } from '../settings.ts';
import type { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { FormatRequest } from './formats.ts';
import { halfOf } from './halves.ts';
import { isObject, textOf } from './inference.ts';
import type { Columns, Json } from './inference.ts';
import { rowId, tellColumns } from './inference-rows.ts';
import { inputsOf, outputsOf } from './kserve.ts';
import { momentOf } from './moment.ts';
import { parseJson, utf8Text } from './parse-json.ts';
import type { PiiRules } from './pii.ts';
import { quoted } from './refusals.ts';
import { feedbackOf, seldonInputsOf, seldonOutputsOf } from './seldon.ts';

/**
 * CloudEvents 1.0 over HTTP, as the loggers of KServe and Seldon Core send them: one event a POST, its attributes in
 * `ce-` headers; or, in structured mode, around the data, alone or in a list.
 */

interface Event {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: unknown;
}

interface EventOptions {
  readonly builder: BatchBuilder;
  readonly limits: LimitSettings;
  readonly request: FormatRequest;
  readonly pii?: PiiRules | undefined;
}

/** Who sent it, how it names things, and which side of an inference it is. */
interface Kind {
  readonly stack: 'kserve' | 'seldon';
  readonly part: string;
  readonly id: string;
  readonly side: Half['side'] | 'feedback';
  readonly read: (body: Json, limits: LimitSettings) => Columns;
}

const KSERVE = { stack: 'kserve', part: 'component', id: 'id' } as const;
const SELDON = { stack: 'seldon', part: 'modelid', id: 'requestid' } as const;

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['org.kubeflow.serving.inference.request', { ...KSERVE, side: 'request', read: inputsOf }],
  ['org.kubeflow.serving.inference.response', { ...KSERVE, side: 'response', read: outputsOf }],
  ['io.seldon.serving.inference.request', { ...SELDON, side: 'request', read: seldonInputsOf }],
  ['io.seldon.serving.inference.response', { ...SELDON, side: 'response', read: seldonOutputsOf }],
  ['io.seldon.serving.feedback', { ...SELDON, side: 'feedback', read: seldonInputsOf }],
]);

/** Reads events: halves of inferences, or labels. Throws BadRequestError when the body is none or cannot be read. */
export function readCloudEvent(body: Buffer, options: EventOptions): void {
  const headers = options.request.headers ?? {};
  const type = (headers['content-type'] ?? '').trim().toLowerCase();
  if (type.startsWith('application/cloudevents-batch+json')) readBatch(parsed(body), options);
  else if (type.startsWith('application/cloudevents+json')) readEvent(structured(parsed(body)), options);
  else readEvent({ attributes: withoutPrefix(headers), data: parsed(body) }, options);
}

/** One that cannot be read is refused alone. */
function readBatch(list: unknown, options: EventOptions): void {
  if (!Array.isArray(list)) throw new BadRequestError('A batch of CloudEvents must be a list of them.');
  for (const one of list)
    try {
      readEvent(structured(one), options);
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      options.builder.refuse('malformed', error.message);
    }
}

function readEvent(event: Event, options: EventOptions): void {
  const { type = '', id = '' } = event.attributes;
  if (type === '' || id === '') throw new BadRequestError(NO_EVENT);
  const kind = KINDS.get(type);
  if (kind === undefined) {
    options.builder.refuse(
      'unknown_event',
      `Events of type ${quoted(type)} were not stored; known are ${[...KINDS.keys()].join(', ')}.`,
    );
    return;
  }
  const { data } = event;
  if (!isObject(data))
    throw new BadRequestError('The data of the event must be an object in JSON; other bodies are not read.');
  const named = namesOf(event, kind);
  if (kind.side === 'feedback') readFeedback(data, named, options);
  else readHalf(kind.read(data, options.limits), { ...named, side: kind.side }, options);
}

const NO_EVENT =
  'The request is no CloudEvent: it needs the headers ce-id and ce-type, or the content type application/cloudevents+json.';

/** The attributes stand beside the data, which may be in base64. */
function structured(event: unknown): Event {
  const { data, data_base64: packed, ...rest } = isObject(event) ? event : {};
  const attributes = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return { attributes, data: typeof packed === 'string' ? parsed(Buffer.from(packed, 'base64')) : data };
}

function parsed(body: Buffer): unknown {
  try {
    return parseJson(utf8Text(body));
  } catch (cause) {
    throw new BadRequestError(
      'The body of the event is not JSON; JSON of the protocols V1, V2 and Seldon is read, binary tensors and gRPC are not.',
      { cause },
    );
  }
}

function withoutPrefix(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('ce-') ? [[name.slice(3), value]] : [],
    ),
  );
}

function namesOf({ attributes }: Event, { stack, part, id: idName }: Kind) {
  const { inferenceservicename = '', namespace = '', endpoint = '', time = '' } = attributes;
  const own = attributes[part] ?? '';
  const id = attributes[idName] ?? '';
  if (inferenceservicename === '')
    throw new BadRequestError(
      'The event names no inference service; send the header ce-inferenceservicename.',
    );
  if (id === '') throw new BadRequestError(`The event names no request; send the header ce-${idName}.`);
  const told = { namespace, endpoint, [part]: own };
  return {
    pair: JSON.stringify([stack, namespace, inferenceservicename, own, endpoint, id]),
    model: own === '' || own === 'predictor' ? inferenceservicename : `${inferenceservicename}/${own}`,
    id,
    version: textOf(endpoint),
    segments: Object.fromEntries(Object.entries(told).filter(([, text]) => text !== '')),
    moment: momentOf(time),
  };
}

function readHalf(
  columns: Columns,
  named: ReturnType<typeof namesOf> & { readonly side: Half['side'] },
  { builder, limits, request, pii }: EventOptions,
): void {
  if (columns.rows === 0) {
    builder.refuse('missing_value', 'An inference event holds no rows; there is nothing to store.');
    return;
  }
  tellColumns(columns, builder);
  const half = halfOf(
    { ...named, version: columns.version ?? named.version, columns },
    { tenant: builder.tenant, receivedAtMs: request.receivedAtMs, limits, pii },
  );
  builder.halves.push(half);
}

function readFeedback(data: Json, named: ReturnType<typeof namesOf>, options: EventOptions): void {
  const { builder, limits } = options;
  const { record, moment } = builder;
  const { id, values, source } = feedbackOf(data, limits);
  values.forEach((value, row) => {
    builder.begin();
    moment.timeMs = named.moment.timeMs;
    moment.restNs = named.moment.restNs;
    const put = (field: (typeof FIELD)[keyof typeof FIELD], told: typeof value) =>
      record.put({ kind: 'field', field, alias: 0 }, told, { key: 'feedback', level: LEVEL.record });
    put(FIELD.model, named.model);
    put(FIELD.id, rowId(id ?? named.id, row, values.length));
    put(FIELD.label, value);
    put(FIELD.source, source);
    builder.end('label');
  });
}
