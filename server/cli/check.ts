import { readFileSync } from 'node:fs';
import { checkObjectives, loadBurnWindows } from '../burn-windows.ts';
import { configDoubts } from '../config.ts';
import { objectiveLines } from '../slo/objective-lines.ts';
import type { Rule } from '../model.ts';
import { loadParameters } from '../parameters.ts';
import { refusedCalls } from '../receivers.ts';
import { loadRules } from '../rules-file.ts';
import type { Settings } from '../settings.ts';
import { unmatchedModels, unmatchedSubjects } from '../show/views/overrides.ts';
import { treeLines } from './route-lines.ts';
import { configFile, readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const check: Command = {
  usage: 'check',
  about: [
    'validates the configuration and the rules; mistakes come with file, line and column',
    'prints what is allowed and hardly meant, and the tree of routes',
  ].join('\n      '),
  run: async (context) => {
    const settings = settingsOf(context, readOptions(context).values['config']);
    const rules = loadRules(settings.rulesFolder);
    const tables = loadBurnWindows(settings.rulesFolder);
    checkObjectives(settings.models, tables);
    loadParameters(settings.rulesFolder);
    const file = configFile(readOptions(context).values['config']);
    const lines = [
      ...(file === null ? [] : configDoubts(readFileSync(file, 'utf8'), file)),
      ...doubts(rules, settings),
      ...refusedCalls(settings),
    ];
    for (const line of lines) context.print(`warning: ${line}`);
    for (const line of treeLines(settings.route)) context.print(line);
    for (const line of objectiveLines(settings.models, tables)) context.print(line);
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
