import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';

/** One attempt of a client as it came. */
export interface Attempt {
  readonly atMs: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body's bytes: over gRPC of the message, unpacked. */
  readonly digest: string;
}

/** A receiver that refuses as often as it is told, as Leeway does, and then accepts. */
export interface Scripted {
  readonly attempts: readonly Attempt[];
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const digestOf = (body: Buffer) => createHash('sha256').update(body).digest('hex').slice(0, 16);

/** Answers 503 with Retry-After: 1. */
export function scriptedHttp(port: number, refusals: number): Scripted {
  const attempts: Attempt[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const digest = digestOf(Buffer.concat(chunks));
    attempts.push({ atMs: performance.now(), path: request.url ?? '', headers, digest });
    const type = { 'content-type': headers['content-type'] ?? 'application/x-protobuf' };
    if (attempts.length <= refusals) response.writeHead(503, { ...type, 'retry-after': '1' }).end();
    else response.writeHead(200, type).end(type['content-type'] === 'application/json' ? '{}' : '');
  };
  const server = createServer((request, response) => void answer(request, response));
  return {
    attempts,
    listen: async () => {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((closed) => server.close(closed));
    },
  };
}

const UNAVAILABLE = 14;
/** RetryInfo with a delay of one second, and a Status that holds it. */
const RETRY_INFO = Buffer.from([0x0a, 0x02, 0x08, 0x01]);
const TYPE = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
const ANY = Buffer.concat([
  Buffer.from([0x0a, TYPE.length]),
  TYPE,
  Buffer.from([0x12, RETRY_INFO.length]),
  RETRY_INFO,
]);
const STATUS = Buffer.concat([Buffer.from([0x08, UNAVAILABLE, 0x1a, ANY.length]), ANY]);
const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** Answers UNAVAILABLE with RetryInfo in both trailers. */
export function scriptedGrpc(port: number, refusals: number): Scripted {
  const attempts: Attempt[] = [];
  const server = new Server();
  const same = (bytes: Buffer) => bytes;
  const definition = {
    path: EXPORT,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { export: definition },
    {
      export: (
        call: { readonly request: Buffer; readonly metadata: Metadata },
        done: (error: object | null, answer?: Buffer) => void,
      ) => {
        const headers = Object.fromEntries(
          Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]),
        );
        attempts.push({ atMs: performance.now(), path: EXPORT, headers, digest: digestOf(call.request) });
        if (attempts.length > refusals) return done(null, Buffer.alloc(0));
        const metadata = new Metadata();
        metadata.set('google.rpc.retryinfo-bin', RETRY_INFO);
        metadata.set('grpc-status-details-bin', STATUS);
        done({ code: UNAVAILABLE, details: 'busy', metadata });
      },
    },
  );
  return {
    attempts,
    listen: () =>
      new Promise((resolve, reject) => {
        server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
          error === null ? resolve() : reject(error),
        );
      }),
    close: async () => server.forceShutdown(),
  };
}
