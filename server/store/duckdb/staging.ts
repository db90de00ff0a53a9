import type { Batch, IdColumn, LabelColumns, ModelBatch, PredictionColumns } from '../../batch.ts';
import { HASHED, NO_ID, TEXT } from '../../batch.ts';
import { numberAt, tagAt, textAt, withColumns } from '../../batch-edit.ts';
import type { IngestReply, Rejection, SchemaNotice } from '../../model.ts';
import type { KeyColumn, TextColumn } from './chunk.ts';
import { CountDeltas } from './deltas.ts';
import { FIRST_SET } from './datasets.ts';
import { SET_ENTRY } from './registry.ts';
import type { Entry, ModelState, Registry, VersionState } from './registry.ts';
import { RowDeltas } from './row-deltas.ts';
import { FeatureDays } from './feature-days.ts';
import { declareSchema, withProtected } from './schemas.ts';
import { Repeats } from './repeats.ts';
import { Violations } from './violations.ts';
import { SloDeltas } from './slo-deltas.ts';
import { remember, stageObjectives } from './staging-counts.ts';
import { keptRows, stageTexts, stageValues } from './staging-values.ts';
import type { StagedModel, StagedRows } from './staging-values.ts';
import type { Tables } from './tables.ts';

/** Turns batches into rows of every table, in memory; one commit writes them all. */
export class Staging {
  readonly #registry: Registry;
  readonly #tables: Tables;
  readonly #counts = new CountDeltas();
  readonly #slos = new SloDeltas();
  readonly #violations = new Violations();
  readonly #repeats = new Repeats();
  readonly #featureDays = new FeatureDays();
  #batch = 0n;
  #ordinal = 0;

  constructor(registry: Registry, tables: Tables) {
    this.#registry = registry;
    this.#tables = tables;
  }

  /** Starts the rows of a new commit. */
  begin(batch: bigint): void {
    this.#batch = batch;
    this.#ordinal = 0;
  }

  /** Adds a request's rows and returns what it will be told once they are on disk. */
  add(batch: Batch): IngestReply {
    const told = { predictions: 0, labels: 0, repeated: 0 };
    const rejected: Rejection[] = [...batch.rejected];
    const notices: SchemaNotice[] = [];
    for (const part of batch.models) {
      const state = this.#registry.obtain({ tenant: batch.tenant, model: part.model }, batch.receivedAtMs);
      if (state === null) rejected.push(tooManyModels(part));
      else this.#addModel(state, part, { batch, told, rejected, notices });
    }
    const reply: IngestReply = {
      status: 'ok',
      accepted: { predictions: told.predictions, labels: told.labels },
      repeated: told.repeated,
      rejected,
      ...(batch.warnings.length > 0 && { warnings: batch.warnings }),
    };
    this.#remember(batch, reply);
    return notices.length > 0 ? { ...reply, notices } : reply;
  }

  /** Ends the commit: what was counted becomes rows, too. */
  end(): void {
    this.#counts.emit(this.#tables, this.#batch);
    this.#slos.emit(this.#tables, this.#batch);
    this.#violations.emit(this.#tables, this.#batch);
    this.#repeats.emit(this.#tables, this.#batch);
  }

  #addModel(state: ModelState, sent: ModelBatch, into: Into): void {
    const declared = { source: 'event', features: sent.schema ?? {}, atMs: into.batch.receivedAtMs } as const;
    if (sent.schema !== undefined) into.notices.push(...declareSchema(state, this.#tables, declared));
    const { predictions: told, labels } = withProtected(sent, state.schema.protected);
    const set = into.batch.referenceSet;
    const predictions = set === undefined ? told : this.#ofSet(state, told, set);
    if (predictions.rows > 0) {
      const kept = keptRows(this.#registry, state, { columns: predictions, set });
      if (kept.overflowing > 0) into.rejected.push(tooManyFeatures(state, kept.overflowing));
      into.told.predictions += kept.rows.length + kept.repeated.length;
      into.told.repeated += kept.repeated.length;
      if (kept.repeated.length > 0) this.#repeats.add(state, predictions, kept.repeated);
      this.#predictions(state, predictions, { kept, ...into });
    }
    if (labels.rows > 0) {
      into.told.labels += labels.rows;
      this.#labels(state, labels, into.batch.receivedAtMs);
    }
  }

  /** The same rows as those of an uploaded set, which is named here when it is new. */
  #ofSet(state: ModelState, columns: PredictionColumns, set: string): PredictionColumns {
    const entry = this.#registry.entry(state, 'code', SET_ENTRY);
    const code = FIRST_SET + this.#registry.code(state, entry, set);
    return withColumns(columns, { dataset: Array.from({ length: columns.rows }, () => code) });
  }

  #predictions(
    state: ModelState,
    columns: PredictionColumns,
    given: Pick<Into, 'batch' | 'notices'> & { readonly kept: StagedRows },
  ): void {
    const { kept, batch, notices } = given;
    if (kept.rows.length === 0) return;
    const staged: StagedModel = {
      state,
      columns,
      rows: kept.rows,
      features: kept.features,
      versions: versionsOf(this.#registry, state, { columns, rows: kept.rows }),
    };
    this.#keys(staged, batch.receivedAtMs);
    this.#measures(staged);
    const target = { registry: this.#registry, tables: this.#tables };
    stageValues({ ...target, deltas: new RowDeltas(this.#counts, this.#registry, staged) }, staged);
    stageTexts(target, staged, 'segment');
    if (columns.protected.length > 0) this.#protected(staged);
    stageObjectives(this.#registry, this.#slos, staged);
    remember(staged);
    this.#ordinal += kept.rows.length;
    // What is watched of traffic is no matter of a training set.
    if (batch.referenceSet !== undefined) return;
    notices.push(...this.#violations.add(staged));
    this.#featureDays.add(staged, this.#tables, this.#batch);
    state.lastReceivedMs = Math.max(state.lastReceivedMs ?? 0, batch.receivedAtMs);
  }

  #keys(staged: StagedModel, receivedAtMs: number): void {
    const table = this.#tables.predictions;
    const { columns, rows, state } = staged;
    const count = rows.length;
    table.batch.repeat(this.#batch, count);
    pushOrdinals(table.ordinal, this.#ordinal, count);
    table.model.repeat(state.model, count);
    for (let at = 0; at < count; at += 1) {
      table.version.push((staged.versions[at] as VersionState).version);
      table.dataset.push(columns.dataset[rows[at] as number] as number);
    }
    table.eventTime.pushMoments(columns, rows);
    table.receivedMs.repeat(BigInt(Math.trunc(receivedAtMs)), count);
    pushIds(table, columns.id, rows);
  }

  #measures({ columns, state, rows }: StagedModel): void {
    const table = this.#tables.predictions;
    pushTold(table.durationMs, columns.durationMs, rows);
    pushTold(table.inputTokens, columns.inputTokens, rows);
    pushTold(table.outputTokens, columns.outputTokens, rows);
    pushTold(table.cost, columns.cost, rows);
    pushCodes(table.error, columns.error, { rows, coder: new Coder(this.#registry, state, '$error') });
    pushCodes(table.currency, columns.currency, {
      rows,
      coder: new Coder(this.#registry, state, '$currency'),
    });
  }

  #protected(staged: StagedModel): void {
    const table = this.#tables.protected_attributes;
    const count = staged.rows.length;
    table.batch.repeat(this.#batch, count);
    pushOrdinals(table.ordinal, this.#ordinal, count);
    table.model.repeat(staged.state.model, count);
    stageTexts({ registry: this.#registry, tables: this.#tables }, staged, 'protected');
  }

  #labels(state: ModelState, columns: LabelColumns, receivedAtMs: number): void {
    const table = this.#tables.labels;
    const value = new Coder(this.#registry, state, '$label');
    const rows = Int32Array.from({ length: columns.rows }, (_, row) => row);
    table.batch.repeat(this.#batch, columns.rows);
    pushOrdinals(table.ordinal, this.#ordinal, columns.rows);
    table.model.repeat(state.model, columns.rows);
    pushIds(table, columns.id, rows);
    table.eventTime.pushMoments(columns, rows);
    table.receivedMs.repeat(BigInt(Math.trunc(receivedAtMs)), columns.rows);
    for (const row of rows) {
      const isText = tagAt(columns.value, row) === TEXT;
      if (isText) table.value.pushNull();
      else table.value.push(numberAt(columns.value, row));
      pushCode(table.valueCode, isText ? value.of(textAt(columns.value, row)) : -1);
    }
    pushCodes(table.source, columns.source, { rows, coder: new Coder(this.#registry, state, '$source') });
    this.#ordinal += columns.rows;
    state.labels += columns.rows;
  }

  #remember(batch: Batch, reply: IngestReply): void {
    if (batch.digest === null) return;
    const { requests } = this.#tables;
    requests.batch.push(this.#batch);
    requests.digest.push(batch.digest);
    requests.receivedMs.push(BigInt(Math.trunc(batch.receivedAtMs)));
    requests.reply.push(JSON.stringify(reply));
  }
}

interface Into {
  readonly batch: Batch;
  readonly told: { predictions: number; labels: number; repeated: number };
  readonly rejected: Rejection[];
  readonly notices: SchemaNotice[];
}

/** The version of every row; the last name is tried first. */
function versionsOf(
  registry: Registry,
  state: ModelState,
  { columns, rows }: { readonly columns: PredictionColumns; readonly rows: Int32Array },
): readonly VersionState[] {
  let last: VersionState | null = null;
  return Array.from(rows, (row) => {
    const name = columns.version[row] ?? '';
    if (last === null || last.name !== name) last = registry.version(state, name);
    return last;
  });
}

/** Codes of one dictionary; the last text is tried first. */
class Coder {
  readonly #registry: Registry;
  readonly #state: ModelState;
  readonly #name: string;
  #entry: Entry | null = null;
  #text: string | null = null;
  #code = -1;

  constructor(registry: Registry, state: ModelState, name: string) {
    this.#registry = registry;
    this.#state = state;
    this.#name = name;
  }

  /** -1 for nothing. */
  of(text: string | undefined): number {
    if (text === undefined) return -1;
    if (text === this.#text) return this.#code;
    this.#entry ??= this.#registry.entry(this.#state, 'code', this.#name);
    this.#text = text;
    this.#code = this.#registry.code(this.#state, this.#entry, text);
    return this.#code;
  }
}

interface Numbers {
  readonly push: (value: number) => void;
  readonly pushNull: () => void;
  readonly extend: (count: number) => number;
}

function pushOrdinals(column: Numbers, first: number, count: number): void {
  for (let at = 0; at < count; at += 1) column.push(first + at);
}

function pushTold(column: Numbers, values: readonly number[], rows: Int32Array): void {
  if (values.length === 0) {
    column.extend(rows.length);
    return;
  }
  for (const row of rows) {
    const value = values[row] ?? NaN;
    if (Number.isNaN(value)) column.pushNull();
    else column.push(value);
  }
}

function pushCodes(
  column: Numbers,
  texts: readonly (string | undefined)[],
  { rows, coder }: { readonly rows: Int32Array; readonly coder: Coder },
): void {
  if (texts.length === 0) column.extend(rows.length);
  else for (const row of rows) pushCode(column, coder.of(texts[row]));
}

function pushCode(column: Numbers, code: number): void {
  if (code < 0) column.pushNull();
  else column.push(code);
}

/** The key of every id, and its text where the key does not hold it. */
function pushIds(
  table: { readonly idKey: KeyColumn; readonly idText: TextColumn },
  ids: IdColumn,
  rows: Int32Array,
): void {
  const { kinds, words, texts } = ids;
  if (texts.length === 0) table.idText.pushNulls(rows.length);
  for (const row of rows) {
    if (kinds[row] === NO_ID) table.idKey.pushNull();
    else table.idKey.push(words, row * 4);
    if (texts.length > 0) table.idText.push(kinds[row] === HASHED ? (texts[row] ?? '') : null);
  }
}

function tooManyModels(part: ModelBatch): Rejection {
  return {
    reason: 'too_many_models',
    count: part.predictions.rows + part.labels.rows - (part.together ?? 0),
    message: `Model ${JSON.stringify(part.model.slice(0, 80))} is new, and the tenant has as many models as it may; raise limits.maxModelsPerTenant or send a model that is known.`,
  };
}

function tooManyFeatures(state: ModelState, count: number): Rejection {
  return {
    reason: 'too_many_features',
    count,
    message: `Model ${JSON.stringify(state.name.slice(0, 80))} has as many features as it may; raise limits.maxFeatures or send fewer.`,
  };
}
