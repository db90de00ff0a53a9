import type { DuckDBValue } from '@duckdb/node-api';
import { openDatabase } from '../../server/store/duckdb/database.ts';
import type { Row } from './clients/records.ts';

/** What a data folder holds of its one model, read past the appliance. Ids may repeat: nothing is merged. */
export interface Stored {
  readonly model: string;
  readonly predictions: readonly (Row & { readonly id: string | null })[];
  readonly labels: readonly { readonly id: string | null; readonly value: string | number }[];
}

const idSql = (table: string) => `coalesce(${table}.id_text, ${table}.id_key::VARCHAR)`;

interface Entry {
  readonly role: string;
  readonly name: string;
  /** Numbers and texts have places of their own. */
  readonly isNumber: boolean;
  readonly slot: number;
  readonly values: ReadonlyMap<number, string>;
}

type Rows = (sql: string) => Promise<readonly (readonly DuckDBValue[])[]>;

/** Opens the folder of an appliance that has ended. */
export async function readStored(folder: string): Promise<Stored> {
  const database = await openDatabase(folder);
  try {
    const rows: Rows = (sql) => database.writer.rows(sql);
    const models = await rows('SELECT model, name FROM models');
    if (models.length > 1)
      throw new Error(`expected one model, found ${models.map(([, name]) => String(name)).join()}`);
    const [model, name] = models[0] ?? [-1, ''];
    const entries = await readEntries(rows, Number(model));
    return {
      model: String(name),
      predictions: await readPredictions(rows, Number(model), entries),
      labels: await readLabels(rows, Number(model), entries),
    };
  } finally {
    database.close();
  }
}

async function readEntries(rows: Rows, model: number): Promise<readonly Entry[]> {
  const words = await rows(`SELECT entry, code, value FROM dictionary WHERE model = ${model}`);
  const found = await rows(`SELECT entry, role, name, slot, kind FROM entries WHERE model = ${model}`);
  return found.map(([entry, role, name, slot, kind]) => ({
    role: String(role),
    name: String(name),
    isNumber: kind === 'number',
    slot: Number(slot),
    values: new Map(
      words.filter(([of]) => of === entry).map(([, code, value]) => [Number(code), String(value)]),
    ),
  }));
}

async function readPredictions(
  rows: Rows,
  model: number,
  entries: readonly Entry[],
): Promise<Stored['predictions']> {
  const sql = `SELECT ${idSql('p')}, epoch_ns(p.event_time)::VARCHAR, v.name, p.prediction, p.prediction_code, p.score,
      p.duration_ms, to_json(p.num)::VARCHAR, to_json(p.cat)::VARCHAR, to_json(p.segments)::VARCHAR
    FROM predictions p JOIN versions v USING (model, version) WHERE p.model = ${model} ORDER BY p.batch, p.ordinal`;
  const values = entries.find(({ role, name }) => role === 'feature' && name === '$prediction');
  return (await rows(sql)).map(([id, timeNs, version, number, code, score, durationMs, ...lists]) => {
    const [num = [], cat = [], segments = []] = lists.map(numbers);
    return {
      id: id === null ? null : String(id),
      timeNs: String(timeNs),
      version: String(version),
      value: values?.values.get(Number(code)) ?? String(number),
      score: Number(score),
      durationMs: Number(durationMs),
      features: named(entries, 'feature', ({ slot, isNumber, values: words }) =>
        isNumber ? num[slot] : words.get(cat[slot] ?? -1),
      ),
      segments: named(entries, 'segment', ({ slot, values: words }) => words.get(segments[slot] ?? -1)),
    };
  });
}

async function readLabels(rows: Rows, model: number, entries: readonly Entry[]): Promise<Stored['labels']> {
  const sql = `SELECT ${idSql('l')}, l.value, l.value_code FROM labels l WHERE l.model = ${model}`;
  const values = entries.find(({ role, name }) => role === 'code' && name === '$label');
  return (await rows(sql)).map(([id, number, code]) => ({
    id: id === null ? null : String(id),
    value: values?.values.get(Number(code)) ?? Number(number),
  }));
}

function numbers(list: DuckDBValue | undefined): readonly (number | null)[] {
  return (JSON.parse(String(list)) as readonly (number | null)[] | null) ?? [];
}

function named<T>(
  entries: readonly Entry[],
  role: string,
  read: (entry: Entry) => T | null | undefined,
): Record<string, T> {
  const found = entries
    .filter((entry) => entry.role === role && !entry.name.startsWith('$'))
    .map((entry): [string, T | null | undefined] => [entry.name, read(entry)])
    .filter((each): each is [string, T] => each[1] !== null && each[1] !== undefined);
  return Object.fromEntries(found);
}
