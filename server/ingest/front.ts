import { BadRequestError, RetryableError } from '../errors.ts';
import type { IngestObservation } from '../metrics.ts';
import type { IngestReply, IngestRequest, IngestRoute, Principal, Protocol } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { BytesInFlight, readBody } from './body.ts';

export interface IngestOptions {
  readonly ingest: (request: IngestRequest) => Promise<IngestReply>;
  /** Who sends, by the key in the headers. */
  readonly authenticate: (headers: Headers) => Promise<Principal | 'missing' | 'unknown'>;
  readonly now: () => number;
  readonly limits: LimitSettings;
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
  readonly #inFlight: BytesInFlight;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#inFlight = new BytesInFlight(options.limits.maxBytesInFlight);
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

  #tell(
    protocol: Protocol,
    outcome: Outcome,
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
    const { headers } = sent.request;
    const tenant = tenantOf(await this.#options.authenticate(headers));
    seen.tenant = tenant;
    const gzip = isGzip(headers);
    const { maxCompressedBytes, maxBodyBytes } = this.#options.limits;
    const maxBytes = gzip ? maxCompressedBytes : maxBodyBytes;
    const { body, release } = await readBody(sent.request, { maxBytes, inFlight: this.#inFlight });
    seen.bytes = body.byteLength;
    try {
      const { route, protocol } = sent;
      const receivedAtMs = this.#options.now();
      return outcomeOf(await this.#options.ingest({ tenant, route, protocol, gzip, body, receivedAtMs }));
    } finally {
      release();
    }
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

function isGzip(headers: Headers): boolean {
  const encoding = (headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'gzip') return true;
  if (encoding === 'identity' || encoding === 'none' || encoding === '') return false;
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
  if (status === 413) return [{ reason: 'too_large', count: 1 }];
  return status === 415 ? [{ reason: 'unsupported_type', count: 1 }] : [];
}

/** The media type without its parameters. */
export function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
