import type { ReloadAnswer } from '../show/options.ts';
import { post } from './ask.ts';
import { connectionOf } from './import/options.ts';
import { reloadLines } from './reload-lines.ts';
import { readOptions } from './settings.ts';
import type { Command } from './types.ts';

export const reload: Command = {
  usage: 'reload [--dry-run]',
  about: [
    'has a running appliance read its configuration again, and says who is told what because of it',
    '--dry-run only says it; --url (where the configuration listens); the key (admin, of no tenant) comes from LEEWAY_API_KEY or --key-file',
  ].join('\n      '),
  run: async (context) => {
    const { values } = readOptions(context, {
      'dry-run': { type: 'boolean' },
      url: { type: 'string' },
      'key-file': { type: 'string' },
    });
    const dryRun = values['dry-run'] !== undefined;
    const answer = await post<ReloadAnswer>(connectionOf(context, values), '/api/v1/reload', { dryRun });
    for (const line of reloadLines(answer)) context.print(line);
    return 0;
  },
};
