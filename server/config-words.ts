import type { z } from 'zod';
import { secretIn } from './masked.ts';

/** What is wrong with a value of the configuration: what was expected, what came, what to do. */

type RawIssue = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an email address such as ana@acme.example',
  datetime: 'a time such as 2026-11-21T00:00:00Z',
};

/** What was expected, of issues whose part of the schema has no words of its own: an error map of zod. */
export function expectedOf(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}`;
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? 'a text of another form'}`;
    case 'too_small':
    case 'too_big':
      return boundOf(issue);
    case 'invalid_union':
      return unionOf(issue);
    case 'invalid_key':
      return `${issue.issues[0]?.message ?? 'expected another name'}; rename this key`;
    case 'unrecognized_keys':
      return knownKeys(issue);
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'custom':
    case 'invalid_element':
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;
}

type Bound = Extract<RawIssue, { code: 'too_small' | 'too_big' }>;

function boundOf(issue: Bound): string {
  const isSmall = issue.code === 'too_small';
  const bound = Number(isSmall ? issue.minimum : issue.maximum);
  if (issue.origin === 'string')
    return isSmall && bound === 1
      ? 'expected a text that is not empty'
      : `expected at ${isSmall ? 'least' : 'most'} ${bound} characters`;
  if (issue.origin === 'array')
    return `expected at ${isSmall ? 'least' : 'most'} ${bound === 1 ? 'one entry' : `${bound} entries`}`;
  if (issue.inclusive === false) return `expected ${isSmall ? 'more' : 'less'} than ${bound}`;
  return `expected at ${isSmall ? 'least' : 'most'} ${bound}`;
}

function unionOf(issue: Extract<RawIssue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue['options'])) return `expected ${oneOf(issue['options'])}`;
  const ways = issue.errors.flatMap(([first]) => first?.message.replace(/^expected /, '') ?? []);
  return `expected ${[...new Set(ways)].join(', or ')}`;
}

/** The keys there are; `messagesOf` puts the unknown one before it. */
function knownKeys({ inst }: RawIssue): string {
  const definition = (inst as { readonly _zod?: { readonly def?: { readonly shape?: object } } } | undefined)
    ?._zod?.def;
  return `expected one of ${Object.keys(definition?.shape ?? {}).join(', ')}`;
}

interface Mistake {
  readonly path: readonly PropertyKey[];
  /** Within a text. */
  readonly column: number;
  readonly message: string;
}

/** Every mistake behind an issue in full words. `value` is all that was read. */
export function mistakesOf(issue: z.core.$ZodIssue, value: unknown): readonly Mistake[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      column: 1,
      message: `unknown key "${key}" in ${nameOf(path)}; ${issue.message}`,
    }));
  const inner = issue.code === 'invalid_union' ? meantIn(issue) : null;
  if (inner !== null)
    return inner.flatMap((one) => mistakesOf({ ...one, path: [...path, ...one.path] }, value));
  const column = issue.code === 'custom' ? issue.params?.['column'] : undefined;
  const isTold = column !== undefined || issue.code === 'invalid_key' || /\bgot\b/.test(issue.message);
  const message = isTold ? issue.message : `${issue.message}${cameOf(issue.message, at(value, path), path)}`;
  return [{ path, column: Number(column ?? 1), message: `${nameOf(path)}: ${message}` }];
}

/** Of several forms the one that was begun: its mistakes lie within it. */
function meantIn({ errors }: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>) {
  const begun = errors.filter((issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0));
  return begun.length === 1 ? (begun[0] ?? null) : null;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** What came and, where it is plain, what to do about it. */
function cameOf(expected: string, value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined || value === null) return ', but it is missing; add it';
  const hint = hintFor(expected, value);
  if (Array.isArray(value)) return `, got ${value.length === 0 ? 'an empty list' : 'a list'}${hint}`;
  if (typeof value === 'object') return `, got keys with values${hint}`;
  if (typeof value !== 'string') return `, got ${JSON.stringify(value)}${hint}`;
  return `, got ${mayBeShown(value, path) ? `"${value}"` : 'another text'}${hint}`;
}

function hintFor(expected: string, value: unknown): string {
  if (expected.endsWith('a number') && typeof value === 'string' && value.trim() !== '')
    return Number.isNaN(Number(value)) ? '' : '; write it without quotes';
  if (/a (?:text|name)\b/.test(expected) && typeof value === 'number') return '; put it into quotes';
  if (expected.includes('a duration') && typeof value === 'number') return '; add its unit';
  if (expected.endsWith('a list') && typeof value !== 'object') return '; put it into brackets, as in [a, b]';
  return '';
}

const MOST_SHOWN = 60;

/** Neither what may be a secret, nor addresses, whose paths often are one. */
function mayBeShown(text: string, path: readonly PropertyKey[]): boolean {
  const names = path.map(String).join('.');
  return (
    text.length <= MOST_SHOWN &&
    secretIn(text) === null &&
    !text.includes('://') &&
    !/(?:url|secret|token|key|smtp|password|proxy|auth)[^.]*(?:\.|$)/i.test(names)
  );
}
