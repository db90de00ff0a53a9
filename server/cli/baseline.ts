import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FatalError } from '../errors.ts';
import type { BaselineEntry } from '../ports.ts';
import { importFile } from './import.ts';
import { formatOf, importOptions } from './import/options.ts';
import type { ImportOptions } from './import/options.ts';
import { EXIT } from './import/send.ts';
import { Tally } from './import/tally.ts';
import type { Command, CommandContext } from './types.ts';

const DEFAULT_SET = 'training';
/** Everything stored is counted again. */
const FREEZE_MS = 30 * 60_000;

export const baseline: Command = {
  usage: 'baseline import FILE… --model M [--set NAME] [--tenant T] [--map time=ts,value=pred]',
  about: [
    'uploads a training set under a name (training) and judges the model against it from here on',
    'the options of import say what the columns are; the key needs the scopes ingest and operate',
    'ends with 0, 1 when a row was refused or no baseline could be made, and 2 and 3 as import does',
  ].join('\n      '),
  run: async (context) => {
    const { set, tenant, rest } = ownOptions(context.args);
    const [action, ...args] = rest;
    if (action !== 'import') throw usage(`expected baseline import, got "${action ?? ''}"`);
    const options = importOptions({ ...context, args });
    const { model } = options;
    if (options.labels || options.map.has('label'))
      throw usage('labels of a training set are not stored; leave out --labels and the label of --map');
    if (model === null) throw usage('expected --model M');
    if (options.key === null && !options.dryRun)
      throw usage('expected an API key in LEEWAY_API_KEY or --key-file');
    const query = new URLSearchParams({ model, set, ...(tenant !== null && { tenant }) });
    const tally = await upload({ ...options, address: `baselines/rows?${query.toString()}` }, context);
    if (options.dryRun) return 0;
    for (const line of tally.lines()) context.print(line);
    if (tally.refused > 0) return EXIT.refused;
    return freeze(options, { context, query, set });
  },
};

async function upload(options: ImportOptions, context: CommandContext): Promise<Tally> {
  const tally = new Tally();
  for (const file of options.files) if (!existsSync(file)) throw usage(`${file}: no such file`);
  for (const file of options.files)
    await importFile(file, formatOf(file, options.format), { options, tally, context });
  return tally;
}

async function freeze(
  { url, key }: ImportOptions,
  {
    context,
    query,
    set,
  }: { readonly context: CommandContext; readonly query: URLSearchParams; readonly set: string },
): Promise<number> {
  const asked = new URLSearchParams([...query].filter(([name]) => name !== 'set'));
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(`${url}/api/v1/baselines?${asked.toString()}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source: { kind: 'uploaded', set } }),
      signal: AbortSignal.timeout(FREEZE_MS),
    }).catch((cause: unknown) => {
      throw new FatalError(`${url} cannot be reached; the rows are uploaded, run the same command again`, {
        exitCode: EXIT.unreachable,
        cause,
      });
    });
    if (response.status === 503 && attempt < 10) {
      await sleep(1000);
      continue;
    }
    const told = (await response.json().catch(() => ({}))) as Partial<BaselineEntry> & Told;
    for (const line of linesOf(told, set)) context.print(line);
    return response.ok ? 0 : EXIT.refused;
  }
}

interface Told {
  readonly error?: { readonly message?: string };
}

function linesOf(told: Partial<BaselineEntry> & Told, set: string): readonly string[] {
  const { id, rows = 0, features = 0, cells = 0, fromMs = 0, toMs = 0, error } = told;
  if (id === undefined)
    return [`no baseline was made of ${set}: ${error?.message ?? 'the appliance gave no reason'}`];
  return [
    `baseline ${id} of ${set}: ${rows.toLocaleString('en')} rows, ${features} features, ${cells} cells`,
    `  from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`,
  ];
}

/** What import does not know, taken out of its words. */
function ownOptions(args: readonly string[]): {
  readonly set: string;
  readonly tenant: string | null;
  readonly rest: readonly string[];
} {
  const found = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name = '', value] = (args[at] ?? '').split(/=(.*)/s);
    if (name !== '--set' && name !== '--tenant') rest.push(args[at] ?? '');
    else {
      found.set(name, value ?? args[at + 1] ?? '');
      if (value === undefined) at += 1;
    }
  }
  const set = found.get('--set') ?? DEFAULT_SET;
  if (set === '') throw usage('--set takes a name');
  return { set, tenant: found.get('--tenant') ?? null, rest };
}

function usage(message: string): FatalError {
  return new FatalError(message, { exitCode: EXIT.usage });
}
