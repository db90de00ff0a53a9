import { BadRequestError } from '../errors.ts';
import type { FormatOptions } from './formats.ts';
import { tableRoute } from './table-columns.ts';
import { TableReader } from './table.ts';

/** CSV with a line of names, by the same rules as Arrow; its types are told by its values. Throws BadRequestError. */
export async function readCsv(body: Buffer, options: FormatOptions): Promise<void> {
  const { builder, limits, request, parquet } = options;
  const route = tableRoute(request.route);
  if (parquet === undefined)
    throw new BadRequestError('CSV is not taken here; send Arrow or JSON.', { status: 415 });
  try {
    const read = async ({ properties, chunks }: Parameters<Parameters<typeof parquet>[1]>[0]) => {
      const table = new TableReader({ builder, limits, route, properties });
      for await (const chunk of chunks()) table.take(chunk);
    };
    await parquet(body, read, 'csv');
  } catch (cause) {
    // A full disk is not the sender's fault: node's own errors have a code.
    if (cause instanceof BadRequestError || (cause instanceof Error && 'code' in cause)) throw cause;
    // DuckDB's own words may quote a value.
    throw new BadRequestError(
      'The CSV cannot be read: it must begin with a line of names, and every line have as many values; write it anew.',
      { cause },
    );
  }
}
