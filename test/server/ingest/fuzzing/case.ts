/** What a case is, and how a sender names what it sends. */

export interface Countable {
  readonly least: number;
  readonly most: number;
}

export interface FuzzCase {
  readonly seed: number;
  readonly names: readonly string[];
  readonly route: 'logs' | 'predictions' | 'labels' | 'events' | 'grpc';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body before it was compressed, when it is a request of OTLP in protobuf. */
  readonly protobuf: Buffer | null;
  /** What the body is, where it is not compressed and no protobuf. */
  readonly format?: 'arrow' | 'ndjson' | 'cloudevents';
  /** Where the chunks of a call end. */
  readonly cuts?: readonly number[];
  /** It must be refused as a whole. */
  readonly isRefused?: boolean;
  /** How many records it holds that become rows or refusals; null where that is not known. */
  readonly records: Countable | null;
}

/** A case before its seed is told. */
export interface Made extends Omit<FuzzCase, 'seed' | 'names'> {
  readonly names: readonly string[];
}

export const PROTOBUF = { 'content-type': 'application/x-protobuf', authorization: 'Bearer writer' };
export const JSON_TYPE = { 'content-type': 'application/json', authorization: 'Bearer writer' };
