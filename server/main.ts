import { baseline } from './cli/baseline.ts';
import { backtest } from './cli/backtest.ts';
import { check } from './cli/check.ts';
import { deliveries } from './cli/deliveries.ts';
import { explain } from './cli/explain.ts';
import { importFiles } from './cli/import.ts';
import { incident } from './cli/incident.ts';
import { keys } from './cli/keys.ts';
import { receivers } from './cli/receivers.ts';
import { reload } from './cli/reload.ts';
import { replay } from './cli/replay.ts';
import { route } from './cli/route.ts';
import { rules } from './cli/rules.ts';
import { serve } from './cli/serve.ts';
import { signIn } from './cli/sign-in.ts';
import { slo } from './cli/slo.ts';
import type { Command } from './cli/types.ts';
import { FatalError } from './errors.ts';
import { VERSION } from './version.ts';

/** The command line: `./leeway COMMAND`. One line adds a command. */
const commands: Readonly<Record<string, Command>> = {
  serve,
  check,
  rules,
  route,
  slo,
  explain,
  incident,
  backtest,
  replay,
  reload,
  keys,
  receivers,
  'sign-in': signIn,
  import: importFiles,
  baseline,
  deliveries,
};

function usage(): string {
  const lines = Object.values(commands).map(usageOf);
  return [
    `Leeway ${VERSION}`,
    '',
    ...lines,
    '',
    'Every command takes --config FILE; without it leeway.yaml, or the defaults. --help after a command tells about it alone.',
  ].join('\n');
}

function usageOf({ usage, about }: Command): string {
  return `  leeway ${usage}\n      ${about}`;
}

async function main(words: readonly string[]): Promise<number | null> {
  const [name = 'help', ...args] = words;
  if (['help', '--help', '-h'].includes(name)) return say(usage());
  if (['version', '--version'].includes(name)) return say(VERSION);
  const command = commands[name];
  if (command === undefined)
    throw new FatalError(`unknown command "${name}"; expected one of ${Object.keys(commands).join(', ')}`, {
      exitCode: 2,
    });
  if (args.some((arg) => ['--help', '-h'].includes(arg))) return say(usageOf(command));
  return command.run({ args, environment: process.env, print });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(text: string): number {
  print(text);
  return 0;
}

// Whoever reads no further, such as `head`, wants no more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const code = await main(process.argv.slice(2));
  if (code !== null) process.exitCode = code;
} catch (error) {
  if (!(error instanceof FatalError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}
