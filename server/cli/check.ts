import { loadBurnWindows } from '../burn-windows.ts';
import { loadParameters } from '../parameters.ts';
import { loadRules } from '../rules-file.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const check: Command = {
  usage: 'check',
  about: 'validates the configuration and the rules; mistakes come with file, line and column',
  run: async (context) => {
    const settings = settingsOf(context, readOptions(context).values['config']);
    const rules = loadRules(settings.rulesFolder);
    loadBurnWindows(settings.rulesFolder);
    loadParameters(settings.rulesFolder);
    context.print(
      `valid: ${settings.models.length} models, ${settings.receivers.length} receivers, ${rules.length} rules`,
    );
    return 0;
  },
};
