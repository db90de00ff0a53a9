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
  return {
    model: text('leeway.model.name', 'service.name') ?? '',
    version: text('leeway.model.version', 'service.version') ?? '',
    dataset: text('leeway.dataset') ?? 'production',
    id: text('leeway.prediction.id'),
    // A double holds nanoseconds of our days to the nearest 256.
    timeMs: Number(BigInt(record.timeUnixNano) / 1_000_000n),
    restNs: Number(BigInt(record.timeUnixNano) % 1_000_000n),
    value: cell('leeway.prediction.value'),
    score: cell('leeway.prediction.score'),
    durationMs: typeof duration === 'number' ? duration * 1000 : null,
    error: text('error.type'),
    features: cells(values.get('leeway.prediction.features')),
    segments: cells(values.get('leeway.segments')) as Record<string, string>,
  };
}

function cells(map: PbValue | null | undefined): Record<string, Cell> {
  return Object.fromEntries(
    (map?.kvlistValue?.values ?? []).flatMap(({ key, value }) => {
      if (value?.value === 'kvlistValue')
        return Object.entries(cells(value)).map(([name, one]) => [`${key}.${name}`, one] as const);
      const one = cellOf(value);
      return one === null ? [] : [[key, one] as const];
    }),
  );
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
