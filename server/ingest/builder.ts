import { ABSENT, DATASETS, TEXT } from '../batch.ts';
import type { Batch, Half, ModelBatch } from '../batch.ts';
import { BadRequestError } from '../errors.ts';
import type { Declaration, RejectReason } from '../model.ts';
import type { ShapeField } from '../ports.ts';
import type { LimitSettings } from '../settings.ts';
import { EVENTS, SERVICE_ALIAS } from './attributes.ts';
import type { EventKind } from './attributes.ts';
import { adaptBentoml, isBentoml } from './bentoml.ts';
import type { BentomlRequest } from './bentoml.ts';
import { BentomlSenders } from './bentoml-senders.ts';
import { Labels, NO_LABELS, Predictions, tell } from './columns.ts';
import { datasetOf, hasContent, hasId, pushId } from './content.ts';
import { FIELD } from './fields.ts';
import type { Fields } from './fields.ts';
import { EVALUATION, Evaluations, UNNAMED_EVALUATION } from './genai.ts';
import { isUntold, setMoment, timeMessage, UNTOLD } from './moment.ts';
import type { Moment } from './moment.ts';
import { nameFault } from './names.ts';
import { placeFields, placeMaps, placeMoment } from './place.ts';
import { RecordScratch } from './record.ts';
import { quoted, Refusals } from './refusals.ts';
import { readDeclaration } from './schema.ts';
import { shapeOf } from './shape.ts';
import { ValueArena } from './value-block.ts';

interface OpenModel {
  readonly model: string;
  readonly predictions: Predictions;
  labels: Labels;
  together: number;
  schema?: Declaration;
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
  /** Events that are rows only together with another one. */
  readonly halves: Half[] = [];
  readonly tenant: string;
  readonly #receivedAtMs: number;
  readonly #limits: LimitSettings;
  readonly #timed: boolean;
  readonly #model: string | null;
  readonly #models = new Map<string, OpenModel>();
  readonly #arena: ValueArena;
  readonly #bentoml: BentomlRequest;
  readonly #evaluations = new Evaluations();
  readonly #rejected = new Refusals();
  readonly #warnings = new Refusals();
  readonly #shapes = new Map<RejectReason, readonly ShapeField[]>();
  #last: OpenModel | null = null;
  #lastVersion = NO_VERSION;

  /** `timed`: records of this format carry times; a missing one is told. */
  constructor(options: {
    readonly tenant: string;
    readonly receivedAtMs: number;
    readonly limits: LimitSettings;
    readonly timed: boolean;
    readonly bentoml?: BentomlSenders;
    /** How many values are expected. */
    readonly cells?: number;
    /** The model of all rows, whatever they say. */
    readonly model?: string;
  }) {
    this.tenant = options.tenant;
    this.#receivedAtMs = options.receivedAtMs;
    this.#limits = options.limits;
    this.#timed = options.timed;
    this.#model = options.model ?? null;
    this.#arena = new ValueArena(options.cells);
    this.record = new RecordScratch(options.limits);
    const { tenant, receivedAtMs, bentoml: senders = new BentomlSenders() } = options;
    this.#bentoml = { tenant, receivedAtMs, senders, seen: new Map() };
  }

  begin(): void {
    this.record.begin();
    setMoment(this.moment, UNTOLD);
    setMoment(this.observed, UNTOLD);
    this.timeTold = false;
  }

  /** Ends a record whose kind is told by its event name, or by its scope's or its looks when it has none. */
  endEvent(name: string | null, scope = ''): void {
    const { record } = this;
    const event = name ?? record.fields.text(FIELD.event);
    if (event === EVALUATION) {
      if (record.fields.alias(FIELD.model) === SERVICE_ALIAS)
        record.warn('missing_model', UNNAMED_EVALUATION);
      this.#evaluations.look(record);
    }
    const kind = event === null ? this.#unnamed(scope) : EVENTS.get(event);
    if (kind === undefined) this.#unknown(event);
    else this.end(kind);
  }

  #unnamed(scope: string): EventKind | undefined {
    if (isBentoml(this.record, scope)) return adaptBentoml(this.record, this.moment, this.#bentoml);
    return this.record.looksLikePrediction() ? 'prediction' : undefined;
  }

  /**
   * Ends a record: it becomes a row, or a refusal in words. Returns the predictions it became the last row of, for
   * formats that place features by column; null when it became none.
   */
  end(kind: EventKind): Predictions | null {
    const rows = this.#take(kind);
    const { warning } = this.record;
    if (warning !== null) this.#warnings.add(warning.reason, warning.message);
    return rows;
  }

  #take(kind: EventKind): Predictions | null {
    if (!this.#acceptable()) return null;
    const model = this.#modelOf(this.record.fields);
    if (model === null) return null;
    if (kind === 'prediction') return this.#prediction(model) ? model.predictions : null;
    if (kind === 'schema') this.#schema(model);
    else this.#label(model);
    return null;
  }

  refuse(reason: Parameters<Refusals['add']>[0], message: string): void {
    this.#rejected.add(reason, message);
    if (!this.#shapes.has(reason)) this.#shapes.set(reason, shapeOf(this.record));
  }

  /** Tells what was kept, but not as expected. */
  warn(reason: Parameters<Refusals['add']>[0], message: string): void {
    this.#warnings.add(reason, message);
  }

  finish(digest: string | null): Batch {
    return {
      tenant: this.tenant,
      receivedAtMs: this.#receivedAtMs,
      digest,
      models: [...this.#models.values()] satisfies readonly ModelBatch[],
      rejected: this.#rejected.list(),
      warnings: this.#warnings.list(),
      shapes: this.#shapes,
      ...(this.halves.length > 0 && { halves: this.halves }),
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
    if (tenant !== null && tenant !== this.tenant) {
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
    else if (!hasId(this.record.fields)) this.anonymous = true;
    return true;
  }

  #modelOf(fields: Fields): OpenModel | null {
    const name = this.#model ?? fields.text(FIELD.model);
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
    // Models of one request mostly have the same features.
    const like = this.#last?.predictions.values.slice() ?? [];
    const made = { model, predictions: new Predictions(this.#arena, like), labels: NO_LABELS, together: 0 };
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
    if (!this.#versioned(version) || !this.#roomFor(model) || !this.#place(model.predictions, dataset))
      return false;
    if (fields.tag(FIELD.label) === ABSENT) return true;
    if (hasId(fields)) {
      this.#label(model);
      model.together += 1;
    } else
      this.#warnings.add(
        'missing_id',
        'A prediction came with its label but without an id, so the label was not stored; send leeway.prediction.id ("id" in JSON).',
      );
    return true;
  }

  /** The last declaration of a request is the one that holds. */
  #schema(model: OpenModel): void {
    try {
      model.schema = readDeclaration(this.record.schema, this.#limits);
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      this.refuse('malformed', error.message);
    }
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
    const { maxFeatures } = this.#limits;
    if (valueColumns.list.length + record.features <= maxFeatures) return true;
    const spare = maxFeatures - model.predictions.features;
    let fresh = 0;
    for (let at = 0; at < record.features; at += 1)
      if (valueColumns.find(record.featureNames[at] as string) === undefined) fresh += 1;
    if (fresh <= spare) return true;
    this.refuse(
      'too_many_features',
      `Model ${quoted(model.model)} is sent more than ${maxFeatures} different features; send fewer or raise limits.maxFeatures.`,
    );
    return false;
  }

  /** False when a fault of the record came up only now: the row was taken back. */
  #place(rows: Predictions, dataset: number): boolean {
    const columns = rows.valueColumns.list.length;
    const row = rows.next();
    const { record } = this;
    rows.dataset[row] = dataset;
    placeMoment(rows, row, this.moment);
    placeFields(rows, row, record.fields);
    placeMaps(rows, row, record);
    record.late?.readInto(record, rows, row);
    if (record.fault === null) return true;
    rows.takeBack(columns);
    this.refuse(record.fault.reason, record.fault.message);
    return false;
  }

  #label(model: OpenModel): void {
    const { fields } = this.record;
    const tag = fields.tag(FIELD.label);
    if (!hasId(fields)) {
      this.refuse('missing_id', 'A label names no prediction; send leeway.prediction.id ("id" in JSON).');
      return;
    }
    if (tag === ABSENT) {
      this.refuse('missing_value', 'A label has no value; send leeway.label.value ("value" in JSON).');
      return;
    }
    if (model.labels === NO_LABELS) model.labels = new Labels(this.#arena);
    const rows = model.labels;
    const row = rows.next();
    placeMoment(rows, row, this.moment);
    pushId(rows.id, fields);
    rows.value.set(row, tag, tag === TEXT ? (fields.text(FIELD.label) ?? '') : fields.slot(FIELD.label));
    const source = fields.text(FIELD.source);
    if (source !== null) tell<string | undefined>(rows.source, row, { value: source, untold: undefined });
  }
}
