import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FatalError } from './errors.ts';
import type { Rule } from './model.ts';
import { PARAMETERS_FILE } from './parameters.ts';
import { withOverrides } from './route/rule-overrides.ts';
import { parseRules } from './route/rules.ts';

/** Other data of the rules folder, with its own schema. */
const OTHER_FILES = ['burn-windows.yaml', PARAMETERS_FILE];

/** Reads every rule of the folder, with its overrides. Any mistake is a FatalError with exit code 2 that names every place. */
export function loadRules(folder: string): readonly Rule[] {
  if (!existsSync(folder)) throw refused([`${folder}: expected a folder of alert rules, found none`]);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && !OTHER_FILES.includes(name))
    .sort();
  const results = files.map((name) =>
    parseRules(readFileSync(join(folder, name), 'utf8'), join(basename(folder), name)),
  );
  const errors = results.flatMap((result) => (result.ok ? [] : result.errors));
  const rules = results.flatMap((result) => (result.ok ? result.rules : []));
  const twice = rules.filter((rule, index) => rules.findIndex((each) => each.id === rule.id) < index);
  const repeated = twice.map((rule) => `${folder}: expected every rule id once, got "${rule.id}" twice`);
  if (errors.length + repeated.length > 0) throw refused([...errors, ...repeated]);
  const overrides = results.flatMap((result) => (result.ok ? result.overrides : []));
  const overridden = withOverrides(rules, overrides);
  if (!overridden.ok) throw refused(overridden.errors);
  return overridden.rules;
}

function refused(errors: readonly string[]): FatalError {
  return new FatalError(errors.join('\n'), { exitCode: 2 });
}
