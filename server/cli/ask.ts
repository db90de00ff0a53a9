import { FatalError } from '../errors.ts';
import type { Connection } from './import/options.ts';
import { EXIT } from './import/send.ts';

/** Questions of a command to a running appliance. */

/** A month of a fleet takes minutes. */
const TIMEOUT_MS = 15 * 60_000;

/** POSTs to an address of the API. What it refuses is a FatalError in its words: exit code 2, or 3 when it is not reached. */
export async function post<T>({ url, key }: Connection, path: string, body: object): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new FatalError(`${url}: it cannot be reached`, { exitCode: EXIT.unreachable, cause });
  });
  if (response.ok) return (await response.json()) as T;
  const told = (await response.json().catch(() => ({}))) as {
    readonly error?: { readonly message?: string };
  };
  const message = told.error?.message ?? `the appliance answered ${response.status}`;
  throw new FatalError(message, { exitCode: response.status >= 500 ? EXIT.unreachable : EXIT.usage });
}
