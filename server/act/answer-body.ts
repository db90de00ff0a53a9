const MAX_TOLD = 200;

/**
 * What a receiver says is wrong in the body of an answer whose status says success: `{"ok": false, …}` or an `error` that
 * is not empty. null: nothing, or no JSON.
 */
export function errorInBody(text: string): string | null {
  const body = objectOf(text);
  if (body === null) return null;
  const { ok, error, message } = body;
  const says = [error, message].find(
    (value) => value !== undefined && value !== null && value !== '' && value !== false,
  );
  if (ok !== false && (error === undefined || error === null || error === false || error === '')) return null;
  return says === undefined ? 'ok: false' : wordsOf(says).slice(0, MAX_TOLD);
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
