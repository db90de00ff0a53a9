/** What every client sends, told once: the same record of a number in every language. */

export const MODEL = 'peer';
export const VERSION = '7';

export interface Row {
  readonly timeNs: string;
  readonly version: string;
  readonly value: string;
  readonly score: number;
  readonly durationMs: number;
  readonly features: Readonly<Record<string, number | string>>;
  readonly segments: Readonly<Record<string, string>>;
}

export const idOf = (index: number) => `peer-${index}`;
/** Every fifth record is the label of the prediction before it. */
export const isLabel = (index: number) => index % 5 === 4;

/** What is to be stored of a prediction; clients/records.py makes the same. */
export function rowOf(index: number, baseMs: number): Row {
  return {
    timeNs: `${baseMs + index}000042`,
    version: VERSION,
    value: index % 3 === 0 ? 'late' : 'on time',
    score: (index % 1000) / 1000,
    durationMs: 12.5,
    features: {
      whole: index,
      mixed: index % 2 === 0 ? index : index + 0.5,
      word: index % 7 === 0 ? 'drei ü' : `word ${index % 7}`,
      flag: String(index % 2 === 0),
      'nested.deep': index / 10,
      ...(index % 4 === 0 ? {} : { sometimes: -index }),
    },
    segments: { shop: `s${index % 3}` },
  };
}

export const labelOf = (index: number) => (index % 2 === 0 ? 'late' : 'on time');

/** Given to a client as its one argument. */
export interface Sending {
  /** A base URL or host:port, as the client's own configuration wants it. */
  readonly endpoint: string;
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
  readonly compression: 'none' | 'gzip';
  readonly key: string;
  /** At most. */
  readonly records: number;
  /** Whether the end of standard input is the end of sending. */
  readonly untilTold?: boolean;
  readonly baseMs: number;
  /** After every 64 records, so that a client that is never held up lasts as long as the kills. */
  readonly pauseMs?: number;
}
