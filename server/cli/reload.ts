import type { ReloadAnswer } from '../show/options.ts';
import { post } from './ask.ts';
import { connectionOf } from './import/options.ts';
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
    for (const line of linesOf(answer)) context.print(line);
    return 0;
  },
};

function linesOf({ applied, changed, needsRestart, tells }: ReloadAnswer): readonly string[] {
  const what = changed.length === 0 ? 'nothing that can change while it runs' : changed.join(', ');
  return [
    `${applied ? 'changed' : 'would change'}: ${what}`,
    ...(needsRestart.length === 0 ? [] : [`takes a restart: ${needsRestart.join(', ')}`]),
    `${applied ? 'tells' : 'would tell'} within an hour because of it: ${tells.length === 0 ? 'nobody' : `${tells.length} notices`}`,
    ...tells.map(
      ({ atMs, receiver, reason, title, alerts }) =>
        `  ${new Date(atMs).toISOString().slice(0, 16)} ${receiver} ${reason} (${alerts} firing): ${title}`,
    ),
  ];
}
