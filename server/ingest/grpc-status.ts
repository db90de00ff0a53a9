import type { OutgoingHttpHeaders } from 'node:http2';
import { RETRY_INFO, isRetryable, rpcCode, statusResponse } from './otlp-reply.ts';

/** Senders take headers of 8 KB at least, all of them together. */
const MOST_CHARACTERS = 1000;

/**
 * The trailers that refuse a call. Some senders look for the hint to come again in `grpc-status-details-bin`, some in a
 * trailer of its own; both have it.
 */
export function refusalTrailers(problem: {
  readonly status: number;
  readonly message: string;
}): OutgoingHttpHeaders {
  const message = problem.message.slice(0, MOST_CHARACTERS);
  const { status } = problem;
  return {
    'grpc-status': String(rpcCode(status)),
    'grpc-message': percentEncoded(message),
    'grpc-status-details-bin': base64(statusResponse('application/x-protobuf', { status, message })),
    ...(isRetryable(status) && { 'google.rpc.retryinfo-bin': base64(RETRY_INFO) }),
  };
}

/** Everything but printable ASCII, and the sign itself. */
function percentEncoded(message: string): string {
  return [...Buffer.from(message)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
