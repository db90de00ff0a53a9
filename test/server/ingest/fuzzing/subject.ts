import { BytesInFlight, jsonIngestApp, otlpApp } from '../../../../server/ingest/http.ts';
import type { IngestOptions } from '../../../../server/ingest/http.ts';
import { decode } from '../../../../server/ingest/ingest.ts';
import { TextTable } from '../../../../server/ingest/text-table.ts';
import { BadRequestError } from '../../../../server/errors.ts';
import type { IngestReply, IngestRequest, Principal } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import type { LimitSettings } from '../../../../server/settings.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import { KEY, LIMITS, MODEL, NOW, scratch } from '../../store/duckdb/support.ts';
import { Caller } from './caller.ts';
import type { FuzzCase } from './case.ts';
import { differenceOf, secondOpinion } from './oracle.ts';

/** An appliance's way in, with the real store behind it, and what must hold whatever is sent. */

const limits: LimitSettings = {
  ...LIMITS,
  maxCompressedBytes: 300_000,
  maxBodyBytes: 1_500_000,
  maxFeatures: 200,
  maxModelsPerTenant: 20,
};

const KEYS: Readonly<Record<string, Principal>> = {
  writer: { name: 'writer', tenant: KEY.tenant, scopes: ['ingest'] },
  other: { name: 'other', tenant: 'other', scopes: ['ingest'] },
  reader: { name: 'reader', tenant: KEY.tenant, scopes: ['read'] },
};

/** What a request may be answered with. 503 is not among them: nothing here is short of room, so it would come for ever. */
const STATED = new Set([200, 400, 401, 403, 404, 405, 413, 415]);

/** And by gRPC: OK, INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAUTHENTICATED. */
const STATED_CODES = new Set([0, 3, 7, 8, 12, 16]);

/** Of the thread's own time, so that a busy machine is no failure: a start, and so much for each kilobyte. */
/** A loop without end is what is looked for; a collection of garbage may fall into the time of any decoding. */
const DECODE_MS = 1000;
const DECODE_MS_PER_KB = 0.5;

export interface Failure {
  readonly seed: number;
  readonly names: readonly string[];
  readonly what: string;
}

export class FuzzSubject {
  readonly #home = scratch();
  readonly #texts = new TextTable();
  readonly #caller = new Caller();
  #telemetry: Telemetry | null = null;
  /** Rows that senders were told are stored, over all lives. */
  #told = 0;

  async open(): Promise<void> {
    await this.#caller.open();
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#telemetry = await buildTelemetry({ folder: this.#home.folder, limits, models: [MODEL] });
  }

  get #open(): Telemetry {
    if (this.#telemetry === null) throw new Error('not open');
    return this.#telemetry;
  }

  async freeze(): Promise<void> {
    await this.#open.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
  }

  /** Sends all of them at once, as many senders would. */
  async send(cases: readonly FuzzCase[]): Promise<readonly Failure[]> {
    const found = await Promise.all(cases.map((one) => this.#sendOne(one)));
    return found.flat();
  }

  async #sendOne(one: FuzzCase): Promise<readonly Failure[]> {
    const replies: IngestReply[] = [];
    const ingest = async (request: IngestRequest) => {
      const reply = await this.#open.ingest(request);
      replies.push(reply);
      return reply;
    };
    const wrong = one.route === 'grpc' ? await this.#call(one, ingest) : await post(one, ingest);
    const [reply] = replies;
    const { accepted, repeated } = reply ?? NOTHING;
    this.#told += accepted.predictions + accepted.labels - repeated;
    const found = [
      wrong,
      reply === undefined ? null : sums(one, reply),
      one.isRefused === true && reply?.status === 'ok' ? 'taken, and should have been refused' : null,
      await this.#alone(one),
    ];
    return found.flatMap((what) => (what === null ? [] : [{ seed: one.seed, names: one.names, what }]));
  }

  async #call(one: FuzzCase, ingest: Ingest): Promise<string | null> {
    const answer = await this.#caller.send(one, optionsOf(ingest));
    if (typeof answer === 'string') return answer;
    const { code, status, message, body } = answer;
    if (code === null) return STATED.has(status) && status !== 200 ? null : `answered HTTP ${status}`;
    if (!STATED_CODES.has(code)) return `answered code ${code}: ${message}`;
    if (code !== 0)
      return message === '' || body.length > 0 ? 'refused without a word, or with a message' : null;
    return body.length >= 5 && body[0] === 0 && body.readUInt32BE(1) === body.length - 5
      ? null
      : `answered with a message that is in no frame: ${body.toString('hex')}`;
  }

  /** Decoded without the store: in time, without an error of ours, and with the values protobufjs reads. */
  async #alone({ protobuf, format, route, body, headers }: FuzzCase): Promise<string | null> {
    const protocol = protobuf === null ? format : 'otlp-protobuf';
    if (protocol === undefined) return null;
    const bytes = protobuf ?? body;
    const request = {
      tenant: KEY.tenant,
      route: route === 'grpc' ? 'logs' : route,
      protocol,
      receivedAtMs: NOW,
      headers,
    } as const;
    const allowedMs = DECODE_MS + (bytes.length / 1000) * DECODE_MS_PER_KB;
    const before = process.threadCpuUsage();
    try {
      const decoding = decode(bytes, { request, digest: 'fuzz', limits, texts: this.#texts });
      // All of these are read in one go; what other cases do meanwhile is not of this one.
      const spent = process.threadCpuUsage(before);
      const tookMs = (spent.user + spent.system) / 1000;
      if (tookMs > allowedMs) return `decoding ${bytes.length} bytes took ${tookMs} ms`;
      const batch = await decoding;
      const opinion = protobuf === null ? null : secondOpinion(protobuf);
      return opinion === null ? null : differenceOf(batch, opinion);
    } catch (error) {
      return error instanceof BadRequestError ? null : `decoding threw ${String(error)}`;
    }
  }

  /** Starts the store anew and holds it against what was told. */
  async check(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const { tenant, model } of await this.#open.catalog()) {
      const [first] = await this.#open.recount({ tenant, model });
      if (first !== undefined)
        wrong.push(`the counts of ${model.slice(0, 20)} are not those of its rows: ${JSON.stringify(first)}`);
    }
    const catalog = await this.#open.catalog();
    for (const tenant of new Set(catalog.map((entry) => entry.tenant)))
      if (catalog.filter((entry) => entry.tenant === tenant).length > limits.maxModelsPerTenant)
        wrong.push(`${tenant} has more models than it may`);
    for (const { model, features } of catalog)
      if (features.length > limits.maxFeatures + 2) wrong.push(`${model} has ${features.length} features`);
    await this.#open.close();
    const rows = await this.#rows();
    if (rows !== this.#told) wrong.push(`${rows} rows are stored, ${this.#told} were told to be`);
    await this.#start();
    return wrong;
  }

  async #rows(): Promise<number> {
    const database = await openDatabase(this.#home.folder);
    const [found] = await database.writer.rows(
      'SELECT (SELECT count(*) FROM predictions) + (SELECT count(*) FROM labels)',
    );
    database.close();
    return Number(found?.[0]);
  }

  async close(): Promise<void> {
    await this.#caller.close();
    await this.#telemetry?.close();
    this.#home.remove();
  }
}

const NOTHING = { accepted: { predictions: 0, labels: 0 }, repeated: 0 };

type Ingest = (request: IngestRequest) => Promise<IngestReply>;

function optionsOf(ingest: Ingest): IngestOptions {
  return {
    ingest,
    authenticate: async (headers) => {
      const key = headers.get('authorization')?.replace('Bearer ', '') ?? null;
      return key === null ? 'missing' : (KEYS[key] ?? 'unknown');
    },
    now: () => NOW,
    limits,
    inFlight: new BytesInFlight(limits.maxBytesInFlight),
    onIngest: () => {},
  };
}

/** Null when the answer is one that is stated. */
async function post(one: FuzzCase, ingest: Ingest): Promise<string | null> {
  const options = optionsOf(ingest);
  const app = one.route === 'logs' ? otlpApp(options) : jsonIngestApp(options);
  const answer = await app.request(one.path, {
    method: 'POST',
    headers: { ...one.headers },
    body: new Uint8Array(one.body),
  });
  const text = await answer.text();
  return STATED.has(answer.status) ? null : `answered ${answer.status}: ${text}`;
}

/** Every record is stored or refused. Halves that waited in vain are told in answers to others. */
function sums({ records }: FuzzCase, { status, accepted, rejected }: IngestReply): string | null {
  if (records === null || status !== 'ok') return null;
  const refused = rejected.reduce((sum, { count, reason }) => sum + (reason === 'unpaired' ? 0 : count), 0);
  const told = accepted.predictions + refused;
  if (told <= records.most && records.least <= told + accepted.labels) return null;
  return `${records.least} records were sent, ${JSON.stringify(accepted)} accepted, ${refused} refused`;
}
