import { existsSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { loadConfig, parseConfig } from '../config.ts';
import { FatalError } from '../errors.ts';
import type { Settings } from '../settings.ts';
import type { CommandContext } from './types.ts';

const DEFAULT_FILE = 'leeway.yaml';

type Options = NonNullable<ParseArgsConfig['options']>;

/** The options of a command; an unknown one is told, with exit code 2. */
export function readOptions(
  context: CommandContext,
  options: Options = {},
): { readonly values: Readonly<Record<string, string | undefined>>; readonly words: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...context.args],
      allowPositionals: true,
      options: { config: { type: 'string' }, ...options },
    });
    return { values, words: positionals };
  } catch (error) {
    throw new FatalError(error instanceof Error ? error.message : String(error), {
      exitCode: 2,
      cause: error,
    });
  }
}

/** The file named by `--config`; else `leeway.yaml` when there is one; else the defaults. */
export function settingsOf(context: CommandContext, config: string | undefined): Settings {
  const file = configFile(config);
  const { environment } = context;
  return file === null ? parseConfig('', { file: DEFAULT_FILE, environment }) : loadConfig(file, environment);
}

/** null: there is none, and the defaults hold. */
export function configFile(config: string | undefined): string | null {
  if (config === undefined && !existsSync(DEFAULT_FILE)) return null;
  return config ?? DEFAULT_FILE;
}
