import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import type { IngestOptions } from '../../../../server/ingest/front.ts';
import { otlpGrpc } from '../../../../server/ingest/grpc.ts';
import { listenGrpc } from '../../../../server/listen.ts';
import type { Listener } from '../../../../server/listen.ts';
import type { FuzzCase } from './case.ts';

/** Sends calls of gRPC over a connection, as its bytes and not as a library would frame them. */

/** A call that is not answered by then never will be. */
const LIMIT_MS = 60_000;

export interface CallAnswer {
  /** Of gRPC; null where HTTP alone was spoken. */
  readonly code: number | null;
  readonly status: number;
  readonly message: string;
  readonly body: Buffer;
}

export class Caller {
  readonly #options = new Map<string, IngestOptions>();
  #listener: Listener | null = null;
  #session: ClientHttp2Session | null = null;
  #calls = 0;

  async open(): Promise<void> {
    this.#listener = await listenGrpc(
      (stream, headers) => {
        const options = this.#options.get(String(headers['x-call']));
        if (options !== undefined) otlpGrpc(options)(stream, headers);
      },
      { host: '127.0.0.1', port: 0 },
    );
    this.#session = connect(this.#listener.url);
  }

  async close(): Promise<void> {
    this.#session?.destroy();
    await this.#listener?.close(1000);
  }

  /** Resolves with the answer, and with words where there is none. */
  async send(one: FuzzCase, options: IngestOptions): Promise<CallAnswer | string> {
    const call = String((this.#calls += 1));
    this.#options.set(call, options);
    try {
      return await this.#answer(one, call);
    } finally {
      this.#options.delete(call);
    }
  }

  #answer({ headers, body, cuts = [] }: FuzzCase, call: string): Promise<CallAnswer | string> {
    const session = this.#session;
    if (session === null) throw new Error('not open');
    const stream = session.request({ ':method': 'POST', ...headers, 'x-call': call });
    const found = { headers: {} as IncomingHttpHeaders, trailers: {} as IncomingHttpHeaders, error: '' };
    const chunks: Buffer[] = [];
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        found.error = `not answered within ${LIMIT_MS} ms`;
        stream.destroy();
      }, LIMIT_MS);
      stream.on('response', (told) => (found.headers = told));
      stream.on('trailers', (told) => (found.trailers = told));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (error) => (found.error = String(error)));
      stream.on('close', () => {
        clearTimeout(timer);
        const status = Number(found.headers[':status'] ?? 0);
        const told = { ...found.headers, ...found.trailers };
        const code = told['grpc-status'] === undefined ? null : Number(told['grpc-status']);
        const message = String(told['grpc-message'] ?? '');
        resolve(
          status === 0 ? found.error || 'closed' : { code, status, message, body: Buffer.concat(chunks) },
        );
      });
      const ends = [...cuts, body.length];
      ends.forEach((end, at) => stream.write(body.subarray(ends[at - 1] ?? 0, end)));
      stream.end();
    });
  }
}
