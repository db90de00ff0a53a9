import { bigints, integers, ListColumn, TextColumn } from './chunk.ts';

/** The tables of schemas that are appended to, each in the order of its migration. */
export function schemaColumns() {
  return {
    schemas: {
      model: integers(),
      version: integers(),
      source: new TextColumn(),
      declaredMs: bigints(),
      features: new TextColumn(),
    },
    violations: {
      batch: bigints(),
      model: integers(),
      version: integers(),
      entry: integers(),
      kind: new TextColumn(),
      bucketMs: bigints(),
      n: integers(),
    },
    repeated_ids: { batch: bigints(), model: integers(), bucketMs: bigints(), n: integers() },
    feature_days: {
      batch: bigints(),
      model: integers(),
      version: integers(),
      dayMs: bigints(),
      entries: new ListColumn(integers()),
    },
  };
}
