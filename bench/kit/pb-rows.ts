import type { Cell, PlainRow } from './batch-rows.ts';
import type { PbKeyValue, PbRecord, PbRequest, PbValue } from './protobufjs.ts';

/**
 * The rows of a request as protobufjs reads it, by the contract's own names only: a second reading of the same bytes,
 * written without a look at the first.
 */
export function pbRows(request: PbRequest): readonly PlainRow[] {
  return request.resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) =>
        rowOf(record, [...(resource?.attributes ?? []), ...(scope?.attributes ?? []), ...record.attributes]),
      ),
    ),
  );
}

/** Later attributes of a name win: those of the record stand last. */
function rowOf(record: PbRecord, attributes: readonly PbKeyValue[]): PlainRow {
  const values = new Map(attributes.map(({ key, value }) => [key, value]));
  const cell = (key: string) => cellOf(values.get(key));
  const text = (...keys: readonly string[]) => {
    const found = keys.map(cell).find((value) => value !== null);
    return found === undefined ? null : String(found);
  };
  const duration = cell('leeway.prediction.duration');
  const score = cell('leeway.prediction.score');
  const timeNs = BigInt(record.timeUnixNano);
  const id = text('leeway.prediction.id');
  return {
    model: text('leeway.model.name', 'service.name') ?? '',
    version: text('leeway.model.version', 'service.version') ?? '',
    dataset: text('leeway.dataset') ?? 'production',
    id: id === '' ? null : id,
    // A double holds nanoseconds of our days to the nearest 256.
    timeMs: Number(timeNs / 1_000_000n),
    restNs: Number(timeNs % 1_000_000n),
    value: cell('leeway.prediction.value'),
    score: typeof score === 'number' ? score : null,
    durationMs: typeof duration === 'number' && !Number.isNaN(duration) ? duration * 1000 : null,
    error: text('error.type'),
    features: mapsOf(record.attributes, 'leeway.prediction.features', 'leeway.feature.'),
    segments: mapsOf(attributes, 'leeway.segments', 'leeway.segment.') as Record<string, string>,
  };
}

/** What stands in the maps of a name, or flat behind a prefix; the last one of a name wins, and nothing is missing. */
function mapsOf(attributes: readonly PbKeyValue[], name: string, prefix: string): Record<string, Cell> {
  const found = new Map<string, Cell>();
  for (const { key, value } of attributes) {
    if (key === name) addMap(found, value, '');
    else if (key.startsWith(prefix)) add(found, key.slice(prefix.length), value);
  }
  return Object.fromEntries(found);
}

function addMap(into: Map<string, Cell>, map: PbValue | null | undefined, prefix: string): void {
  for (const { key, value } of map?.kvlistValue?.values ?? []) add(into, `${prefix}${key}`, value);
}

function add(into: Map<string, Cell>, name: string, value: PbValue | null | undefined): void {
  // A list is told in words, and changes nothing.
  if (value?.value === 'arrayValue') return;
  const cell = cellOf(value);
  if (value?.value === 'kvlistValue' && (value.kvlistValue?.values.length ?? 0) > 0)
    addMap(into, value, `${name}.`);
  else if (cell === null) into.delete(name);
  else into.set(name, cell);
}

/** By the name of the one member that is set. */
const CELLS: Readonly<Record<string, (value: PbValue) => Cell | undefined>> = {
  stringValue: (value) => value.stringValue,
  boolValue: (value) => value.boolValue,
  intValue: (value) => value.intValue,
  doubleValue: (value) => value.doubleValue,
};

function cellOf(value: PbValue | null | undefined): Cell | null {
  return (value && CELLS[value.value ?? '']?.(value)) ?? null;
}
