import { ABSENT } from '../../batch.ts';
import type { Cells, TableChunk, TableFile } from '../../table.ts';
import { FatalError } from '../../errors.ts';
import type { JsonRow } from './json-requests.ts';
import { jsonRequests } from './json-requests.ts';
import type { ImportOptions } from './options.ts';
import type { Outgoing } from './outgoing.ts';
import { answerOf, requestRows, responseRows } from './payload.ts';
import { constants } from './sagemaker.ts';

/** Inference tables of Databricks, exported as Parquet or NDJSON. */

/** The names a column goes by: of the first kind of table, then of the one behind the AI gateway. */
const COLUMNS = {
  clientId: ['client_request_id'],
  id: ['databricks_request_id'],
  time: ['timestamp_ms', 'request_time'],
  status: ['status_code'],
  duration: ['execution_time_ms', 'execution_duration_ms'],
  request: ['request'],
  response: ['response'],
} as const;
type Name = keyof typeof COLUMNS;

export function databricksRequests(table: TableFile, options: ImportOptions): AsyncGenerator<Outgoing> {
  const names = table.columns.map(({ path }) => path.join('.'));
  for (const needed of ['id', 'request', 'response'] as const)
    if (!COLUMNS[needed].some((name) => names.includes(name)))
      throw new FatalError(
        `this is no inference table: it has no column ${COLUMNS[needed].join(' or ')}; there are ${names.join(', ')}`,
        { exitCode: 2 },
      );
  return jsonRequests(rowsOf(table, options));
}

async function* rowsOf(table: TableFile, options: ImportOptions): AsyncGenerator<JsonRow> {
  let number = 0;
  for await (const chunk of table.chunks()) {
    const read = reader(chunk);
    for (let row = 0; row < chunk.rows; row += 1) {
      number += 1;
      yield* databricksRows((name) => read(name, row), number, options);
    }
  }
}

/** The cells of a chunk in words, by the names above. */
function reader(chunk: TableChunk): (name: Name, row: number) => string | null {
  const cells = new Map<string, Cells>();
  for (const [name, known] of Object.entries(COLUMNS)) {
    const column = chunk.columns.find(({ path }) => (known as readonly string[]).includes(path.join('.')));
    if (column !== undefined) cells.set(name, column.read('text'));
  }
  return (name, row) => {
    const found = cells.get(name);
    return found === undefined || found.tags[row] === ABSENT ? null : (found.texts[row] ?? null);
  };
}

/** The predictions of a row of the table: one for every row of its request. */
export function databricksRows(
  cell: (name: Name) => string | null,
  number: number,
  options: ImportOptions,
): readonly JsonRow[] {
  const id = cell('clientId') ?? cell('id');
  const features = requestRows(parsed(cell('request')), { names: options.features ?? [] });
  if (features === null || id === null)
    return [
      {
        unreadable: `The request of row ${number} has none of dataframe_split, dataframe_records, inputs and instances.`,
      },
    ];
  const failed = (cell('status') ?? '200') !== '200';
  const answers = failed ? [] : responseRows(parsed(cell('response')), { names: [] });
  return features.map((row, at) => ({
    route: 'predictions',
    row: {
      ...constants(options),
      id: features.length > 1 ? `${id}-${at}` : id,
      ...timeOf(cell('time')),
      ...(cell('duration') !== null && { durationMs: Number(cell('duration')) }),
      ...(failed && { error: `status ${cell('status')}` }),
      features: row,
      ...answerOf(answers[at] ?? {}, options.map),
    },
  }));
}

function timeOf(text: string | null): { readonly time?: number | string } {
  if (text === null) return {};
  return { time: /^\d+$/.test(text) ? Number(text) : text };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}
