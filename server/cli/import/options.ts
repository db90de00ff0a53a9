import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { DATASETS } from '../../batch.ts';
import { FatalError } from '../../errors.ts';
import { addressOf } from '../address.ts';
import { readOptions } from '../settings.ts';
import type { CommandContext } from '../types.ts';

export const FORMATS = ['csv', 'tsv', 'parquet', 'arrow', 'ndjson', 'sagemaker', 'databricks'] as const;
export type ImportFormat = (typeof FORMATS)[number];

export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

export interface ImportOptions {
  readonly files: readonly string[];
  /** null: by the file's ending. */
  readonly format: ImportFormat | null;
  /** Empty in a dry run, which asks nobody. */
  readonly url: string;
  readonly key: string | null;
  readonly model: string | null;
  readonly version: string | null;
  readonly dataset: string | null;
  /** The file holds labels, no predictions. */
  readonly labels: boolean;
  readonly dryRun: boolean;
  /** Fields of Leeway to columns of the file. */
  readonly map: ReadonlyMap<string, string>;
  /** null: every column that is nothing else. */
  readonly features: readonly string[] | null;
  readonly ignore: readonly string[];
  readonly segments: readonly string[];
  readonly protected: readonly string[];
  /** Columns that are texts even where they look like numbers. */
  readonly texts: readonly string[];
  readonly timeUnit: TimeUnit;
  /** Where predictions go beneath /api/v1; `predictions` when it is not told. */
  readonly address?: string;
}

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;

/** Fields that `--map` may name. */
export const FIELDS = [
  'model',
  'version',
  'id',
  'time',
  'value',
  'score',
  'durationMs',
  'error',
  'dataset',
  'label',
  'labelTime',
  'source',
] as const;

/** What the command line says. Throws FatalError with exit code 2 when it cannot be followed. */
export function importOptions(context: CommandContext): ImportOptions {
  const { values, words } = readOptions(context, {
    ...Object.fromEntries(
      ['format', 'url', 'key-file', 'model', 'version', 'dataset', 'map', 'features', 'ignore', 'segments']
        .concat('protected', 'text', 'time-unit')
        .map((name) => [name, TEXT]),
    ),
    labels: SWITCH,
    'dry-run': SWITCH,
  });
  if (words.length === 0) throw usage('expected a file to import, see leeway help');
  const isDry = values['dry-run'] !== undefined;
  return {
    files: words,
    format: oneOf('--format', values['format'], FORMATS),
    url: isDry ? '' : addressOf(values),
    key: keyOf(context, values['key-file']),
    model: values['model'] ?? null,
    version: values['version'] ?? null,
    dataset: oneOf('--dataset', values['dataset'], DATASETS),
    labels: values['labels'] !== undefined,
    dryRun: isDry,
    map: mapOf(values['map']),
    features: values['features'] === undefined ? null : list(values['features']),
    ignore: list(values['ignore']),
    segments: list(values['segments']),
    protected: list(values['protected']),
    texts: list(values['text']),
    timeUnit: oneOf('--time-unit', values['time-unit'], TIME_UNITS) ?? 'ms',
  };
}

const ENDINGS: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** The format of a file. Throws FatalError with exit code 2 when its ending does not tell. */
export function formatOf(file: string, told: ImportFormat | null): ImportFormat {
  const format = told ?? ENDINGS[extname(file.replace(/\.gz$/, '')).toLowerCase()];
  if (format !== undefined) return format;
  throw usage(`cannot tell the format of ${file} by its name; say --format ${FORMATS.join('|')}`);
}

export interface Connection {
  readonly url: string;
  readonly key: string;
}

/** Where a running appliance is, and the key for it. Throws FatalError with exit code 2 without one. */
export function connectionOf(
  context: CommandContext,
  values: Readonly<Record<string, string | undefined>>,
): Connection {
  const key = keyOf(context, values['key-file']);
  if (key === null) throw usage('expected an API key in LEEWAY_API_KEY or --key-file');
  return { url: addressOf(values), key };
}

function keyOf({ environment }: CommandContext, file: string | undefined): string | null {
  if (file === undefined) return environment['LEEWAY_API_KEY'] ?? null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new FatalError(`--key-file: ${file} cannot be read`, { exitCode: 2, cause });
  }
}

function list(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function mapOf(text: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    list(text).map((pair) => {
      const at = pair.indexOf('=');
      const [field, column] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
      if (!FIELDS.some((known) => known === field) || column === '')
        throw usage(`--map takes FIELD=COLUMN with a field of ${FIELDS.join(', ')}; got "${pair}"`);
      return [field, column];
    }),
  );
}

function oneOf<T extends string>(option: string, value: string | undefined, known: readonly T[]): T | null {
  if (value === undefined) return null;
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw usage(`${option} takes ${known.join(', ')}; got "${value}"`);
  return found;
}

function usage(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
