import type { Rejection } from '../../model.ts';

/** One request of an import: rows on their way, or rows that never left because they could not be read. */
export type Outgoing =
  | {
      readonly route: 'predictions' | 'labels';
      readonly type: string;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly rows: number;
    }
  | { readonly unreadable: Rejection };

export const ARROW_TYPE = 'application/vnd.apache.arrow.stream';
export const JSON_TYPE = 'application/json';
