import { RecordBatchReader } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import { BadRequestError } from '../errors.ts';
import type { TableChunk } from '../table.ts';
import { sourceColumns } from './arrow-cells.ts';
import type { DictionaryCells } from './arrow-cells.ts';
import { checkedArrow } from './arrow-check.ts';
import { unpackArrow } from './arrow-codec.ts';
import type { FormatOptions } from './formats.ts';
import { tableRoute } from './table-columns.ts';
import { TableReader } from './table.ts';

/** Arrow IPC, as a stream or a file. Throws BadRequestError when it is torn, or has columns that cannot be understood. */
export function readArrow(body: Buffer, { builder, limits, request }: FormatOptions): void {
  const route = tableRoute(request.route);
  const stream = checkedArrow(body);
  unpackArrow(limits.maxBodyBytes, () =>
    told(() => {
      const reader: RecordBatchReader = RecordBatchReader.from(stream).open();
      const table = new TableReader({ builder, limits, route, properties: reader.schema.metadata });
      const dictionaries: DictionaryCells = new WeakMap();
      // Empty batches may stand for a stream without any.
      for (const batch of reader as Iterable<RecordBatch>)
        if (batch.numRows > 0) table.take(arrowChunk(batch, dictionaries));
    }),
  );
}

/** The rows of a record batch, column by column. */
export function arrowChunk(batch: RecordBatch, dictionaries: DictionaryCells): TableChunk {
  const { schema, data } = batch;
  const columns = schema.fields.flatMap((field, at) => {
    const column = data.children[at];
    if (column === undefined || column.length !== data.length)
      throw new BadRequestError('A column of the Arrow stream is not as long as its batch; write it anew.');
    return sourceColumns(field, column, { dictionaries });
  });
  return { rows: data.length, columns };
}

/** The library's own errors speak of its insides. */
function told(read: () => void): void {
  try {
    read();
  } catch (cause) {
    if (cause instanceof BadRequestError) throw cause;
    throw new BadRequestError(
      'The body is not a whole Arrow IPC stream: its batches do not fit its schema; write it anew.',
      { cause },
    );
  }
}
