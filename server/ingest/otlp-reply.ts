import type { IngestReply, Rejection } from '../model.ts';

/** Answers of OTLP in the request's own type. */

export type OtlpType = 'application/x-protobuf' | 'application/json';

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
  const partial = [...(rejected > 0 ? [0x08, ...varint(rejected)] : []), ...field(2, utf8(errorMessage))];
  return Uint8Array.from(field(1, partial));
}

function sentence({ count, reason, message }: Rejection): string {
  return `${count} ${count === 1 ? 'record' : 'records'} (${reason}): ${message}`;
}

/** google.rpc.Status. */
export function statusResponse(
  type: OtlpType,
  problem: { readonly status: number; readonly message: string },
): Uint8Array<ArrayBuffer> {
  const code = RPC_CODES[problem.status] ?? UNKNOWN;
  const { message } = problem;
  if (type === 'application/json') return utf8(JSON.stringify({ code, message }));
  return Uint8Array.from([0x08, ...varint(code), ...field(2, utf8(message))]);
}

const UNKNOWN = 2;
/** INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, OUT_OF_RANGE, UNAVAILABLE. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 413: 11, 503: 14 };

function field(number: number, bytes: ArrayLike<number> & Iterable<number>): number[] {
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

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
