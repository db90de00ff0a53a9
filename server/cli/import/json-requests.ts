import type { Rejection } from '../../model.ts';
import { JSON_TYPE } from './outgoing.ts';
import type { Outgoing } from './outgoing.ts';

/** A row on its way as JSON, or why there is none. */
export type JsonRow =
  { readonly route: 'predictions' | 'labels'; readonly row: object } | { readonly unreadable: string };

const ROWS_A_REQUEST = 1000;

/** Gathers rows into requests, each of one route. */
export async function* jsonRequests(rows: AsyncIterable<JsonRow>): AsyncGenerator<Outgoing> {
  const gathered = { predictions: [] as object[], labels: [] as object[] };
  const flush = (route: 'predictions' | 'labels'): Outgoing => {
    const part = gathered[route].splice(0);
    const body = new Uint8Array(Buffer.from(JSON.stringify({ [route]: part })));
    return { route, type: JSON_TYPE, body, rows: part.length };
  };
  for await (const found of rows) {
    if ('unreadable' in found) {
      const unreadable: Rejection = { reason: 'malformed', count: 1, message: found.unreadable };
      yield { unreadable };
      continue;
    }
    const { route, row } = found;
    gathered[route].push(row);
    if (gathered[route].length >= ROWS_A_REQUEST) yield flush(route);
  }
  for (const route of ['predictions', 'labels'] as const) if (gathered[route].length > 0) yield flush(route);
}
