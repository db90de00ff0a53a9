import { ABSENT, BOOLEAN, NUMBER } from '../batch.ts';
import type { ShapeField } from '../ports.ts';
import { FIELD } from './fields.ts';
import type { Field } from './fields.ts';
import type { RecordScratch } from './record.ts';

const MOST_FIELDS = 40;
const MOST_CHARACTERS = 80;

/** Names and kinds of what a record holds, for a person to recognise its sender by; never a value. Pure. */
export function shapeOf(record: RecordScratch): readonly ShapeField[] {
  const fields = Object.entries(FIELD).flatMap(([name, field]) => fieldOf(record, name, field));
  const values = Array.from({ length: record.features }, (_, at) => ({
    name: named('features', record.featureNames[at] as string),
    kind: kindOf(record.featureTags[at] as number),
  }));
  const groups = Array.from({ length: record.groups }, (_, at) => ({
    name: named(record.groupKinds[at] as string, record.groupNames[at] as string),
    kind: 'text',
  }));
  const all = [...fields, ...groups, ...values];
  const left = all.length - MOST_FIELDS;
  return left > 0 ? [...all.slice(0, MOST_FIELDS), { name: `and ${left} more`, kind: '' }] : all;
}

function fieldOf({ fields }: RecordScratch, name: string, field: Field): readonly ShapeField[] {
  const tag = fields.tag(field);
  return tag === ABSENT ? [] : [{ name, kind: kindOf(tag) }];
}

function named(map: string, name: string): string {
  const full = `${map}.${name}`;
  return full.length > MOST_CHARACTERS ? `${full.slice(0, MOST_CHARACTERS)}…` : full;
}

function kindOf(tag: number): string {
  if (tag === ABSENT) return 'missing';
  if (tag === NUMBER) return 'number';
  return tag === BOOLEAN ? 'boolean' : 'text';
}
