import { open } from 'node:fs/promises';
import { RecordBatchReader } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import { fieldColumns } from '../../ingest/arrow-cells.ts';
import type { DictionaryCells } from '../../ingest/arrow-cells.ts';
import { unpackArrow } from '../../ingest/arrow-codec.ts';
import { arrowChunk } from '../../ingest/arrow.ts';
import type { TableFile } from '../../table.ts';

/** What one record batch may unpack to. */
const MAX_BATCH_BYTES = 2 ** 31;

/** An Arrow stream or file on disk, a record batch at a time. */
export async function withArrowFile<T>(file: string, use: (table: TableFile) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const reader = await unpackArrow(MAX_BATCH_BYTES, () => opened(handle));
    return await use({
      properties: reader.schema.metadata,
      columns: reader.schema.fields.flatMap((field) => fieldColumns(field)),
      rows: null,
      chunks: () => chunksOf(reader),
    });
  } finally {
    await handle.close().catch(() => undefined);
  }
}

async function opened(handle: Awaited<ReturnType<typeof open>>): Promise<RecordBatchReader> {
  return (await RecordBatchReader.from(handle)).open();
}

async function* chunksOf(reader: RecordBatchReader): ReturnType<TableFile['chunks']> {
  const dictionaries: DictionaryCells = new WeakMap();
  for (;;) {
    const next = await unpackArrow(MAX_BATCH_BYTES, () => reader.next());
    if (next.done === true) return;
    const batch = next.value as RecordBatch;
    if (batch.numRows > 0) yield arrowChunk(batch, dictionaries);
  }
}
