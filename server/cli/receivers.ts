import { FatalError } from '../errors.ts';
import { receiverDesk } from '../receivers.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const receivers: Command = {
  usage: 'receivers [list] | receivers test NAME',
  about: [
    'lists receivers, or sends one a notice that says it is a test; needs no running appliance',
    'test ends with 0 when it was taken, 1 when not',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context);
    const [action = 'list', name, ...more] = words;
    const desk = receiverDesk(settingsOf(context, values['config']));
    const all = desk.list(null);
    if (action === 'list' && name === undefined) {
      for (const { id, type, target, publicKey } of all)
        context.print([id, type, target, ...(publicKey === null ? [] : [publicKey])].join('  '));
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
