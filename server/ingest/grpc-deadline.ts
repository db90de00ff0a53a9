/** A call without a deadline of its own, or with a later one, is given up after so long; so is a body that comes too slowly. */
const LONGEST_MS = 60_000;

const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Milliseconds that a call may take by its `grpc-timeout`; a header that makes no sense says nothing. */
export function deadlineOf(header: string | string[] | undefined): number {
  const found = /^(\d{1,8})([HMSmun])$/.exec(String(header ?? ''));
  const told = Number(found?.[1]) * (UNITS_MS[found?.[2] ?? ''] ?? Number.NaN);
  return Number.isNaN(told) ? LONGEST_MS : Math.min(told, LONGEST_MS);
}
