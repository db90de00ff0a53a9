import type { Batch, RowStore } from '../batch.ts';
import { BadRequestError } from '../errors.ts';
import type { IngestReply, IngestRequest, Rejection } from '../model.ts';
import type { LimitSettings, PiiSettings } from '../settings.ts';
import type { ParquetReader } from '../table.ts';
import { BentomlSenders } from './bentoml-senders.ts';
import { BatchBuilder } from './builder.ts';
import { digestOf } from './digest.ts';
import { FORMATS, TIMED } from './formats.ts';
import type { FormatRequest } from './formats.ts';
import { inflate } from './inflate.ts';
import { mergedMessages, ToldTwice } from './otlp-merge.ts';
import { applyPii, piiRules } from './pii.ts';
import type { PiiRules } from './pii.ts';
import type { Quarantine, Shapes } from './quarantine.ts';
import { asReferenceSet, limitsOf } from './reference-set.ts';
import { TextTable } from './text-table.ts';

export interface Ingest {
  /** Decodes and stores a request. Never rejects for anything a client sent. */
  readonly ingest: (request: IngestRequest) => Promise<IngestReply>;
}

interface Answer {
  readonly reply: IngestReply;
  readonly isRepeat: boolean;
  readonly shapes?: Shapes;
}

const NOTHING = { predictions: 0, labels: 0 };

export interface IngestParts {
  readonly store: RowStore;
  readonly limits: LimitSettings;
  readonly quarantine?: Quarantine;
  readonly pii?: readonly PiiSettings[];
  readonly parquet?: ParquetReader;
  readonly bentoml?: BentomlSenders;
}

/** Joins decoding to a store of rows. */
export function createIngest(parts: IngestParts): Ingest {
  const { store, quarantine } = parts;
  const decoded = decoder(parts);
  const answer = async (request: IngestRequest): Promise<Answer> => {
    const digest = request.digest ?? digestOf(request);
    const repeated = store.repeated(digest, request.receivedAtMs);
    if (repeated !== null) return { reply: await repeated, isRepeat: true };
    try {
      const batch = await decoded(request, digest);
      // Another copy may have come while this one was read.
      const copy = store.repeated(digest, request.receivedAtMs);
      if (copy !== null) return { reply: await copy, isRepeat: true };
      const { shapes } = batch;
      return { reply: await stored(store, batch), isRepeat: false, ...(shapes !== undefined && { shapes }) };
    } catch (error) {
      if (error instanceof BadRequestError) return { reply: refused(error), isRepeat: false };
      throw error;
    }
  };
  return {
    ingest: async (request) => {
      const { reply, shapes, isRepeat } = await answer(request);
      if (!isRepeat) quarantine?.add(request, reply, shapes);
      return reply;
    },
  };
}

/** Unpacks and reads requests, and hides what their tenants must not store. */
function decoder({ limits, pii = [], parquet, bentoml = new BentomlSenders() }: IngestParts) {
  const piiOf = new Map(pii.map((settings) => [settings.tenant, piiRules(settings)]));
  const unpacking = new Turns();
  const memory = { limits, texts: new TextTable(), bentoml, parquet };
  return (request: IngestRequest, digest: string): Promise<Batch> =>
    unpacking.take(async () => {
      const rules = piiOf.get(request.tenant);
      const read = await decode(await unpacked(request, limits), { ...memory, request, digest, pii: rules });
      const batch = asReferenceSet(read, request);
      return rules === undefined ? batch : applyPii(batch, rules);
    });
}

function stored(store: RowStore, batch: Batch): Promise<IngestReply> {
  if (batch.models.length > 0 || batch.halves !== undefined) return store.append(batch);
  return Promise.resolve({
    status: 'ok',
    accepted: NOTHING,
    repeated: 0,
    rejected: batch.rejected,
    ...(batch.warnings.length > 0 && { warnings: batch.warnings }),
  });
}

async function unpacked(request: IngestRequest, limits: LimitSettings): Promise<Buffer> {
  const { encoding } = request;
  if (encoding !== 'identity') return inflate(request.body, { encoding, maxBytes: limits.maxBodyBytes });
  if (request.body.byteLength <= limits.maxBodyBytes)
    return Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength);
  throw new BadRequestError(
    `The body has ${request.body.byteLength} bytes, at most ${limits.maxBodyBytes} are taken; send smaller requests.`,
    { status: 413 },
  );
}

/** About so many bytes tell one value, with its name, in protobuf. */
const BYTES_PER_VALUE = 32;

/** Reads an unpacked body into columns. Throws BadRequestError when it is not what its format says. */
export function decode(body: Buffer, options: DecodeOptions): Batch | Promise<Batch> {
  try {
    return readOnce(body, options);
  } catch (error) {
    if (!(error instanceof ToldTwice)) throw error;
    return readOnce(mergedMessages(body), options);
  }
}

interface DecodeOptions {
  readonly request: FormatRequest &
    Pick<IngestRequest, 'tenant' | 'protocol' | 'idempotencyKey' | 'referenceSet'>;
  readonly digest: string;
  readonly limits: LimitSettings;
  readonly texts: TextTable;
  readonly bentoml?: BentomlSenders;
  readonly parquet?: ParquetReader | undefined;
  readonly pii?: PiiRules | undefined;
}

function readOnce(body: Buffer, options: DecodeOptions): Batch | Promise<Batch> {
  const { request, texts, digest, bentoml, parquet, pii } = options;
  const limits = limitsOf(request, options.limits);
  const { tenant, receivedAtMs, protocol } = request;
  const builder = new BatchBuilder({
    tenant,
    receivedAtMs,
    limits,
    timed: TIMED.has(protocol),
    cells: Math.ceil(body.length / BYTES_PER_VALUE),
    ...(bentoml !== undefined && { bentoml }),
    ...(request.referenceSet !== undefined && { model: request.referenceSet.model }),
  });
  const finish = () => {
    const nameable = TIMED.has(protocol) || request.idempotencyKey !== undefined || !builder.anonymous;
    return builder.finish(nameable ? digest : null);
  };
  const reading = FORMATS[protocol](body, { builder, limits, texts, request, parquet, pii });
  return reading === undefined ? finish() : reading.then(finish);
}

function refused(error: BadRequestError): IngestReply {
  const tooLarge = error.status === 413;
  const rejection: Rejection = {
    reason: tooLarge ? 'too_large' : 'malformed',
    count: 1,
    message: error.message,
  };
  return {
    status: tooLarge ? 'too_large' : 'bad_request',
    accepted: NOTHING,
    repeated: 0,
    rejected: [rejection],
  };
}

/** Lets few bodies be unpacked at a time: small ones may grow a thousandfold. */
class Turns {
  #free = 2;
  readonly #waiting: (() => void)[] = [];

  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
