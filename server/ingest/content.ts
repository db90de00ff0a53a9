import { ABSENT, DATASETS } from '../batch.ts';
import { FIELD } from './fields.ts';
import type { Field, Fields } from './fields.ts';
import type { RecordScratch } from './record.ts';

/** An empty id is none: rows that have it are not the same row. */
export function idOf(fields: Fields): string | null {
  const id = fields.text(FIELD.id);
  return id === '' ? null : id;
}

/** Whether there is anything to store of a prediction. */
export function hasContent(record: RecordScratch): boolean {
  return record.features > 0 || CONTENT.some((field) => record.fields.tag(field) !== ABSENT);
}
const CONTENT: readonly Field[] = [
  FIELD.value,
  FIELD.score,
  FIELD.error,
  FIELD.durationSeconds,
  FIELD.inputTokens,
  FIELD.outputTokens,
];

/** The index in DATASETS, 0 when none is named; -1 when there is no such. */
export function datasetOf(fields: Fields): number {
  const name = fields.text(FIELD.dataset);
  return name === null ? 0 : DATASETS.indexOf(name as (typeof DATASETS)[number]);
}
