import { withControl } from '../control-thread.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

const LINK_LIVES_MS = 15 * 60_000;

export const signIn: Command = {
  usage: 'sign-in [--tenant T]',
  about: 'prints a link that signs a browser in once, within 15 minutes; without --tenant for every tenant',
  run: async (context) => {
    const { values } = readOptions(context, { tenant: { type: 'string' } });
    const settings = settingsOf(context, values['config']);
    const principal = { name: 'command line', tenant: values['tenant'] ?? null, scopes: ['admin'] as const };
    const token = await withControl(settings, (control) =>
      control.createSignInToken({ principal, nowMs: Date.now(), ttlMs: LINK_LIVES_MS }),
    );
    context.print(`${settings.publicUrl}/signin?token=${token}`);
    return 0;
  },
};
