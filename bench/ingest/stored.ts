import duckdb from '@duckdb/node-bindings';
import type { Database, Session } from '../../server/store/duckdb/database.ts';

/** Rows as a store holds them, read out as the bytes of its columns, whatever the columns are. */

export interface Commit {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

interface Chunk {
  readonly rows: number;
  readonly columns: readonly ColumnBytes[];
}

interface Bytes {
  readonly data: ArrayBuffer;
  readonly bytes: number;
  /** One bit a row; null when every row has a value. */
  readonly validity: ArrayBuffer | null;
}

type ColumnBytes =
  | ({ readonly kind: 'fixed' } & Bytes)
  | ({ readonly kind: 'list'; readonly children: number; readonly child: Bytes } & Bytes)
  | {
      readonly kind: 'text';
      readonly texts: readonly (string | null)[];
      readonly validity: ArrayBuffer | null;
    };

const { Type } = duckdb;
const WIDTHS: Readonly<Record<number, number>> = {
  [Type.BOOLEAN]: 1,
  [Type.TINYINT]: 1,
  [Type.UTINYINT]: 1,
  [Type.SMALLINT]: 2,
  [Type.INTEGER]: 4,
  [Type.UINTEGER]: 4,
  [Type.FLOAT]: 4,
  [Type.BIGINT]: 8,
  [Type.UBIGINT]: 8,
  [Type.DOUBLE]: 8,
  [Type.TIMESTAMP]: 8,
  [Type.TIMESTAMP_NS]: 8,
  [Type.HUGEINT]: 16,
  [Type.UUID]: 16,
};

function widthOf(type: duckdb.LogicalType): number {
  const id = duckdb.get_type_id(type);
  const width = WIDTHS[id];
  if (width === undefined)
    throw new Error(`The bench cannot read columns of DuckDB's type ${Type[id]}; add its width.`);
  return width;
}

/** The commits of the predictions table after the first `skipRows` rows, in their order. */
export async function storedCommits(database: Database, skipRows: number): Promise<readonly Commit[]> {
  const { reader } = database;
  const batches = await reader.rows(
    'SELECT batch, count(*)::INTEGER FROM predictions GROUP BY batch ORDER BY batch',
  );
  const texts = await textColumns(reader);
  const commits: Commit[] = [];
  let seen = 0;
  for (const [batch, rows] of batches) {
    if (seen >= skipRows) commits.push(await commitOf(reader, Number(batch), texts));
    seen += Number(rows);
  }
  return commits;
}

async function textColumns(session: Session): Promise<readonly string[]> {
  const found = await session.rows(
    "SELECT column_name FROM duckdb_columns() WHERE table_name = 'predictions' AND data_type = 'VARCHAR' ORDER BY column_index",
  );
  return found.map(([name]) => String(name));
}

async function commitOf(session: Session, batch: number, texts: readonly string[]): Promise<Commit> {
  const from = `FROM predictions WHERE batch = ${batch} ORDER BY ordinal`;
  const columns = await Promise.all(
    texts.map(async (name) =>
      (await session.rows(`SELECT ${name} ${from}`)).map(([text]) => text as string | null),
    ),
  );
  const result = await duckdb.query(session.raw, `SELECT * ${from}`);
  const chunks: Chunk[] = [];
  let rows = 0;
  for (
    let chunk = await duckdb.fetch_chunk(result);
    chunk !== null;
    chunk = await duckdb.fetch_chunk(result)
  ) {
    const count = duckdb.data_chunk_get_size(chunk);
    if (count === 0) break;
    chunks.push(
      chunkOf(
        chunk,
        count,
        columns.map((all) => all.slice(rows, rows + count)),
      ),
    );
    rows += count;
  }
  return { rows, chunks };
}

function chunkOf(
  chunk: duckdb.DataChunk,
  rows: number,
  texts: readonly (readonly (string | null)[])[],
): Chunk {
  let text = 0;
  const columns = Array.from({ length: duckdb.data_chunk_get_column_count(chunk) }, (_, at): ColumnBytes => {
    const vector = duckdb.data_chunk_get_vector(chunk, at);
    const type = duckdb.vector_get_column_type(vector);
    const id = duckdb.get_type_id(type);
    if (id === Type.VARCHAR)
      return { kind: 'text', texts: texts[text++] ?? [], validity: validityOf(vector, rows) };
    if (id !== Type.LIST) return { kind: 'fixed', ...bytesOf(vector, rows, widthOf(type)) };
    const child = duckdb.list_vector_get_child(vector);
    const children = duckdb.list_vector_get_size(vector);
    const width = widthOf(duckdb.vector_get_column_type(child));
    return { kind: 'list', ...bytesOf(vector, rows, 16), children, child: bytesOf(child, children, width) };
  });
  return { rows, columns };
}

function bytesOf(vector: duckdb.Vector, rows: number, width: number): Bytes {
  const bytes = rows * width;
  const data = bytes === 0 ? new ArrayBuffer(0) : copyOf(duckdb.vector_get_data(vector, bytes));
  return { data, bytes, validity: validityOf(vector, rows) };
}

function validityOf(vector: duckdb.Vector, rows: number): ArrayBuffer | null {
  if (rows === 0) return null;
  const found = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  return found === null || found.length === 0 ? null : copyOf(found);
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** Puts a column's bytes into the vector of a chunk that is to be appended. */
export function fillVector(vector: duckdb.Vector, column: ColumnBytes, rows: number): void {
  if (column.kind === 'text') {
    column.texts.forEach((text, row) => {
      if (text !== null) duckdb.vector_assign_string_element(vector, row, text);
    });
    fillValidity(vector, column.validity);
    return;
  }
  fillBytes(vector, column);
  if (column.kind !== 'list' || rows === 0) return;
  duckdb.list_vector_reserve(vector, column.children);
  duckdb.list_vector_set_size(vector, column.children);
  if (column.children > 0) fillBytes(duckdb.list_vector_get_child(vector), column.child);
}

function fillBytes(vector: duckdb.Vector, { data, bytes, validity }: Bytes): void {
  duckdb.copy_data_to_vector(vector, 0, data, 0, bytes);
  fillValidity(vector, validity);
}

function fillValidity(vector: duckdb.Vector, validity: ArrayBuffer | null): void {
  if (validity === null) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity, 0, validity.byteLength);
}
