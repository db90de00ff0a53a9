import { FatalError } from '../errors.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withControl } from '../control-thread.ts';
import type { ReceiverAttempts } from '../ports.ts';
import { receiverDesk } from '../receivers.ts';
import type { Settings } from '../settings.ts';
import type { ReceiverTold } from '../show/types/receivers.ts';
import { withAttempts } from '../show/views/receivers.ts';
import { utc } from '../show/views/words.ts';
import { CONTROL_FILE } from '../store/sqlite/database.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const receivers: Command = {
  usage: 'receivers [list] | receivers test NAME',
  about: [
    'lists receivers with what became of what was sent to each, or sends one a notice that says it is a test;',
    'needs no running appliance',
    'test ends with 0 when it was taken, 1 when not',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context);
    const [action = 'list', name, ...more] = words;
    const settings = settingsOf(context, values['config']);
    const desk = receiverDesk(settings);
    const all = desk.list(null);
    if (action === 'list' && name === undefined) {
      for (const one of withAttempts(all, await attemptsIn(settings)))
        for (const line of linesOf(one)) context.print(line);
      return 0;
    }
    if (action !== 'test' || name === undefined || more.length > 0)
      throw new FatalError(`expected receivers list or receivers test NAME, got "${words.join(' ')}"`, {
        exitCode: 2,
      });
    const tested = await desk.test({ id: name, tenant: null, actor: 'the command line' });
    if (tested === null)
      throw new FatalError(
        `unknown receiver "${name}"; expected one of ${all.map(({ id }) => id).join(', ') || 'none, there are no receivers'}`,
        { exitCode: 2 },
      );
    context.print(`${name}: ${tested.result}: ${tested.detail}`);
    return tested.result === 'sent' ? 0 : 1;
  },
};

/** Asking must not make a store where there is none. */
async function attemptsIn(settings: Settings): Promise<readonly ReceiverAttempts[]> {
  if (!existsSync(join(settings.dataFolder, CONTROL_FILE))) return [];
  return withControl(settings, (control) => control.receiverAttempts(null));
}

function linesOf(receiver: ReceiverTold): readonly string[] {
  const { id, type, target, publicKey, lastSuccessMs, lastFailureMs, lastFailure, waiting } = receiver;
  const first = [id, type, target, ...(publicKey === null ? [] : [publicKey])].join('  ');
  return [
    first,
    ...(lastSuccessMs === null ? [] : [`  last told ${utc(lastSuccessMs)}`]),
    ...(lastFailureMs === null ? [] : [`  last failed ${utc(lastFailureMs)}: ${lastFailure ?? ''}`]),
    ...(waiting === 0 ? [] : [`  ${waiting} waiting since ${utc(receiver.oldestWaitingMs ?? 0)}`]),
  ];
}
