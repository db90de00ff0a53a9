import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** protobufjs at its fastest: static code made by its own tool, without long integers. */

/** The part of OTLP's logs that a request of records uses; numbers and types as in opentelemetry-proto. */
const PROTO = `syntax = "proto3";
package otlp;
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message InstrumentationScope {
  string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
}
message LogRecord {
  fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8;
  bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11; string event_name = 12;
}
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value {
    string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
`;

export interface PbValue {
  readonly value?: string;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly PbValue[] };
  readonly kvlistValue?: { readonly values: readonly PbKeyValue[] };
  readonly bytesValue?: Uint8Array;
}

export interface PbKeyValue {
  readonly key: string;
  readonly value?: PbValue | null;
}

export interface PbRecord {
  readonly timeUnixNano: number;
  readonly observedTimeUnixNano: number;
  readonly severityNumber: number;
  readonly body?: PbValue | null;
  readonly attributes: readonly PbKeyValue[];
  readonly droppedAttributesCount: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly eventName: string;
}

export interface PbRequest {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes: readonly PbKeyValue[] } | null;
    readonly scopeLogs: readonly {
      readonly scope?: { readonly attributes: readonly PbKeyValue[] } | null;
      readonly logRecords: readonly PbRecord[];
    }[];
  }[];
}

export interface PbDecoder {
  /** Throws when the bytes are no message. */
  readonly decode: (bytes: Uint8Array) => PbRequest;
}

const CACHE = fileURLToPath(new URL('../../.cache/bench', import.meta.url));

/** Generates the decoder with pbjs and loads it. */
export function protobufjsStatic(): PbDecoder {
  const require = createRequire(import.meta.url);
  mkdirSync(CACHE, { recursive: true });
  const proto = join(CACHE, 'otlp.proto');
  const code = join(CACHE, 'otlp.cjs');
  writeFileSync(proto, PROTO);
  const pbjs = join(require.resolve('protobufjs-cli/package.json'), '../bin/pbjs');
  const flags = ['-t', 'static-module', '-w', 'commonjs', '--no-comments', '--no-verify', '-o', code, proto];
  execFileSync(process.execPath, [pbjs, ...flags]);
  const minimal = require('protobufjs/minimal') as {
    readonly util: { Long: unknown };
    readonly configure: () => void;
  };
  minimal.util.Long = null;
  minimal.configure();
  const made = require(code) as { readonly otlp: { readonly ExportLogsServiceRequest: PbDecoder } };
  return made.otlp.ExportLogsServiceRequest;
}
