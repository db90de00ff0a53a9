import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FatalError } from '../errors.ts';
import type { Rule } from '../model.ts';
import { differencesOf, parseCases, type RuleCase } from '../route/rule-cases.ts';
import { loadRules } from '../rules-file.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const rules: Command = {
  usage: 'rules test [FILE…]',
  about: [
    'judges written cases by the rules, and prints what differs with its line; without files those in tests/ of the rules folder',
    'ends with 0, 1 when something differs, 2 when a rule or a case cannot be understood',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context);
    const [action, ...files] = words;
    if (action !== 'test') throw refused([`expected rules test, got "rules ${words.join(' ')}"`]);
    const { rulesFolder } = settingsOf(context, values['config']);
    const known = loadRules(rulesFolder);
    const cases = casesOf(files.length > 0 ? files : shippedFiles(rulesFolder), known);
    const differences = cases.map((one) => differencesOf(one, known));
    for (const line of differences.flat()) context.print(line);
    const differing = differences.filter((lines) => lines.length > 0).length;
    const windows = cases.reduce((total, one) => total + one.windows.length, 0);
    context.print(
      differing === 0
        ? `${cases.length} cases, ${windows} windows: all as expected`
        : `${differing} of ${cases.length} cases differ`,
    );
    return differing === 0 ? 0 : 1;
  },
};

function casesOf(files: readonly string[], known: readonly Rule[]): readonly RuleCase[] {
  const results = files.map((file) => parseCases(textOf(file), relative('.', file), known));
  const errors = results.flatMap((result) => (result.ok ? [] : result.errors));
  if (errors.length > 0) throw refused(errors);
  return results.flatMap((result) => (result.ok ? result.cases : []));
}

function textOf(file: string): string {
  if (!existsSync(file)) throw refused([`${file}: no such file`]);
  return readFileSync(file, 'utf8');
}

function shippedFiles(rulesFolder: string): readonly string[] {
  const folder = join(rulesFolder, 'tests');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  if (names.length === 0) throw refused([`${folder}: expected files of cases, found none; name some`]);
  return names.toSorted().map((name) => join(folder, name));
}

function refused(errors: readonly string[]): FatalError {
  return new FatalError(errors.join('\n'), { exitCode: 2 });
}
