import { BadRequestError } from '../errors.ts';
import type { FormatOptions } from './formats.ts';
import { tableRoute } from './table-columns.ts';
import { TableReader } from './table.ts';

const MAGIC = 'PAR1';
const ENCRYPTED = 'PARE';
/** Magic, an empty footer, its length, magic. */
const MIN_BYTES = 12;

/** A Parquet file, by the same rules as Arrow. Throws BadRequestError when it is none, or cannot be read. */
export async function readParquet(body: Buffer, options: FormatOptions): Promise<void> {
  const { builder, limits, request, parquet } = options;
  const route = tableRoute(request.route);
  checkFrame(body);
  if (parquet === undefined)
    throw new BadRequestError('Parquet is not taken here; send Arrow or JSON.', { status: 415 });
  try {
    await parquet(body, async ({ properties, chunks }) => {
      const table = new TableReader({ builder, limits, route, properties });
      for await (const chunk of chunks()) table.take(chunk);
    });
  } catch (cause) {
    if (cause instanceof BadRequestError || isOfTheDisk(cause)) throw cause;
    throw unreadable(cause);
  }
}

function checkFrame(body: Buffer): void {
  const [head, tail] = [body.toString('latin1', 0, 4), body.toString('latin1', body.length - 4)];
  if (head === ENCRYPTED || tail === ENCRYPTED)
    throw new BadRequestError('The Parquet file is encrypted; send it as it is.');
  if (body.length < MIN_BYTES || head !== MAGIC || tail !== MAGIC)
    throw new BadRequestError(
      'The body is not a whole Parquet file: it must begin and end with PAR1; send the file as it was written.',
    );
  const footer = body.readUInt32LE(body.length - 8);
  if (footer > body.length - MIN_BYTES)
    throw new BadRequestError('The Parquet file claims a footer larger than itself; write it anew.');
}

/** A full disk is not the sender's fault: node's own errors have a code. */
function isOfTheDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

/** DuckDB's own words may quote a value. */
function unreadable(cause: unknown): BadRequestError {
  return /out of memory/i.test(String(cause))
    ? new BadRequestError(
        'A row group of the Parquet file is too large to be unpacked; write smaller ones (in pyarrow row_group_size=100000).',
        { status: 413, cause },
      )
    : new BadRequestError(
        'The Parquet file cannot be read: its footer or a page of it is damaged, or of a kind that is not understood; write it anew.',
        { cause },
      );
}
