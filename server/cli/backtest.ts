import { existsSync, readFileSync } from 'node:fs';
import { FatalError } from '../errors.ts';
import type { Backtest } from '../ports.ts';
import { backtestLines } from './backtest-lines.ts';
import { connectionOf, type Connection } from './import/options.ts';
import { EXIT } from './import/send.ts';
import { readOptions } from './settings.ts';
import type { Command } from './types.ts';

const TEXT = { type: 'string' } as const;
/** A month of a fleet takes minutes. */
const TIMEOUT_MS = 15 * 60_000;

export const backtest: Command = {
  usage: 'backtest --since 28d [--rules FILE] [--model M] [--tenant T]',
  about: [
    'asks a running appliance what its rules, or those of FILE, would have opened: how many incidents, when, and why',
    '--json prints the answer as JSON; --url (http://127.0.0.1:8080); the key comes from LEEWAY_API_KEY or --key-file',
    'ends with 0, 2 when the command or the rules cannot be followed, 3 when the appliance is not reached',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context, {
      ...Object.fromEntries(
        ['since', 'rules', 'model', 'tenant', 'url', 'key-file'].map((name) => [name, TEXT]),
      ),
      json: { type: 'boolean' },
    });
    if (words.length > 0) throw refused(`expected options only, got "${words.join(' ')}"`);
    const { since, rules, model, tenant } = values;
    if (since === undefined) throw refused('expected --since with a duration such as 28d');
    const text = rules === undefined ? undefined : textOf(rules);
    const answer = await ask(connectionOf(context, values), { since, model, tenant, rules: text });
    if (values['json'] !== undefined) context.print(JSON.stringify(answer));
    else for (const line of backtestLines(answer)) context.print(line);
    return 0;
  },
};

function textOf(file: string): string {
  if (!existsSync(file)) throw refused(`${file}: no such file`);
  return readFileSync(file, 'utf8');
}

async function ask({ url, key }: Connection, body: object): Promise<Backtest> {
  const response = await fetch(`${url}/api/v1/backtest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new FatalError(`${url}: it cannot be reached`, { exitCode: EXIT.unreachable, cause });
  });
  if (response.ok) return (await response.json()) as Backtest;
  const told = (await response.json().catch(() => ({}))) as {
    readonly error?: { readonly message?: string };
  };
  const message = told.error?.message ?? `the appliance answered ${response.status}`;
  throw new FatalError(message, { exitCode: response.status >= 500 ? EXIT.unreachable : EXIT.usage });
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: EXIT.usage });
}
