import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver of OTLP/HTTP logs for tests: keeps every record it acknowledged, answers as it is told to. */
export interface Capture {
  readonly url: string;
  readonly records: readonly CapturedRecord[];
  readonly authorizations: readonly string[];
  readonly close: () => Promise<void>;
}

export interface CapturedRecord {
  readonly timeMs: number;
  readonly eventName: string;
  readonly severity: number;
  /** Attribute keys in the order sent. */
  readonly keys: readonly string[];
  readonly text: string;
}

/** `statuses` answers the first requests; later ones get 200. */
export async function startCapture(statuses: readonly number[] = []): Promise<Capture> {
  const records: CapturedRecord[] = [];
  const authorizations: string[] = [];
  let requests = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = statuses[requests] ?? 200;
      requests += 1;
      authorizations.push(request.headers.authorization ?? '');
      if (status === 200) records.push(...recordsOf(Buffer.concat(chunks)));
      response.writeHead(status, { 'content-type': 'application/x-protobuf', 'retry-after': '0' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    records,
    authorizations,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** resource_logs = 1, scope_logs = 2, log_records = 2; in a record: time 1, severity 2, attributes 6, event_name 12. */
function recordsOf(body: Buffer): readonly CapturedRecord[] {
  return within(body, 1)
    .flatMap((resourceLogs) => within(resourceLogs, 2))
    .flatMap((scopeLogs) => within(scopeLogs, 2))
    .map((record) => {
      const fields = fieldsOf(record);
      const time = fields.find(({ field }) => field === 1)?.bytes;
      return {
        timeMs: time === undefined ? 0 : Number(time.readBigUInt64LE() / 1_000_000n),
        eventName: within(record, 12)[0]?.toString() ?? '',
        severity: fields.find(({ field }) => field === 2)?.number ?? 0,
        keys: within(record, 6).map((attribute) => within(attribute, 1)[0]?.toString() ?? ''),
        text: record.toString('latin1'),
      };
    });
}

interface Field {
  readonly field: number;
  readonly bytes: Buffer;
  readonly number: number;
}

function within(message: Buffer, field: number): readonly Buffer[] {
  return fieldsOf(message)
    .filter((entry) => entry.field === field)
    .map((entry) => entry.bytes);
}

function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    const number = wire === 0 || wire === 2 ? varint() : 0;
    const length = { 1: 8, 2: number, 5: 4 }[wire] ?? 0;
    fields.push({ field: tag >>> 3, bytes: message.subarray(at, at + length), number });
    at += length;
  }
  return fields;
}
