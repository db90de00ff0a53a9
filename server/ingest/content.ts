import { ABSENT, DATASETS } from '../batch.ts';
import { FIELD } from './fields.ts';
import type { Field, Fields } from './fields.ts';
import type { Ids } from '../ids.ts';
import type { RecordScratch } from './record.ts';

/** An empty id is none: rows that have it are not the same row. */
export function hasId(fields: Fields): boolean {
  if (fields.tag(FIELD.id) === ABSENT) return false;
  return fields.source === null ? fields.text(FIELD.id) !== '' : fields.idEnd > fields.idStart;
}

/** Adds the id of a record to those of its rows. */
export function pushId(ids: Ids, fields: Fields): void {
  if (!hasId(fields)) ids.pushNone();
  else if (fields.source !== null) ids.pushBytes(fields.source, fields.idStart, fields.idEnd);
  else ids.push(fields.text(FIELD.id));
}

/** Whether there is anything to store of a prediction. */
export function hasContent(record: RecordScratch): boolean {
  return record.hasFeatures || CONTENT.some((field) => record.fields.tag(field) !== ABSENT);
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
