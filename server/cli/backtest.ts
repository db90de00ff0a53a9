import { existsSync, readFileSync } from 'node:fs';
import { FatalError } from '../errors.ts';
import type { Backtest } from '../ports.ts';
import { backtestLines } from './backtest-lines.ts';
import { post } from './ask.ts';
import { connectionOf } from './import/options.ts';
import { EXIT } from './import/send.ts';
import { readOptions } from './settings.ts';
import type { Command } from './types.ts';

const TEXT = { type: 'string' } as const;

export const backtest: Command = {
  usage: 'backtest --since 28d [--rules FILE] [--model M] [--tenant T]',
  about: [
    'asks a running appliance what its rules, or those of FILE, would have opened: how many incidents, when, and why',
    '--json prints the answer as JSON; --url (where the configuration listens); the key comes from LEEWAY_API_KEY or --key-file',
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
    const asked = { since, model, tenant, rules: text };
    const answer = await post<Backtest>(connectionOf(context, values), '/api/v1/backtest', asked);
    if (values['json'] !== undefined) context.print(JSON.stringify(answer));
    else for (const line of backtestLines(answer)) context.print(line);
    return 0;
  },
};

function textOf(file: string): string {
  if (!existsSync(file)) throw refused(`${file}: no such file`);
  return readFileSync(file, 'utf8');
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: EXIT.usage });
}
