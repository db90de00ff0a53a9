import { ABSENT, TEXT } from '../batch.ts';
import { PREDICTION, SCORE } from '../model.ts';
import { tell } from './columns.ts';
import type { Labels, Predictions } from './columns.ts';
import { pushId } from './content.ts';
import { FIELD } from './fields.ts';
import type { Field, Fields } from './fields.ts';
import type { Moment } from './moment.ts';
import type { RecordScratch } from './record.ts';

/** Puts what a record tells into the columns of its model. */

export function placeMoment(rows: Predictions | Labels, row: number, { timeMs, restNs }: Moment): void {
  rows.timeMs[row] = timeMs;
  rows.restNs[row] = restNs;
}

/** The scalar fields; those that few records tell are touched only then. */
export function placeFields(rows: Predictions, row: number, fields: Fields): void {
  rows.version[row] = fields.text(FIELD.version) ?? '';
  pushId(rows.id, fields);
  placeField(rows, row, { fields, field: FIELD.value });
  placeField(rows, row, { fields, field: FIELD.score });
  tellText(rows.error, row, fields.text(FIELD.error));
  tellNumber(rows.durationMs, row, fields.number(FIELD.durationSeconds) * 1000);
  tellNumber(rows.inputTokens, row, fields.number(FIELD.inputTokens));
  tellNumber(rows.outputTokens, row, fields.number(FIELD.outputTokens));
  if (fields.tag(FIELD.cost) === ABSENT) return;
  tellNumber(rows.cost, row, fields.number(FIELD.cost));
  tellText(rows.currency, row, fields.text(FIELD.currency));
}

function tellNumber(list: number[], row: number, value: number): void {
  if (!Number.isNaN(value)) tell(list, row, { value, untold: NaN });
}

function tellText(list: (string | undefined)[], row: number, value: string | null): void {
  if (value !== null) tell<string | undefined>(list, row, { value, untold: undefined });
}

function placeField(
  rows: Predictions,
  row: number,
  { fields, field }: { readonly fields: Fields; readonly field: Field },
): void {
  const tag = fields.tag(field);
  if (tag === ABSENT) return;
  const column = rows.valueColumns.at(field === FIELD.value ? PREDICTION : SCORE);
  if (tag === TEXT) column.setText(row, fields.text(field) ?? '');
  else column.setNumber(row, tag, fields.slot(field));
}

/** Features that were read already, segments and protected attributes. */
export function placeMaps(rows: Predictions, row: number, record: RecordScratch): void {
  for (let at = 0; at < record.features; at += 1) {
    const column = rows.valueColumns.at(record.featureNames[at] as string);
    column.set(row, record.featureTags[at] as number, record.featureValues[at] as number | string);
  }
  for (let at = 0; at < record.groups; at += 1) {
    const columns = record.groupKinds[at] === 'segments' ? rows.segmentColumns : rows.protectedColumns;
    columns.at(record.groupNames[at] as string).set(row, record.groupTexts[at] as string);
  }
}
