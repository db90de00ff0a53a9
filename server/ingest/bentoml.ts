import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../batch.ts';
import { SERVICE_ALIAS } from './attributes.ts';
import type { EventKind } from './attributes.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Moment } from './moment.ts';
import type { RecordScratch } from './record.ts';
import type { BentomlSenders, Column, Schema } from './bentoml-senders.ts';

/**
 * BentoML's monitoring as it ships over OTLP: one record a row, the columns in its body, and with the first record (and
 * then by chance) `bento_meta`, which tells what each column is. It knows neither event names nor attributes.
 */

export const BENTOML_SCOPE = 'bentoml_monitor_data';
const META = 'bento_meta.';
const SCHEMA = 'bento_meta.schema.';
/** Behind the names a user sets himself, before service.name and service.version. */
const META_ALIAS = 3;

/** Whether a record without an event name is a row of BentoML's. */
export function isBentoml(record: RecordScratch, scope: string): boolean {
  if (scope === BENTOML_SCOPE) return true;
  for (let at = record.features - 1; at >= 0; at -= 1)
    if ((record.featureNames[at] as string).startsWith(META)) return true;
  return false;
}

export interface BentomlRequest {
  readonly tenant: string;
  readonly receivedAtMs: number;
  readonly senders: BentomlSenders;
  /** Rows of this body by request and time; a map of the caller's, empty at first. */
  readonly seen: Map<string, number>;
}

/**
 * Turns columns into features, prediction and label by their roles; `moment` becomes the row's own timestamp. Returns
 * what the record is; one that cannot be read is refused in words.
 */
export function adaptBentoml(record: RecordScratch, moment: Moment, request: BentomlRequest): EventKind {
  const { fields } = record;
  if (record.features === 0 && fields.tag(FIELD.value) === ABSENT) return refuseText(record);
  const sender = JSON.stringify([
    request.tenant,
    fields.text(FIELD.model) ?? '',
    fields.text(FIELD.instance) ?? '',
  ]);
  const own = takeSchema(record);
  if (own !== null) request.senders.learn(sender, own, request.receivedAtMs);
  const schema = own ?? request.senders.find(sender);
  identify(record, moment, request);
  takeTimestamp(record, moment);
  if (schema === undefined) {
    nameByResource(record);
    record.warn(
      'bad_feature',
      'BentoML has not told yet what the columns of this sender are, so all of them were stored as features; records with bento_meta, such as the first one after a start, tell it.',
    );
  } else assign(record, schema);
  return kindOf(record);
}

function refuseText(record: RecordScratch): EventKind {
  record.refuse(
    'unsupported_type',
    'BentoML sent a row as text, as OpenTelemetry does where a value is none it can export; text is not guessed at. Log numbers, texts, true or false.',
  );
  return 'prediction';
}

/** Takes what starts with `bento_meta` out of the features; null when there was none. */
function takeSchema(record: RecordScratch): Schema | null {
  const columns = new Map<string, Column>();
  const told = { monitor: null as string | null, version: null as string | null };
  let found = false;
  keepFeatures(record, (name, at) => {
    if (!name.startsWith(META)) return true;
    found = true;
    const value = record.featureTags[at] === TEXT ? String(record.featureValues[at]) : '';
    if (name.startsWith(SCHEMA)) learnColumn(columns, name.slice(SCHEMA.length), value);
    else if (name === 'bento_meta.monitor_name') told.monitor = named(value);
    else if (name === 'bento_meta.bento_version') told.version = named(value);
    return false;
  });
  return found ? { ...told, columns } : null;
}

/** BentoML's own words for a service that was never built. */
function named(text: string): string | null {
  return text === '' || text === 'not available' ? null : text;
}

/** `path` is a column's name, which may have dots of its own, and `.role`, `.type` or `.name`. */
function learnColumn(columns: Map<string, Column>, path: string, value: string): void {
  const dot = path.lastIndexOf('.');
  const what = path.slice(dot + 1);
  if (dot < 0 || (what !== 'role' && what !== 'type')) return;
  const name = path.slice(0, dot);
  const column = columns.get(name) ?? { role: '', type: '' };
  column[what] = value;
  columns.set(name, column);
}

/** Keeps the features `keep` says yes to, in their order. */
function keepFeatures(record: RecordScratch, keep: (name: string, at: number) => boolean): void {
  let kept = 0;
  for (let at = 0; at < record.features; at += 1) {
    if (!keep(record.featureNames[at] as string, at)) continue;
    record.featureNames[kept] = record.featureNames[at] as string;
    record.featureTags[kept] = record.featureTags[at] as number;
    record.featureValues[kept] = record.featureValues[at] as number | string;
    kept += 1;
  }
  record.features = kept;
}

/** Seconds, as Python tells them: exact to the microsecond. */
function takeTimestamp(record: RecordScratch, moment: Moment): void {
  keepFeatures(record, (name, at) => {
    if (name === 'trace_id') return false;
    const seconds = record.featureValues[at];
    if (name !== 'timestamp' || record.featureTags[at] !== NUMBER || typeof seconds !== 'number') return true;
    if (seconds > 0 && seconds < Number.MAX_SAFE_INTEGER / 1e6) {
      const micros = Math.round(seconds * 1e6);
      moment.timeMs = Math.floor(micros / 1000);
      moment.restNs = (micros % 1000) * 1000;
    }
    return false;
  });
}

/** Rows of one call share a request id: the first one keeps it, the others get something of their own behind it. */
function identify(record: RecordScratch, moment: Moment, request: BentomlRequest): void {
  const { fields } = record;
  const id = fields.text(FIELD.id);
  if (id === null) return;
  if (id === '' || id === '0' || id === 'None') {
    fields.unset(FIELD.id);
    return;
  }
  const { tenant, senders, seen, receivedAtMs } = request;
  const { timeMs, restNs } = moment;
  const time = `${timeMs}.${restNs}`;
  const suffix = senders.rows.suffix({ request: `${tenant}\n${id}`, time, timeMs, receivedAtMs, seen });
  if (suffix !== '') fields.setText(FIELD.id, `${id}${suffix}`);
}

/** The resource tells the same model and version as bento_meta: `<bento>:<monitor>` and the bento's version. */
function nameByResource({ fields }: RecordScratch): void {
  const service = fields.text(FIELD.model) ?? '';
  if (fields.alias(FIELD.model) === SERVICE_ALIAS)
    fields.setText(FIELD.model, service.slice(service.indexOf(':') + 1));
  const version = named(fields.text(FIELD.instance) ?? '');
  if (version !== null && fields.place(FIELD.version, META_ALIAS, LEVEL.record))
    fields.setText(FIELD.version, version);
}

function assign(record: RecordScratch, { monitor, version, columns }: Schema): void {
  const { fields } = record;
  if (monitor !== null && fields.place(FIELD.model, META_ALIAS, LEVEL.record))
    fields.setText(FIELD.model, monitor);
  if (version !== null && fields.place(FIELD.version, META_ALIAS, LEVEL.record))
    fields.setText(FIELD.version, version);
  if (columns.get('prediction')?.type === 'categorical' && fields.tag(FIELD.value) === NUMBER)
    fields.setText(FIELD.value, fields.text(FIELD.value) ?? '');
  keepFeatures(record, (name, at) => {
    const column = columns.get(name);
    if (column?.type === 'categorical') makeText(record, at);
    if (column?.role === 'prediction') return !moved(record, at, FIELD.value);
    return column?.role !== 'target' || !moved(record, at, FIELD.label);
  });
}

/** Codes of classes are numbers that are none. */
function makeText(record: RecordScratch, at: number): void {
  if (record.featureTags[at] !== NUMBER) return;
  record.featureTags[at] = TEXT;
  record.featureValues[at] = String(record.featureValues[at]);
}

/** The first column of a role is the one; false where there is one already, so that the others stay features. */
function moved(record: RecordScratch, at: number, field: typeof FIELD.value | typeof FIELD.label): boolean {
  const { fields } = record;
  if (fields.tag(field) !== ABSENT) return false;
  const tag = record.featureTags[at] as number;
  const value = record.featureValues[at] as number | string;
  if (tag === ABSENT) return true;
  fields.place(field, 0, LEVEL.record);
  if (typeof value === 'string') fields.setText(field, value);
  else if (tag === BOOLEAN) fields.setBoolean(field, value === 1);
  else fields.setNumber(field, value);
  return true;
}

function kindOf({ features, fields }: RecordScratch): EventKind {
  const truthAlone = features === 0 && fields.tag(FIELD.value) === ABSENT;
  return truthAlone && fields.tag(FIELD.label) !== ABSENT ? 'label' : 'prediction';
}
