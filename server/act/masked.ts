/** Shorter ones are words of every text; taking those out would make a page unreadable and hide nothing. */
const LEAST_CHARACTERS = 6;

/** A copy of plain data in which no text holds one of the secrets. */
export function masked<T>(value: T, secrets: readonly string[]): T {
  const long = secrets
    .filter(({ length }) => length >= LEAST_CHARACTERS)
    .toSorted((first, second) => second.length - first.length);
  return long.length === 0 ? value : (copyOf(value, long) as T);
}

function copyOf(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string')
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), value);
  if (Array.isArray(value)) return value.map((one) => copyOf(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one, secrets)]));
}
