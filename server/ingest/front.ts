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
import { readBody } from './body.ts';
import type { BytesInFlight, Room } from './body.ts';

export interface IngestOptions {
  readonly ingest: (request: IngestRequest) => Promise<IngestReply>;
  /** Who sends, by the key in the headers. */
  readonly authenticate: (headers: Headers) => Promise<Principal | 'missing' | 'unknown'>;
  readonly now: () => number;
  readonly limits: LimitSettings;
  /** One for all apps of the process. */
  readonly inFlight: BytesInFlight;
  /** Told of every request that was answered. */
  readonly onIngest: (observation: IngestObservation) => void;
}

export interface Sent {
  readonly route: IngestRoute;
  readonly protocol: Protocol;
  readonly request: Request;
}

export type Outcome =
  | { readonly status: 200; readonly reply: IngestReply }
  | {
      readonly status: 400 | 401 | 403 | 413 | 415 | 503;
      readonly message: string;
      readonly reply?: IngestReply;
    };

/** The way of a request from its headers to its reply, the same for every format. */
export class IngestFront {
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  async handle(sent: Sent): Promise<Outcome> {
    const startedAt = performance.now();
    const seen = { tenant: null as string | null, bytes: 0 };
    const outcome = await this.#outcome(sent, seen).catch(failure);
    this.#tell(sent.protocol, outcome, { ...seen, seconds: (performance.now() - startedAt) / 1000 });
    return outcome;
  }

  /** A body of a type that is not taken: counted, not read. */
  unsupported(protocol: Protocol, message: string): Outcome {
    const outcome: Outcome = { status: 415, message };
    this.#tell(protocol, outcome, { tenant: null, bytes: 0, seconds: 0 });
    return outcome;
  }

  /** A request to where nothing is taken: counted, not read. */
  misdirected(status: 404 | 405): void {
    this.#tell('otlp-protobuf', { status }, { tenant: null, bytes: 0, seconds: 0 });
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

  async #outcome(sent: Sent, seen: { tenant: string | null; bytes: number }): Promise<Outcome> {
    const tenant = tenantOf(await this.#options.authenticate(sent.request.headers));
    seen.tenant = tenant;
    const room = this.#options.inFlight.open(tenant);
    try {
      const request = await this.#read(sent, tenant, room);
      seen.bytes = request.body.byteLength;
      return outcomeOf(await this.#options.ingest(request));
    } finally {
      room.release();
    }
  }

  async #read({ request, route, protocol }: Sent, tenant: string, room: Room): Promise<IngestRequest> {
    const { headers } = request;
    const encoding = encodingOf(headers);
    const packed = encoding !== 'identity';
    const { maxCompressedBytes, maxBodyBytes } = this.#options.limits;
    const body = await readBody(request, {
      maxBytes: packed ? maxCompressedBytes : maxBodyBytes,
      limit: packed ? 'limits.maxCompressedBytes' : 'limits.maxBodyBytes',
      room,
    });
    const idempotencyKey = route === 'logs' ? null : headers.get('idempotency-key');
    return {
      tenant,
      route,
      protocol,
      encoding,
      body,
      receivedAtMs: this.#options.now(),
      ...(idempotencyKey !== null && { idempotencyKey }),
    };
  }
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

function encodingOf(headers: Headers): Encoding {
  const encoding = (headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'gzip') return encoding;
  if (encoding === 'identity' || encoding === 'none' || encoding === '') return 'identity';
  throw new BadRequestError('This Content-Encoding is not taken; send the body with gzip or as it is.', {
    status: 415,
  });
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

/** The media type without its parameters. */
export function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
