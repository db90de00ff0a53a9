import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { BROKEN } from './connection.ts';
import type { Answer, Connection } from './connection.ts';

/** gRPC's status in the words of HTTP. */
const STATUSES: Readonly<Record<string, number>> = {
  '0': 200,
  '3': 400,
  '7': 403,
  '8': 429,
  '14': 503,
  '16': 401,
};

/** Windows as wide as a request, as senders of much set them; Node's own would stop and go. */
const WINDOW_BYTES = 4 * 2 ** 20;

/** A unary gRPC call after another, without a gRPC library: its cost would be the sender's. */
export class GrpcConnection implements Connection {
  readonly #session: ClientHttp2Session;
  readonly #headers: OutgoingHttpHeaders;

  private constructor(session: ClientHttp2Session, headers: OutgoingHttpHeaders) {
    this.#session = session;
    this.#headers = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', ...headers };
  }

  static to(url: string, headers: OutgoingHttpHeaders): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const session = connect(url, { settings: { initialWindowSize: WINDOW_BYTES } }, () =>
        resolve(new GrpcConnection(session, headers)),
      );
      session.once('error', reject);
    });
  }

  usable(): boolean {
    return !this.#session.destroyed && !this.#session.closed;
  }

  send(body: Buffer): Promise<Answer> {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(body.length, 1);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const stream = this.#session.request(this.#headers);
    const seen = { status: '', message: '' };
    const look = (headers: IncomingHttpHeaders) => {
      seen.status = headerOf(headers, 'grpc-status') ?? seen.status;
      seen.message = headerOf(headers, 'grpc-message') ?? seen.message;
    };
    stream.on('response', look);
    stream.on('trailers', look);
    stream.on('error', () => resolve(BROKEN));
    stream.on('close', () =>
      resolve(
        seen.status === ''
          ? BROKEN
          : {
              status: STATUSES[seen.status] ?? 500,
              body: Buffer.from(`grpc ${seen.status} ${seen.message}`),
            },
      ),
    );
    stream.resume();
    stream.write(prefix);
    stream.end(body);
    return promise;
  }

  end(): void {
    this.#session.destroy();
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
