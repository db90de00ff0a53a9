import type { IngestReply, Rejection } from '../model.ts';

/** Answers of OTLP in the request's own type. */

export type OtlpType = 'application/x-protobuf' | 'application/json';

interface Problem {
  readonly status: number;
  readonly message: string;
}

/** ExportLogsServiceResponse: what was refused is counted, what was kept with a remark is only told. */
export function exportResponse(type: OtlpType, reply: IngestReply): Uint8Array<ArrayBuffer> {
  const rejected = reply.rejected.reduce((sum, { count }) => sum + count, 0);
  const told = [...reply.rejected, ...(reply.warnings ?? [])];
  const errorMessage = told.map(sentence).join(' ');
  if (type === 'application/json')
    return utf8(
      JSON.stringify(
        told.length === 0 ? {} : { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage } },
      ),
    );
  if (told.length === 0) return new Uint8Array(0);
  const partial = [...(rejected > 0 ? [0x08, ...varint(rejected)] : []), ...text(2, errorMessage)];
  return Uint8Array.from(field(1, partial));
}

function sentence({ count, reason, message }: Rejection): string {
  return `${count} ${count === 1 ? 'record' : 'records'} (${reason}): ${message}`;
}

/** google.rpc.Status, with the detail that OTLP wants: what is bad of a bad request, when to come again with a good one. */
export function statusResponse(type: OtlpType, problem: Problem): Uint8Array<ArrayBuffer> {
  const code = rpcCode(problem.status);
  const { message } = problem;
  if (type === 'application/json') return utf8(JSON.stringify({ code, message, ...jsonDetails(problem) }));
  return Uint8Array.from([0x08, ...varint(code), ...text(2, message), ...details(problem)]);
}

/** google.rpc.RetryInfo: again in a second. */
export const RETRY_INFO = Uint8Array.from(field(1, [0x08, 1]));

/** Whether the same request may be stored later; the only statuses that OTLP senders repeat. */
export function isRetryable(status: number): boolean {
  return status === 429 || status === 503;
}

function details(problem: Problem): number[] {
  if (isRetryable(problem.status)) return field(3, any('RetryInfo', RETRY_INFO));
  if (problem.status !== 400) return [];
  return field(3, any('BadRequest', field(1, text(2, problem.message))));
}

function jsonDetails({ status, message }: Problem): object {
  if (isRetryable(status)) return { details: [{ '@type': typeOf('RetryInfo'), retryDelay: '1s' }] };
  if (status !== 400) return {};
  return { details: [{ '@type': typeOf('BadRequest'), fieldViolations: [{ description: message }] }] };
}

function any(name: string, value: Bytes): number[] {
  return [...text(1, typeOf(name)), ...field(2, value)];
}

function typeOf(name: string): string {
  return `type.googleapis.com/google.rpc.${name}`;
}

/** gRPC's code for an HTTP status. A quota is UNAVAILABLE like overload: not every sender repeats RESOURCE_EXHAUSTED. */
export function rpcCode(status: number): number {
  return RPC_CODES[status] ?? UNKNOWN;
}

const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const RPC_CODES: Readonly<Record<number, number>> = {
  400: INVALID_ARGUMENT,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  413: RESOURCE_EXHAUSTED,
  415: UNIMPLEMENTED,
  429: UNAVAILABLE,
  503: UNAVAILABLE,
};

type Bytes = ArrayLike<number> & Iterable<number>;

function text(number: number, content: string): number[] {
  return field(number, utf8(content));
}

function field(number: number, bytes: Bytes): number[] {
  return [(number << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function utf8(content: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(content);
}
