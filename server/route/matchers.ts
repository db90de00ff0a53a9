import { RE2JS } from 're2js';
import type { Labels } from '../model.ts';
import type { Matcher } from '../settings.ts';

/**
 * Matchers on labels in the syntax of Prometheus Alertmanager: `severity="page"`, `kind=~"drift|fairness"`, several in one
 * text with commas between them, braces around them or not. What its old and its new parser read alike is read alike here;
 * where they differ over an escape the old one holds, as there. From the new one alone: a name may stand in quotes.
 * Expressions are RE2 and anchored, so that none of them can hold up the process.
 */

export type MatcherParse =
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  /** `column` counts from 1. */
  | { readonly ok: false; readonly message: string; readonly column: number };

/** Parses one text of matchers; an empty one has none. */
export function parseMatchers(text: string): MatcherParse {
  try {
    return { ok: true, matchers: readAll(text) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { ok: false, message: error.message, column: error.at + 1 };
  }
}

class Mistake extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const SPACE = /\s*/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const OPERATOR = /=~|!~|!=|=/y;
const BARE = /[^\s,{}"'`\\=~!]+/y;

function readAll(text: string): readonly Matcher[] {
  const reader = { text, at: 0 };
  const isBraced = take(reader, /\{/y) !== null;
  const matchers: Matcher[] = [];
  while (!atEnd(reader, isBraced)) {
    matchers.push(readMatcher(reader));
    if (take(reader, /,/y) === null && !atEnd(reader, isBraced))
      throw new Mistake(`expected a comma before the next matcher, got ${shown(reader)}`, reader.at);
  }
  if (isBraced) take(reader, /\}/y);
  if (reader.at < text.length)
    throw new Mistake(`expected nothing after the brace, got ${shown(reader)}`, reader.at);
  return matchers;
}

interface Reader {
  readonly text: string;
  /** Where the next token is looked for. */
  at: number;
}

/** The next token when it is one of `kind`; spaces around it are passed over. */
function take(reader: Reader, kind: RegExp): string | null {
  skip(reader, SPACE);
  const found = skip(reader, kind);
  if (found !== null) skip(reader, SPACE);
  return found;
}

function skip(reader: Reader, kind: RegExp): string | null {
  kind.lastIndex = reader.at;
  const [found = null] = kind.exec(reader.text) ?? [];
  reader.at += found?.length ?? 0;
  return found;
}

function atEnd(reader: Reader, isBraced: boolean): boolean {
  skip(reader, SPACE);
  if (isBraced && reader.at >= reader.text.length)
    throw new Mistake('expected a closing brace, got the end of the text', reader.at);
  return reader.at >= reader.text.length || (isBraced && reader.text[reader.at] === '}');
}

function readMatcher(reader: Reader): Matcher {
  const name = readName(reader);
  const op = take(reader, OPERATOR);
  if (op === null)
    throw new Mistake(`expected one of = != =~ !~ after ${name}, got ${shown(reader)}`, reader.at);
  const valueAt = reader.at;
  const matcher = { name, op: op as Matcher['op'], value: readValue(reader, name + op) };
  const mistake = expressionMistake(matcher);
  if (mistake !== null) throw new Mistake(mistake, valueAt);
  return matcher;
}

function readName(reader: Reader): string {
  const bare = take(reader, NAME);
  if (bare !== null) return bare;
  const quoted = readQuoted(reader);
  if (quoted === null || quoted === '')
    throw new Mistake(`expected a matcher such as severity="page", got ${shown(reader)}`, reader.at);
  return quoted;
}

/** An empty value is written in quotes: what is left of `tenant=$TENANT` without one would match all that has no tenant. */
function readValue(reader: Reader, before: string): string {
  const value = readQuoted(reader) ?? take(reader, BARE);
  if (value !== null) return value;
  throw new Mistake(
    `expected a value after ${before}, in quotes where it is empty or has a space or one of {}!=~,\\"'\`; got ${shown(reader)}`,
    reader.at,
  );
}

function readQuoted(reader: Reader): string | null {
  const quoted = take(reader, QUOTED);
  if (quoted !== null) return unescaped(quoted.slice(1, -1));
  if (reader.text[reader.at] === '"') throw new Mistake('expected a closing quote', reader.at);
  return null;
}

/** Only a quote, a backslash and a line break are escaped; of `\d` the backslash stays. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}

function shown({ text, at }: Reader): string {
  if (at >= text.length) return 'the end of the text';
  return JSON.stringify(text.length - at > 40 ? `${text.slice(at, at + 39)}…` : text.slice(at));
}

/** Longer ones are built by programs and belong into labels. */
const LONGEST_EXPRESSION = 1000;

/** What is wrong with an expression, in words; null when nothing is, or none is used. */
export function expressionMistake({ name, op, value }: Matcher): string | null {
  if (op === '=' || op === '!=') return null;
  if (value.length > LONGEST_EXPRESSION)
    return `expected an expression of at most ${LONGEST_EXPRESSION} characters for ${name}, got ${value.length}`;
  try {
    compiled(value);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    return `expected an expression in RE2 syntax for ${name} (no look-ahead, no back-references): ${why}`;
  }
}

/** Every matcher fits; a label that is missing is an empty one. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

function matches({ name, op, value }: Matcher, labels: Labels): boolean {
  const label = Object.hasOwn(labels, name) ? labels[name] : '';
  if (op === '=') return label === value;
  if (op === '!=') return label !== value;
  return compiled(value).matches(label ?? '') === (op === '=~');
}

/** A thousand characters without repetition have no more; a label of 300 takes such a one some 50 ms at worst. */
const MOST_STEPS = 1500;
const MOST_COMPILED = 10_000;
const cache = new Map<string, RE2JS>();

/** Compiling costs a thousand times as much as matching. */
function compiled(expression: string): RE2JS {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const made = RE2JS.compile(expression);
  const steps = made.programSize();
  if (steps > MOST_STEPS)
    throw new RangeError(
      `its repetitions make it ${steps} steps long, and at most ${MOST_STEPS} are taken; repeat less`,
    );
  if (cache.size >= MOST_COMPILED) cache.clear();
  cache.set(expression, made);
  return made;
}

const PLAIN_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** The text that `parseMatchers` reads as this matcher. */
export function matcherText({ name, op, value }: Matcher): string {
  return `${PLAIN_NAME.test(name) ? name : inQuotes(name)}${op}${inQuotes(value)}`;
}

function inQuotes(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
}

export function matchersText(matchers: readonly Matcher[]): string {
  return matchers.map(matcherText).join(', ');
}
