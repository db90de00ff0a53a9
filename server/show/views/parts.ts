import type { Document } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';

/** Documents by their ids. */
export type Documents = ReadonlyMap<string, Document>;

/** The part of its detector's input that a score was made from; undefined where it is not stored (any more). */
export function partOf<T>(
  { inputs }: Pick<StoredScore, 'inputs'>,
  part: string,
  documents: Documents,
): T | undefined {
  const id = inputs?.[part];
  const body = id === undefined ? undefined : documents.get(id)?.body;
  return body === undefined ? undefined : (JSON.parse(body) as T);
}
