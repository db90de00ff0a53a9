import { loadBurnWindows } from '../burn-windows.ts';
import type { Rule } from '../model.ts';
import { loadParameters } from '../parameters.ts';
import { refusedCalls } from '../receivers.ts';
import { loadRules } from '../rules-file.ts';
import type { Settings } from '../settings.ts';
import { unmatchedModels, unmatchedSubjects } from '../show/views/overrides.ts';
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
    for (const line of [...doubts(rules, settings), ...refusedCalls(settings)]) context.print(line);
    context.print(
      `valid: ${settings.models.length} models, ${settings.receivers.length} receivers, ${rules.length} rules`,
    );
    return 0;
  },
};

/** Overrides that fit nothing the configuration names; what is not configured may still send. */
function doubts(rules: readonly Rule[], { models }: Settings): readonly string[] {
  const known = models.map((settings) => {
    const { tenant, model } = settings;
    return { facts: { tenant, model, settings, entry: null }, latest: [] };
  });
  const subjects = known.flatMap((one) => unmatchedSubjects(rules, one));
  return [...unmatchedModels(rules, known), ...subjects].map(
    (sentence) => `${sentence} (the configuration cannot know what else is sent)`,
  );
}
