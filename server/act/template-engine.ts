import { Liquid, type Template, type Variable } from 'liquidjs';
import { escaped as escapedHtml } from './email-text.ts';
import { escaped as escapedMrkdwn } from './slack-blocks.ts';
import { nearName } from './near-name.ts';
import { UnknownValueError } from './template-values.ts';

/** Liquid with nothing in it that reads a file, draws lots, unescapes a value or runs for ever. */

/** How values are escaped; what the author of a template writes stands as it is. */
export type TextFormat = 'plain' | 'mrkdwn' | 'html';

export type TemplateProblem = 'syntax' | 'unknown' | 'missing' | 'time' | 'memory' | 'length' | 'other';

/** A template that cannot be read or rendered. The message may hold what values say, so it is for samples only. */
export class TemplateError extends Error {
  readonly problem: TemplateProblem;
  /** Of the character in the template, from 0. */
  readonly index: number;

  constructor(problem: TemplateProblem, message: string, index: number) {
    super(message);
    this.problem = problem;
    this.index = index;
  }
}

const MOST_TEMPLATE = 10_000;
/** A usual notice takes a millisecond, a storm with a time zone for each alert some fifty; nothing else runs meanwhile. */
const MOST_MS = 250;
/** Characters and list entries that all filters and ranges of one rendering may make. */
const MOST_MEMORY = 200_000;
const MOST_RENDERED = 500_000;

const TAGS = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', 'raw', '#'];
// prettier-ignore
const COUNTING = [
  'abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus', 'round', 'times',
];
// prettier-ignore
const FILTERS = [
  ...COUNTING, 'append', 'array_to_sentence_string', 'capitalize', 'compact', 'concat', 'date', 'default', 'downcase',
  'first', 'has', 'join', 'last', 'lstrip', 'map', 'prepend', 'reject', 'remove', 'remove_first', 'remove_last',
  'replace', 'replace_first', 'replace_last', 'reverse', 'rstrip', 'size', 'slice', 'sort', 'sort_natural', 'split',
  'squish', 'strip', 'strip_newlines', 'truncate', 'truncatewords', 'uniq', 'upcase', 'url_encode', 'where',
];

const ENGINES: Readonly<Record<TextFormat, Liquid>> = {
  plain: engineOf((text) => text),
  mrkdwn: engineOf(escapedMrkdwn),
  html: engineOf(escapedHtml),
};

function engineOf(escape: (text: string) => string): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    templates: {},
    parseLimit: MOST_TEMPLATE,
    renderLimit: MOST_MS,
    memoryLimit: MOST_MEMORY,
    timezoneOffset: 0,
    locale: 'en',
    outputEscape: (value: unknown) => escape(textOf(value)),
  });
  keepOnly(engine.tags, TAGS);
  keepOnly(engine.filters, FILTERS);
  COUNTING.forEach((name) => keepUnknown(engine, name));
  return engine;
}

/** Without a prototype, so that `constructor` and the like are no names either. */
function keepOnly(registry: Record<string, unknown>, names: readonly string[]): void {
  for (const name of Object.keys(registry)) if (!names.includes(name)) delete registry[name];
  Object.setPrototypeOf(registry, null);
}

/** A number that is not known stays so: Liquid would count with 0. */
function keepUnknown(engine: Liquid, name: string): void {
  const count = engine.filters[name];
  if (typeof count !== 'function') throw new TypeError(`expected the filter ${name} to be a function`);
  engine.registerFilter(name, function (value: unknown, ...more: readonly unknown[]): unknown {
    return value === null || value === undefined ? null : count.call(this, value, ...more);
  });
}

interface Written {
  readonly [Symbol.toPrimitive]?: () => string;
}

/** What Liquid makes for itself, such as `forloop`, is nothing to be written. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value === 'object') return (value as Written)[Symbol.toPrimitive]?.() ?? '';
  return `${value as string | number | boolean}`;
}

/** Throws TemplateError. */
export function rendered(
  text: string,
  format: TextFormat,
  values: Readonly<Record<string, unknown>>,
): string {
  const engine = ENGINES[format];
  const output = guarded(text, () => String(engine.renderSync(parsed(text, format), values)));
  if (output.length > MOST_RENDERED)
    throw new TemplateError('length', `writes more than ${MOST_RENDERED} characters`, 0);
  return output;
}

export interface KnownNames {
  readonly values: readonly string[];
  /** Of an alert in one of the lists. */
  readonly alert: readonly string[];
}

/** Throws TemplateError when a value is named that there never is, also where no sample comes by. */
export function assertNames(text: string, format: TextFormat, known: KnownNames): void {
  const analysed = guarded(text, () => ENGINES[format].analyzeSync(parsed(text, format)));
  for (const variable of Object.values(analysed.globals).flat())
    assertKnown(text, { variable, name: variable.segments[0], known: known.values });
  const called = new Map(Object.entries(analysed.variables));
  for (const variable of called.get('forloop') ?? [])
    assertKnown(text, { variable, name: variable.segments[1], known: OF_LOOPS });
  for (const [, alert = ''] of text.matchAll(LOOP_OF_ALERTS))
    for (const variable of called.get(alert) ?? [])
      assertKnown(text, { variable, name: variable.segments[1], known: [...known.alert, ...OF_EVERY_LIST] });
}

const LOOP_OF_ALERTS = /\{%-?\s*for\s+([\w-]+)\s+in\s+(?:alerts|firing|resolved)\b/g;
/** A loop over something else may have the same variable. */
const OF_EVERY_LIST = ['size', 'first', 'last'];

const OF_LOOPS = ['index', 'index0', 'rindex', 'rindex0', 'first', 'last', 'length', 'name'];

interface NameIn {
  readonly variable: Variable;
  readonly name: Variable['segments'][number] | undefined;
  readonly known: readonly string[];
}

function assertKnown(text: string, { variable, name, known }: NameIn): void {
  if (typeof name !== 'string' || known.includes(name)) return;
  const { row, col } = variable.location;
  throw new TemplateError('unknown', unknown('value', name, known), indexOf(text, row, col));
}

function parsed(text: string, format: TextFormat): Template[] {
  return guarded(text, () => ENGINES[format].parse(text));
}

function guarded<T>(text: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TemplateError ? error : templateErrorOf(error, text);
  }
}

interface LiquidFailure {
  readonly message?: string;
  readonly name?: string;
  readonly token?: { readonly begin?: number; readonly end?: number };
  readonly originalError?: unknown;
}

function templateErrorOf(error: unknown, text: string): TemplateError {
  const { token, name, message = '' } = error as LiquidFailure;
  const begin = token?.begin ?? 0;
  const words = message.replace(/, line:\d+, col:\d+$/, '');
  const cause = causeOf(error);
  if (cause instanceof UnknownValueError)
    return new TemplateError('unknown', unknown('value', cause.unknown, cause.known), begin);
  const [, filter] = /^undefined filter: (.*)$/.exec(words) ?? [];
  if (filter !== undefined) {
    const at = text.indexOf(filter, text.indexOf('|', begin));
    return new TemplateError('unknown', unknown('filter', filter, FILTERS), Math.max(begin, at));
  }
  const [, tag] = /^tag "(.*)" not found$/.exec(words) ?? [];
  if (tag !== undefined) return new TemplateError('unknown', unknown('tag', tag, TAGS), begin);
  const [, missing] = /^undefined variable: (.*)$/s.exec(words) ?? [];
  if (missing !== undefined) return new TemplateError('missing', missing, begin);
  return new TemplateError(...limitOf(words, name), begin);
}

function limitOf(words: string, name: string | undefined): readonly [TemplateProblem, string] {
  if (words.startsWith('template render limit')) return ['time', `takes longer than ${MOST_MS} ms`];
  if (words.startsWith('memory alloc limit')) return ['memory', 'makes too much text or too long lists'];
  if (words.startsWith('parse length limit')) return ['length', `is longer than ${MOST_TEMPLATE} characters`];
  const isSyntax = name === 'ParseError' || name === 'TokenizationError';
  return [isSyntax ? 'syntax' : 'other', `cannot be ${isSyntax ? 'read' : 'rendered'}: ${words}`];
}

/** What was thrown first, however deep the library has wrapped it. */
function causeOf(error: unknown): unknown {
  const { originalError } = error as LiquidFailure;
  return originalError === undefined ? error : causeOf(originalError);
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearName(name, known);
  return `unknown ${what} "${name}"; ${near === null ? `expected one of ${known.join(', ')}` : `did you mean "${near}"?`}`;
}

function indexOf(text: string, row: number, column: number): number {
  const before = text.split('\n').slice(0, row - 1);
  return before.reduce((total, line) => total + line.length + 1, column - 1);
}
