import type duckdb from '@duckdb/node-bindings';
import {
  bigints,
  doubles,
  integers,
  KeyColumn,
  ListColumn,
  NanosecondColumn,
  TableWriter,
  TextColumn,
  WholeColumn,
} from './chunk.ts';
import { schemaColumns } from './schema-tables.ts';

function nameColumns() {
  return {
    models: { model: integers(), tenant: new TextColumn(), name: new TextColumn(), createdMs: bigints() },
    versions: { model: integers(), version: integers(), name: new TextColumn() },
    entries: {
      model: integers(),
      entry: integers(),
      role: new TextColumn(),
      name: new TextColumn(),
      kind: new TextColumn(),
      slot: integers(),
    },
    dictionary: { model: integers(), entry: integers(), code: integers(), value: new TextColumn() },
    kind_violations: { model: integers(), entry: integers(), violations: integers() },
  };
}

function rowColumns() {
  return {
    predictions: {
      batch: bigints(),
      ordinal: integers(),
      model: integers(),
      version: integers(),
      dataset: integers(),
      eventTime: new NanosecondColumn(),
      receivedMs: bigints(),
      idKey: new KeyColumn(),
      idText: new TextColumn(),
      prediction: doubles(),
      predictionCode: integers(),
      score: doubles(),
      durationMs: doubles(),
      error: integers(),
      inputTokens: doubles(),
      outputTokens: doubles(),
      cost: doubles(),
      currency: integers(),
      segments: new ListColumn(integers()),
      num: new ListColumn(doubles()),
      cat: new ListColumn(integers()),
    },
    protected_attributes: {
      batch: bigints(),
      ordinal: integers(),
      model: integers(),
      codes: new ListColumn(integers()),
    },
  };
}

function labelColumns() {
  return {
    labels: {
      batch: bigints(),
      ordinal: integers(),
      model: integers(),
      idKey: new KeyColumn(),
      idText: new TextColumn(),
      eventTime: new NanosecondColumn(),
      receivedMs: bigints(),
      value: doubles(),
      valueCode: integers(),
      source: integers(),
    },
  };
}

function countColumns() {
  return {
    counts: {
      batch: bigints(),
      model: integers(),
      version: integers(),
      dataset: integers(),
      groupEntry: integers(),
      groupCode: integers(),
      bucketMs: bigints(),
      rowCount: integers(),
      cells: new ListColumn(integers()),
      cellCounts: new ListColumn<BigInt64Array<ArrayBuffer>, WholeColumn>(new WholeColumn()),
    },
    slo_minutes: {
      batch: bigints(),
      model: integers(),
      slo: integers(),
      minuteMs: bigints(),
      good: integers(),
      bad: integers(),
      excluded: integers(),
      nanos: bigints(),
    },
    slo_definitions: {
      model: integers(),
      slo: integers(),
      definition: new TextColumn(),
    },
    requests: {
      batch: bigints(),
      digest: new TextColumn(),
      receivedMs: bigints(),
      reply: new TextColumn(),
    },
  };
}

function halfColumns() {
  return {
    halves: {
      sequence: bigints(),
      tenant: new TextColumn(),
      pair: new TextColumn(),
      state: new TextColumn(),
      receivedMs: bigints(),
      payload: new TextColumn(),
    },
  };
}

/** The columns of every table that is appended to, each in the order of its migration. */
export function tableColumns() {
  return {
    ...nameColumns(),
    ...rowColumns(),
    ...labelColumns(),
    ...countColumns(),
    ...halfColumns(),
    ...schemaColumns(),
  };
}

export type Tables = ReturnType<typeof tableColumns>;

/** All writers together: what was gathered goes out in one transaction, or is dropped. */
export class TableWriters {
  readonly columns: Tables = tableColumns();
  readonly #writers: readonly TableWriter[];

  constructor(connection: duckdb.Connection) {
    this.#writers = Object.entries(this.columns).map(
      ([table, columns]) => new TableWriter(connection, table, Object.values(columns)),
    );
  }

  /** Predictions, labels and waiting halves gathered. */
  get rows(): number {
    const { predictions, labels, halves } = this.columns;
    return predictions.batch.length + labels.batch.length + halves.sequence.length;
  }

  write(): void {
    for (const writer of this.#writers) writer.write();
  }

  clear(): void {
    for (const writer of this.#writers) writer.clear();
  }

  close(): void {
    for (const writer of this.#writers) writer.close();
  }
}
