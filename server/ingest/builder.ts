import { ABSENT, DATASETS, TEXT } from '../batch.ts';
import type { Batch, ModelBatch } from '../batch.ts';
import { PREDICTION, SCORE } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { EVENTS } from './attributes.ts';
import type { EventKind } from './attributes.ts';
import { Labels, Predictions } from './columns.ts';
import { datasetOf, hasContent, idOf } from './content.ts';
import { FIELD } from './fields.ts';
import type { Field, Fields } from './fields.ts';
import { isUntold, setMoment, timeMessage } from './moment.ts';
import type { Moment } from './moment.ts';
import { nameFault } from './names.ts';
import { RecordScratch } from './record.ts';
import { quoted, Refusals } from './refusals.ts';

interface OpenModel {
  readonly model: string;
  readonly predictions: Predictions;
  readonly labels: Labels;
}

const NO_VERSION = '';

/** The one way into columns for every format: fill `record`, then `end()` it. */
export class BatchBuilder {
  readonly record: RecordScratch;
  readonly moment: Moment = { timeMs: 0, restNs: 0 };
  /** When the sender's collector saw it; stands in for a time that is not told. */
  readonly observed: Moment = { timeMs: 0, restNs: 0 };
  /** The record tells a time, even if it is the first moment of 1970. */
  timeTold = false;
  /** A row was taken that has neither an id nor a time. */
  anonymous = false;
  readonly #tenant: string;
  readonly #receivedAtMs: number;
  readonly #limits: LimitSettings;
  readonly #timed: boolean;
  readonly #models = new Map<string, OpenModel>();
  readonly #rejected = new Refusals();
  readonly #warnings = new Refusals();
  #last: OpenModel | null = null;
  #lastVersion = NO_VERSION;

  /** `timed`: records of this format carry times; a missing one is told. */
  constructor(options: {
    readonly tenant: string;
    readonly receivedAtMs: number;
    readonly limits: LimitSettings;
    readonly timed: boolean;
  }) {
    this.#tenant = options.tenant;
    this.#receivedAtMs = options.receivedAtMs;
    this.#limits = options.limits;
    this.#timed = options.timed;
    this.record = new RecordScratch(options.limits);
  }

  begin(): void {
    this.record.begin();
    this.moment.timeMs = 0;
    this.moment.restNs = 0;
    this.observed.timeMs = 0;
    this.observed.restNs = 0;
    this.timeTold = false;
  }

  /** Ends a record whose kind is told by its event name, or by its looks when it has none. */
  endEvent(name: string | null): void {
    const event = name ?? this.record.fields.text(FIELD.event);
    const kind =
      event === null ? (this.record.looksLikePrediction() ? 'prediction' : undefined) : EVENTS.get(event);
    if (kind === undefined) this.#unknown(event);
    else this.end(kind);
  }

  /**
   * Ends a record: it becomes a row, or a refusal in words. Returns the predictions it became the last row of, for
   * formats that place features by column; null when it became none.
   */
  end(kind: EventKind): Predictions | null {
    if (this.record.warning !== null)
      this.#warnings.add(this.record.warning.reason, this.record.warning.message);
    if (kind === 'schema') {
      this.#warnings.add(
        'unsupported_type',
        'Events leeway.model.schema are understood but not stored yet: kinds are learned from the values.',
      );
      return null;
    }
    if (!this.#acceptable()) return null;
    const model = this.#modelOf(this.record.fields);
    if (model === null) return null;
    if (kind === 'prediction') return this.#prediction(model) ? model.predictions : null;
    this.#label(model);
    return null;
  }

  refuse(reason: Parameters<Refusals['add']>[0], message: string): void {
    this.#rejected.add(reason, message);
  }

  finish(digest: string | null): Batch {
    return {
      tenant: this.#tenant,
      receivedAtMs: this.#receivedAtMs,
      digest,
      models: [...this.#models.values()] satisfies readonly ModelBatch[],
      rejected: this.#rejected.list(),
      warnings: this.#warnings.list(),
    };
  }

  #unknown(event: string | null): void {
    this.refuse(
      'unknown_event',
      event === null
        ? 'Log records without an event name, a map body or leeway. attributes are no predictions and were not stored; send event name leeway.prediction.'
        : `Log records with event name ${quoted(event)} were not stored; expected leeway.prediction or leeway.label.`,
    );
  }

  #acceptable(): boolean {
    const { fault, fields } = this.record;
    if (fault !== null) {
      this.refuse(fault.reason, fault.message);
      return false;
    }
    const tenant = fields.text(FIELD.tenant);
    if (tenant !== null && tenant !== this.#tenant) {
      this.refuse(
        'tenant_mismatch',
        'The leeway.tenant of a record is not the tenant of the key it was sent with; leave it out or use the right key.',
      );
      return false;
    }
    return this.#timely();
  }

  #timely(): boolean {
    const { moment } = this;
    if (!this.timeTold && isUntold(moment)) {
      if (isUntold(this.observed)) return this.#untimed();
      setMoment(moment, this.observed);
    }
    const ageMs = this.#receivedAtMs - moment.timeMs;
    const { maxAgeMs, maxAheadMs } = this.#limits;
    if (ageMs <= maxAgeMs && -ageMs <= maxAheadMs) return true;
    this.refuse('time_out_of_range', timeMessage(moment.timeMs, { ageMs, maxAgeMs, maxAheadMs }));
    return false;
  }

  #untimed(): boolean {
    this.moment.timeMs = Math.floor(this.#receivedAtMs);
    if (this.#timed)
      this.#warnings.add('missing_time', 'Time missing, time received used; send time_unix_nano.');
    else if (idOf(this.record.fields) === null) this.anonymous = true;
    return true;
  }

  #modelOf(fields: Fields): OpenModel | null {
    const name = fields.text(FIELD.model);
    if (name !== null && this.#last !== null && this.#last.model === name) return this.#last;
    if (name === null || name === '') {
      this.refuse(
        'missing_model',
        'A record names no model; send leeway.model.name (or service.name, or "model" in JSON).',
      );
      return null;
    }
    const model = this.#models.get(name) ?? this.#openModel(name);
    if (model !== null) this.#last = model;
    return model;
  }

  #named(what: 'model' | 'version', name: string): boolean {
    const fault = nameFault(what, name);
    if (fault !== null) this.refuse(fault.reason, fault.message);
    return fault === null;
  }

  #openModel(model: string): OpenModel | null {
    if (!this.#named('model', model)) return null;
    if (this.#models.size >= this.#limits.maxModelsPerTenant) {
      this.refuse(
        'too_many_models',
        `One request names more than ${this.#limits.maxModelsPerTenant} models, the limit of a tenant.`,
      );
      return null;
    }
    const made = { model, predictions: new Predictions(), labels: new Labels() };
    this.#models.set(model, made);
    return made;
  }

  #prediction(model: OpenModel): boolean {
    const { fields } = this.record;
    const dataset = datasetOf(fields);
    if (dataset < 0) {
      this.refuse(
        'malformed',
        `A record's dataset is none of ${DATASETS.join(', ')}; name one or leave it out.`,
      );
      return false;
    }
    if (!hasContent(this.record)) {
      this.refuse(
        'missing_value',
        'A prediction has no value, no error and no features; send at least its value.',
      );
      return false;
    }
    const version = fields.text(FIELD.version) ?? NO_VERSION;
    if (!this.#versioned(version) || !this.#roomFor(model)) return false;
    this.#place(model.predictions, dataset);
    if (fields.tag(FIELD.label) !== ABSENT && idOf(fields) !== null) this.#label(model);
    return true;
  }

  #versioned(version: string): boolean {
    if (version !== this.#lastVersion && !this.#named('version', version)) return false;
    this.#lastVersion = version;
    return true;
  }

  /** A request may not spread its features over more columns than a model may have. */
  #roomFor(model: OpenModel): boolean {
    const { valueColumns } = model.predictions;
    const { record } = this;
    const spare = this.#limits.maxFeatures + 2 - valueColumns.list.length;
    if (record.features <= spare) return true;
    let fresh = 0;
    for (let at = 0; at < record.features; at += 1)
      if (!valueColumns.has(record.featureNames[at] as string)) fresh += 1;
    if (fresh <= spare) return true;
    this.refuse(
      'too_many_features',
      `Model ${quoted(model.model)} is sent more than ${this.#limits.maxFeatures} different features; send fewer or raise limits.maxFeatures.`,
    );
    return false;
  }

  #place(rows: Predictions, dataset: number): void {
    const { fields } = this.record;
    const row = rows.next();
    rows.timeMs[row] = this.moment.timeMs;
    rows.restNs[row] = this.moment.restNs;
    rows.dataset[row] = dataset;
    rows.version[row] = fields.text(FIELD.version) ?? NO_VERSION;
    rows.id[row] = idOf(fields);
    rows.error[row] = fields.text(FIELD.error);
    rows.durationMs[row] = fields.number(FIELD.durationSeconds) * 1000;
    rows.inputTokens[row] = fields.number(FIELD.inputTokens);
    rows.outputTokens[row] = fields.number(FIELD.outputTokens);
    rows.cost[row] = fields.number(FIELD.cost);
    rows.currency[row] = fields.text(FIELD.currency);
    this.#placeField(rows, row, FIELD.value);
    this.#placeField(rows, row, FIELD.score);
    this.#placeMaps(rows, row);
  }

  #placeField(rows: Predictions, row: number, field: Field): void {
    const { fields } = this.record;
    const tag = fields.tag(field);
    if (tag === ABSENT) return;
    const column =
      field === FIELD.value ? rows.valueColumns.at(PREDICTION, 0) : rows.valueColumns.at(SCORE, 1);
    column.set(row, tag, tag === TEXT ? (fields.text(field) ?? '') : fields.slot(field));
  }

  #placeMaps(rows: Predictions, row: number): void {
    const { record } = this;
    for (let at = 0; at < record.features; at += 1) {
      const column = rows.valueColumns.at(record.featureNames[at] as string, at + 2);
      column.set(row, record.featureTags[at] as number, record.featureValues[at] as number | string);
    }
    for (let at = 0; at < record.groups; at += 1) {
      const columns = record.groupKinds[at] === 'segments' ? rows.segmentColumns : rows.protectedColumns;
      columns.at(record.groupNames[at] as string, at).texts[row] = record.groupTexts[at];
    }
  }

  #label(model: OpenModel): void {
    const { fields } = this.record;
    const id = idOf(fields);
    const tag = fields.tag(FIELD.label);
    if (id === null) {
      this.refuse('missing_id', 'A label names no prediction; send leeway.prediction.id ("id" in JSON).');
      return;
    }
    if (tag === ABSENT) {
      this.refuse('missing_value', 'A label has no value; send leeway.label.value ("value" in JSON).');
      return;
    }
    const rows = model.labels;
    const row = rows.next();
    rows.timeMs[row] = this.moment.timeMs;
    rows.restNs[row] = this.moment.restNs;
    rows.id[row] = id;
    rows.value.set(row, tag, tag === TEXT ? (fields.text(FIELD.label) ?? '') : fields.slot(FIELD.label));
    rows.source[row] = fields.text(FIELD.source);
  }
}
