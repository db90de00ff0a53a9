import { BadRequestError, RetryableError } from '../errors.ts';
import type { IngestObservation } from '../metrics.ts';
import type {
  Encoding,
  IngestReply,
  IngestRequest,
  IngestRoute,
  Principal,
  Protocol,
  RejectReason,
} from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { Quota } from './quota.ts';
import type { RefusedRequest } from './refused-unread.ts';
import { digestOf } from './digest.ts';
import type { BytesInFlight, Room } from './room.ts';

export interface IngestOptions {
  readonly ingest: (request: IngestRequest) => Promise<IngestReply>;
  /** Who sends, by the key in the headers. */
  readonly authenticate: (headers: HeaderLookup) => Promise<Principal | 'missing' | 'unknown'>;
  readonly now: () => number;
  readonly limits: LimitSettings;
  /** One for all apps of the process. */
  readonly inFlight: BytesInFlight;
  /** Told of what a known tenant sent and nobody read: the store knows nothing of it. */
  readonly onRefusedUnread?: (refused: RefusedRequest) => void;
  /** Told of every request that was answered. */
  readonly onIngest: (observation: IngestObservation) => void;
}

/** A header's value by its name in lower case, null where it was not sent. */
export type HeaderLookup = Pick<Headers, 'get'>;

/** A request as its transport hands it on, its body not read yet. */
export interface Sent {
  readonly route: IngestRoute;
  readonly protocol: Protocol;
  readonly headers: HeaderLookup;
  /** The `ce-` headers of a CloudEvent and its content type. */
  readonly eventHeaders?: Readonly<Record<string, string>>;
  /** Rows of a set that a baseline is to be made of. `tenant`: the one that is meant, where that was said. */
  readonly referenceSet?: { readonly model: string; readonly set: string; readonly tenant: string | null };
  /** Reads the body once the sender is known. */
  readonly read: (means: { readonly limits: LimitSettings; readonly room: Room }) => Promise<SentBody>;
}

/** `body` is as received; `encoding` says how it still is compressed. */
export interface SentBody {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly encoding: Encoding;
}

export type Outcome =
  | { readonly status: 200; readonly reply: IngestReply }
  | {
      readonly status: 400 | 401 | 403 | 413 | 415 | 429 | 503;
      readonly message: string;
      readonly reply?: IngestReply;
    };

interface Seen {
  tenant: string | null;
  bytes: number;
}

/** The way of a request from its headers to its reply, the same for every transport and format. */
export class IngestFront {
  readonly #options: IngestOptions;
  readonly #quota: Quota | null;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { maxBytesPerSecondPerTenant: quota } = options.limits;
    this.#quota = quota === undefined ? null : new Quota(quota);
  }

  async handle(sent: Sent): Promise<Outcome> {
    const startedAt = performance.now();
    const seen: Seen = { tenant: null, bytes: 0 };
    const outcome = await this.#outcome(sent, seen).catch(failure);
    if (seen.tenant !== null) this.#tellUnread(sent.protocol, seen.tenant, outcome);
    this.#tell(sent.protocol, outcome, { ...seen, seconds: (performance.now() - startedAt) / 1000 });
    return outcome;
  }

  /** A body of a type that is not taken: counted, not read. */
  async unsupported(
    { protocol, headers }: Pick<Sent, 'protocol' | 'headers'>,
    message: string,
  ): Promise<Outcome> {
    const outcome: Outcome = { status: 415, message };
    const principal = await this.#options.authenticate(headers).catch(() => 'unknown' as const);
    const tenant = typeof principal === 'string' ? null : principal.tenant;
    if (tenant !== null) this.#tellUnread(protocol, tenant, outcome);
    this.#tell(protocol, outcome, { tenant, bytes: 0, seconds: 0 });
    return outcome;
  }

  #tellUnread(protocol: Protocol, tenant: string, outcome: Outcome): void {
    if (outcome.status === 200 || outcome.reply !== undefined) return;
    const { message, status } = outcome;
    const reason = REASONS[status];
    if (reason === undefined) return;
    this.#options.onRefusedUnread?.({ tenant, protocol, reason, message, atMs: this.#options.now() });
  }

  /** A request to where nothing is taken: counted, not read. */
  misdirected(status: 404 | 405, protocol: Protocol = 'otlp-protobuf'): void {
    this.#tell(protocol, { status }, { tenant: null, bytes: 0, seconds: 0 });
  }

  #tell(
    protocol: Protocol,
    outcome: { readonly status: number; readonly reply?: IngestReply },
    seen: Pick<IngestObservation, 'tenant' | 'bytes' | 'seconds'>,
  ): void {
    const { reply, status } = outcome;
    this.#options.onIngest({
      ...seen,
      protocol,
      status,
      accepted: reply?.accepted ?? { predictions: 0, labels: 0 },
      repeated: reply?.repeated ?? 0,
      rejected: reply?.rejected ?? refusalOf(status),
    });
  }

  async #outcome(sent: Sent, seen: Seen): Promise<Outcome> {
    const { authenticate, inFlight, limits, ingest } = this.#options;
    const tenant = tenantOf(await authenticate(sent.headers));
    const { referenceSet } = sent;
    if (referenceSet !== undefined && (referenceSet.tenant ?? tenant) !== tenant)
      throw new BadRequestError('The API key is of another tenant; use one of the tenant the model is of.', {
        status: 403,
      });
    seen.tenant = tenant;
    if (this.#quota?.admits(tenant, performance.now()) === false)
      return { status: 429, message: overQuota(limits) };
    const room = inFlight.open(tenant);
    try {
      const read = await sent.read({ limits, room });
      seen.bytes = read.body.byteLength;
      this.#quota?.charge(tenant, seen.bytes, performance.now());
      return outcomeOf(await ingest(this.#request(sent, tenant, read)));
    } finally {
      room.release();
    }
  }

  #request(sent: Sent, tenant: string, read: SentBody): IngestRequest {
    const { route, protocol, eventHeaders, referenceSet } = sent;
    const idempotencyKey = nameOf(sent);
    const request = {
      tenant,
      route,
      protocol,
      ...read,
      receivedAtMs: this.#options.now(),
      ...(eventHeaders !== undefined && { headers: eventHeaders }),
      ...(idempotencyKey !== null && { idempotencyKey }),
      ...(referenceSet !== undefined && {
        referenceSet: { model: referenceSet.model, set: referenceSet.set },
      }),
    };
    // Here, because the thread that decodes has more to do than this one.
    return { ...request, digest: digestOf(request) };
  }
}

/** What the sender calls the request. The two events of one call have one id and differ in their type. */
function nameOf({ route, headers, eventHeaders }: Sent): string | null {
  if (route === 'logs') return null;
  const told = headers.get('idempotency-key');
  if (told !== null || eventHeaders?.['ce-id'] === undefined) return told;
  return JSON.stringify(['ce-source', 'ce-id', 'ce-type'].map((name) => eventHeaders[name]));
}

function tenantOf(principal: Principal | 'missing' | 'unknown'): string {
  if (principal === 'missing')
    throw new BadRequestError(
      'No API key was sent; send one as "Authorization: Bearer <key>" or "x-api-key: <key>".',
      { status: 401 },
    );
  if (principal === 'unknown')
    throw new BadRequestError(
      'The API key is not known or was revoked; make one with ./leeway keys create.',
      {
        status: 401,
      },
    );
  if (!principal.scopes.some((scope) => scope === 'ingest' || scope === 'admin'))
    throw new BadRequestError('The API key may not ingest; send one with the scope ingest.', { status: 403 });
  if (principal.tenant === null)
    throw new BadRequestError('The API key belongs to no tenant; send one of the tenant the model is of.', {
      status: 403,
    });
  return principal.tenant;
}

function overQuota({ maxBytesPerSecondPerTenant }: LimitSettings): string {
  return `This tenant has sent more than its ${maxBytesPerSecondPerTenant} bytes a second; send this request again in a second, fewer rows, or raise limits.maxBytesPerSecondPerTenant.`;
}

function outcomeOf(reply: IngestReply): Outcome {
  const message = reply.rejected[0]?.message ?? '';
  if (reply.status === 'ok') return { status: 200, reply };
  if (reply.status === 'too_large') return { status: 413, message, reply };
  if (reply.status === 'bad_request') return { status: 400, message, reply };
  return { status: 503, message: CANNOT_STORE };
}

const CANNOT_STORE = 'The rows could not be stored just now; send this request again in a second.';

/** Whatever goes wrong inside is told as a reason to try again, never as the sender's fault. */
function failure(error: unknown): Outcome {
  if (error instanceof BadRequestError) {
    const status = error.status === 404 || error.status === 409 ? 400 : error.status;
    return { status, message: error.message };
  }
  return { status: 503, message: error instanceof RetryableError ? error.message : CANNOT_STORE };
}

function refusalOf(status: number): IngestObservation['rejected'] {
  const reason = REASONS[status];
  return reason === undefined ? [] : [{ reason, count: 1 }];
}

/** Of requests that are refused before a record of them is read. */
const REASONS: Readonly<Record<number, RejectReason>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown_path',
  405: 'wrong_method',
  413: 'too_large',
  415: 'unsupported_type',
};
