import { constants } from 'node:http2';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { IngestFront } from './front.ts';
import type { IngestOptions, Outcome, Sent } from './front.ts';
import { deadlineOf } from './grpc-deadline.ts';
import { readMessage } from './grpc-message.ts';
import { refusalTrailers } from './grpc-status.ts';
import { lookup, mediaType } from './incoming.ts';
import { PACKED, encodingOf } from './inflate.ts';
import { exportResponse } from './otlp-reply.ts';

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const OTHER_SIGNAL = /^\/opentelemetry\.proto\.collector\.(trace|metrics|profiles)\./;
const TYPES = ['application/grpc', 'application/grpc+proto'];
/** Of a reply to a call: what it is, and how messages may be compressed. */
const REPLY: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ['identity', ...PACKED].join(','),
};
const DEADLINE_EXCEEDED: OutgoingHttpHeaders = {
  'grpc-status': '4',
  'grpc-message': 'The deadline passed before the rows were stored; they may be stored yet.',
};

export type GrpcHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** OTLP over gRPC: the one unary call of the logs service, on streams of node:http2. */
export function otlpGrpc(options: IngestOptions): GrpcHandler {
  const front = new IngestFront(options);
  return (stream, headers) => {
    // A sender that goes away is told by the reading; what is written to it then goes nowhere.
    stream.on('error', () => {});
    if (headers[':method'] !== 'POST') return refuseHttp(front, stream, { status: 405, headers });
    if (!TYPES.includes(mediaType(lookup(headers))))
      return refuseHttp(front, stream, { status: 415, headers });
    if (headers[':path'] !== EXPORT) return refuseMethod(front, stream, String(headers[':path']));
    void answer(front, stream, headers);
  };
}

async function answer(
  front: IngestFront,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const deadline = setTimeout(() => refuse(stream, DEADLINE_EXCEEDED), deadlineOf(headers['grpc-timeout']));
  const outcome = await front.handle(callOf(stream, headers));
  clearTimeout(deadline);
  reply(stream, outcome);
}

function callOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Sent {
  const found = lookup(headers);
  return {
    route: 'logs',
    protocol: 'otlp-grpc',
    headers: found,
    read: (means) => readMessage(stream, { ...means, encoding: encodingOf(found.get('grpc-encoding')) }),
  };
}

function reply(stream: ServerHttp2Stream, outcome: Outcome): void {
  if (outcome.status !== 200) return refuse(stream, refusalTrailers(outcome));
  if (isOver(stream)) return;
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(REPLY, { waitForTrailers: true });
  stream.end(framed(exportResponse('application/x-protobuf', outcome.reply)));
}

/** Ends the call without a message; the rest of what is being sent is not wanted. */
function refuse(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  if (isOver(stream)) return;
  stream.respond({ ...REPLY, ...trailers }, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
  stream.resume();
}

/** Answered already, or its sender is gone. */
function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent;
}

function refuseMethod(front: IngestFront, stream: ServerHttp2Stream, path: string): void {
  front.misdirected(404, 'otlp-grpc');
  const signal = OTHER_SIGNAL.exec(path)?.[1];
  const message =
    signal === undefined
      ? `Only ${EXPORT} is here.`
      : `Only log records are taken, by ${EXPORT}; ${signal} are not. Switch this signal's exporter off.`;
  refuse(stream, refusalTrailers({ status: 404, message }));
}

interface HttpRefusal {
  readonly status: 405 | 415;
  readonly headers: IncomingHttpHeaders;
}

const NO_GRPC = 'Send OTLP logs as application/grpc.';

/** What is no gRPC call is answered as HTTP answers. */
function refuseHttp(front: IngestFront, stream: ServerHttp2Stream, refusal: HttpRefusal): void {
  const { status } = refusal;
  if (status === 415)
    void front.unsupported({ protocol: 'otlp-grpc', headers: lookup(refusal.headers) }, NO_GRPC);
  else front.misdirected(status, 'otlp-grpc');
  const allow = status === 405 ? { allow: 'POST' } : {};
  stream.respond({ ':status': status, 'content-type': 'text/plain', ...allow });
  stream.end(status === 405 ? 'Send gRPC calls with POST.' : NO_GRPC);
  stream.resume();
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}
