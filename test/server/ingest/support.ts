/** A small encoder of OTLP logs in protobuf, for requests no SDK would send, too. */

export type Value =
  | string
  | number
  | boolean
  | bigint
  | null
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };
export type Attributes = Readonly<Record<string, Value>>;

export interface LogRecord {
  readonly event?: string;
  readonly timeMs?: number;
  readonly restNs?: number;
  readonly observedMs?: number;
  readonly attributes?: Attributes;
  readonly body?: Value;
  readonly severity?: number;
  readonly dropped?: number;
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface LogsRequest {
  readonly resource?: Attributes;
  readonly scope?: Attributes;
  readonly scopeName?: string;
  readonly records: readonly LogRecord[];
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

export function bytesField(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

const numberField = (number: number, value: number | bigint) =>
  Buffer.concat([varint(number << 3), varint(value)]);

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint((number << 3) | 1), bytes]);
}

function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint((number << 3) | 1), bytes]);
}

export function anyValue(value: Value): Buffer {
  if (value === null) return Buffer.alloc(0);
  if (typeof value === 'string') return bytesField(1, Buffer.from(value));
  if (typeof value === 'boolean') return numberField(2, value ? 1 : 0);
  if (typeof value === 'bigint') return numberField(3, value);
  if (typeof value === 'number')
    return Number.isInteger(value) ? numberField(3, BigInt(value)) : double(4, value);
  if (value instanceof Uint8Array) return bytesField(7, value);
  if (Array.isArray(value))
    return bytesField(5, Buffer.concat(value.map((one: Value) => bytesField(1, anyValue(one)))));
  return bytesField(6, keyValues(1, value as Attributes));
}

export function keyValue(key: string, value: Value): Buffer {
  return Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, anyValue(value))]);
}

function keyValues(number: number, values: Attributes): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([key, value]) => bytesField(number, keyValue(key, value))),
  );
}

function logRecord(record: LogRecord): Buffer {
  const parts: Buffer[] = [];
  if (record.timeMs !== undefined)
    parts.push(fixed64(1, BigInt(record.timeMs) * 1_000_000n + BigInt(record.restNs ?? 0)));
  if (record.observedMs !== undefined) parts.push(fixed64(11, BigInt(record.observedMs) * 1_000_000n));
  parts.push(numberField(2, record.severity ?? 9));
  if (record.body !== undefined) parts.push(bytesField(5, anyValue(record.body)));
  if (record.attributes !== undefined) parts.push(keyValues(6, record.attributes));
  if (record.dropped !== undefined) parts.push(numberField(7, record.dropped));
  if (record.traceId !== undefined) parts.push(bytesField(9, Buffer.from(record.traceId, 'hex')));
  if (record.spanId !== undefined) parts.push(bytesField(10, Buffer.from(record.spanId, 'hex')));
  if (record.event !== undefined) parts.push(bytesField(12, Buffer.from(record.event)));
  return Buffer.concat(parts);
}

/** An ExportLogsServiceRequest with one resource and one scope. `last` puts the resource and scope behind the records. */
export function encode(request: LogsRequest, order: 'first' | 'last' = 'first'): Buffer {
  const name = bytesField(1, Buffer.from(request.scopeName ?? ''));
  const scope = bytesField(1, Buffer.concat([name, keyValues(3, request.scope ?? {})]));
  const records = request.records.map((record) => bytesField(2, logRecord(record)));
  const scopeLogs = bytesField(
    2,
    Buffer.concat(order === 'first' ? [scope, ...records] : [...records, scope]),
  );
  const resource = bytesField(1, keyValues(1, request.resource ?? {}));
  return bytesField(1, Buffer.concat(order === 'first' ? [resource, scopeLogs] : [scopeLogs, resource]));
}

interface JsonValue {
  readonly [kind: string]: unknown;
}

function jsonValue(value: Value): JsonValue {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number')
    return Number.isInteger(value)
      ? { intValue: String(value) }
      : { doubleValue: Number.isFinite(value) ? value : String(value) };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((one: Value) => jsonValue(one)) } };
  return { kvlistValue: { values: jsonAttributes(value as Attributes) } };
}

function jsonAttributes(values: Attributes): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: jsonValue(value) }));
}

/** The same request in OTLP's JSON. */
export function encodeJson(request: LogsRequest): Buffer {
  const logRecords = request.records.map((record) => ({
    ...(record.timeMs !== undefined && {
      timeUnixNano: String(BigInt(record.timeMs) * 1_000_000n + BigInt(record.restNs ?? 0)),
    }),
    ...(record.observedMs !== undefined && {
      observedTimeUnixNano: String(BigInt(record.observedMs) * 1_000_000n),
    }),
    severityNumber: record.severity ?? 9,
    ...(record.body !== undefined && { body: jsonValue(record.body) }),
    attributes: jsonAttributes(record.attributes ?? {}),
    ...(record.dropped !== undefined && { droppedAttributesCount: record.dropped }),
    ...(record.traceId !== undefined && { traceId: record.traceId }),
    ...(record.spanId !== undefined && { spanId: record.spanId }),
    ...(record.event !== undefined && { eventName: record.event }),
  }));
  const scope = {
    ...(request.scopeName !== undefined && { name: request.scopeName }),
    attributes: jsonAttributes(request.scope ?? {}),
  };
  const scopeLogs = [{ scope, logRecords }];
  return Buffer.from(
    JSON.stringify({
      resourceLogs: [{ resource: { attributes: jsonAttributes(request.resource ?? {}) }, scopeLogs }],
    }),
  );
}
