import type { Batch, LabelColumns, ModelBatch, PredictionColumns } from '../../batch.ts';
import { TEXT } from '../../batch.ts';
import type { IngestReply, Rejection, SchemaNotice } from '../../model.ts';
import { CountDeltas } from './deltas.ts';
import { FeatureDays } from './feature-days.ts';
import { declareSchema, withProtected } from './schemas.ts';
import { Violations } from './violations.ts';
import { stageCounts } from './staging-counts.ts';
import { keptRows, stageValues } from './staging-values.ts';
import type { StagedRows } from './staging-values.ts';
import type { Entry, ModelState, Registry, VersionState } from './registry.ts';
import { SloDeltas } from './slo-deltas.ts';
import type { Tables } from './tables.ts';

/** Turns batches into rows of every table, in memory; one commit writes them all. */
export class Staging {
  readonly #registry: Registry;
  readonly #tables: Tables;
  readonly #counts = new CountDeltas();
  readonly #slos = new SloDeltas();
  readonly #violations = new Violations();
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
  }

  #addModel(state: ModelState, sent: ModelBatch, into: Into): void {
    const declared = { source: 'event', features: sent.schema ?? {}, atMs: into.batch.receivedAtMs } as const;
    if (sent.schema !== undefined) into.notices.push(...declareSchema(state, this.#tables, declared));
    const { predictions, labels } = withProtected(sent, state.schema.protected);
    if (predictions.rows > 0) {
      const kept = keptRows(this.#registry, state, predictions);
      if (kept.overflowing > 0) into.rejected.push(tooManyFeatures(state, kept.overflowing));
      into.told.predictions += kept.rows.length + kept.repeated;
      into.told.repeated += kept.repeated;
      this.#predictions(state, predictions, { kept, ...into });
    }
    if (labels.rows > 0) {
      into.told.labels += labels.rows;
      this.#labels(state, labels, into.batch.receivedAtMs);
    }
  }

  #predictions(
    state: ModelState,
    columns: PredictionColumns,
    given: Pick<Into, 'batch' | 'notices'> & { readonly kept: StagedRows },
  ): void {
    const { kept, batch, notices } = given;
    if (kept.rows.length === 0) return;
    const versions = Array.from(kept.rows, (row) =>
      this.#registry.version(state, columns.version[row] ?? ''),
    );
    const staged = { state, columns, kept, versions };
    this.#keys(staged, batch.receivedAtMs);
    this.#measures(staged);
    const cells = stageValues({ registry: this.#registry, tables: this.#tables }, staged, {
      batch: this.#batch,
      ordinal: this.#ordinal,
    });
    stageCounts({ registry: this.#registry, counts: this.#counts, slos: this.#slos }, staged, cells);
    notices.push(...this.#violations.add(staged));
    this.#featureDays.add(staged, this.#tables, this.#batch);
    this.#ordinal += kept.rows.length;
    state.lastReceivedMs = Math.max(state.lastReceivedMs ?? 0, batch.receivedAtMs);
  }

  #keys(staged: StagedModel, receivedAtMs: number): void {
    const rows = this.#tables.predictions;
    const { columns } = staged;
    const receivedMs = BigInt(Math.trunc(receivedAtMs));
    staged.kept.rows.forEach((row, at) => {
      rows.batch.push(this.#batch);
      rows.ordinal.push(this.#ordinal + at);
      rows.model.push(staged.state.model);
      rows.version.push(staged.versions[at]?.version ?? 0);
      rows.dataset.push(columns.dataset[row] as number);
      rows.eventTime.push(nanoseconds(columns, row));
      rows.receivedMs.push(receivedMs);
      rows.id.push(columns.id[row] ?? null);
    });
  }

  #measures(staged: StagedModel): void {
    const rows = this.#tables.predictions;
    const { columns, state, kept } = staged;
    const error = new Coder(this.#registry, state, '$error');
    const currency = new Coder(this.#registry, state, '$currency');
    for (const row of kept.rows) {
      pushTold(rows.durationMs, columns.durationMs[row] as number);
      pushTold(rows.inputTokens, columns.inputTokens[row] as number);
      pushTold(rows.outputTokens, columns.outputTokens[row] as number);
      pushTold(rows.cost, columns.cost[row] as number);
      pushCode(rows.error, error.of(columns.error[row]));
      pushCode(rows.currency, currency.of(columns.currency[row]));
    }
  }

  #labels(state: ModelState, columns: LabelColumns, receivedAtMs: number): void {
    const rows = this.#tables.labels;
    const value = new Coder(this.#registry, state, '$label');
    const source = new Coder(this.#registry, state, '$source');
    for (let row = 0; row < columns.rows; row += 1) {
      rows.batch.push(this.#batch);
      rows.ordinal.push(this.#ordinal + row);
      rows.model.push(state.model);
      rows.id.push(columns.id[row] ?? null);
      rows.eventTime.push(nanoseconds(columns, row));
      rows.receivedMs.push(BigInt(Math.trunc(receivedAtMs)));
      const isText = columns.value.tags[row] === TEXT;
      if (isText) rows.value.pushNull();
      else rows.value.push(columns.value.numbers[row] as number);
      pushCode(rows.valueCode, isText ? value.of(columns.value.texts[row]) : -1);
      pushCode(rows.source, source.of(columns.source[row]));
    }
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

export interface StagedModel {
  readonly state: ModelState;
  readonly columns: PredictionColumns;
  readonly kept: StagedRows;
  readonly versions: readonly VersionState[];
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
  of(text: string | null | undefined): number {
    if (text === null || text === undefined) return -1;
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
}

function pushTold(column: Numbers, value: number): void {
  if (Number.isNaN(value)) column.pushNull();
  else column.push(value);
}

function pushCode(column: Numbers, code: number): void {
  if (code < 0) column.pushNull();
  else column.push(code);
}

function nanoseconds(
  columns: { readonly timeMs: Float64Array; readonly restNs: Int32Array },
  row: number,
): bigint {
  return BigInt(columns.timeMs[row] as number) * 1_000_000n + BigInt(columns.restNs[row] as number);
}

function tooManyModels(part: ModelBatch): Rejection {
  return {
    reason: 'too_many_models',
    count: part.predictions.rows + part.labels.rows,
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
