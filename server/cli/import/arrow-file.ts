import { open } from 'node:fs/promises';
import { makeData, RecordBatchReader, Struct } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import { arrowChunk } from '../../ingest/arrow.ts';
import type { DictionaryCells } from '../../ingest/arrow-cells.ts';
import { sourceColumns } from '../../ingest/arrow-cells.ts';
import { unpackArrow } from '../../ingest/arrow-codec.ts';
import type { TableFile } from '../../table.ts';

/** An Arrow stream or file on disk, a record batch at a time. */
export async function withArrowFile<T>(file: string, use: (table: TableFile) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const reader = await (await RecordBatchReader.from(handle)).open();
    const dictionaries: DictionaryCells = new Map();
    const empty = makeData({ type: new Struct(reader.schema.fields), length: 0 });
    return await use({
      rows: null,
      properties: reader.schema.metadata,
      columns: reader.schema.fields.flatMap((field, at) => {
        const data = empty.children[at];
        return data === undefined ? [] : sourceColumns(field, data, { dictionaries });
      }),
      chunks: async function* () {
        unpackArrow(Infinity, () => undefined);
        for await (const batch of reader as AsyncIterable<RecordBatch>)
          if (batch.numRows > 0) yield arrowChunk(batch, dictionaries);
      },
    });
  } finally {
    await handle.close().catch(() => undefined);
  }
}
