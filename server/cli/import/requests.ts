import { resolve } from 'node:path';
import { withTableFile } from '../../store/duckdb/table-file.ts';
import type { TableFile } from '../../table.ts';
import { withArrowFile } from './arrow-file.ts';
import { databricksRequests } from './databricks.ts';
import { mappingOf } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import type { ImportFormat, ImportOptions } from './options.ts';
import type { Outgoing } from './outgoing.ts';
import { sagemakerRequests } from './sagemaker.ts';
import { tableRequests } from './table.ts';

export interface Requests {
  /** What is sent as what, for people. */
  readonly description: readonly string[];
  /** About how many rows there are; null when nobody knows. */
  readonly rows: number | null;
  readonly requests: () => AsyncIterable<Outgoing>;
}

interface Source {
  readonly file: string;
  readonly format: ImportFormat;
  readonly options: ImportOptions;
  readonly lines: number;
}

/** Opens a file, of whatever format, while `use` runs. */
export async function withRequests(
  source: Source,
  use: (requests: Requests) => Promise<void>,
): Promise<void> {
  const { format, options, lines, file } = source;
  if (format === 'sagemaker') {
    await use({
      description: ['  data capture and ground truth of SageMaker, as predictions and labels'],
      rows: lines,
      requests: () => sagemakerRequests(file, options),
    });
    return;
  }
  await withTable(source, async (table) => {
    if (format === 'databricks') {
      const description = ['  an inference table of Databricks, as predictions'];
      await use({ description, rows: table.rows, requests: () => databricksRequests(table, options) });
      return;
    }
    const mapping = mappingOf(table.columns, options);
    await use({
      description: described(mapping),
      rows: table.rows ?? (format === 'arrow' ? null : format === 'ndjson' ? lines : Math.max(0, lines - 1)),
      requests: () => tableRequests(table, mapping, options),
    });
  });
}

async function withTable(
  { file, format, options }: Source,
  use: (table: TableFile) => Promise<void>,
): Promise<void> {
  if (format === 'arrow') return withArrowFile(file, use);
  const path = resolve(file);
  if (format === 'csv') return withTableFile({ file: path, kind: 'csv', texts: textColumns(options) }, use);
  if (format === 'tsv')
    return withTableFile({ file: path, kind: 'csv', separator: '\t', texts: textColumns(options) }, use);
  const kind = format === 'parquet' || isParquet(file) ? 'parquet' : 'ndjson';
  const texts = format === 'databricks' ? ['request', 'response'] : textColumns(options);
  return withTableFile({ file: path, kind, texts }, use);
}

function isParquet(file: string): boolean {
  return file.toLowerCase().endsWith('.parquet');
}

/** An id of 007 is no 7, and an error code no number. */
function textColumns({ map, texts, segments, protected: guarded }: ImportOptions): readonly string[] {
  const fields = ['id', 'model', 'version', 'error', 'dataset', 'source'];
  return [...new Set([...fields.map((field) => map.get(field) ?? field), ...texts, ...segments, ...guarded])];
}

function described({ predictions, labels, leftOut }: Mapping): readonly string[] {
  return [
    ...sentLines('predictions', predictions),
    ...sentLines('labels', labels),
    ...(leftOut.length > 0 ? ['  left out:'] : []),
    ...leftOut.map(({ from, why }) => `    ${from}: ${why}`),
  ];
}

function sentLines(title: string, columns: Mapping['labels']): readonly string[] {
  if (columns === null) return [];
  return [`  ${title}:`, ...columns.map(({ from, to, kind }) => `    ${from} (${kind}) -> ${to}`)];
}
