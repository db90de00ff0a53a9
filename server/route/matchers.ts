import { RE2JS } from 're2js';
import type { Labels } from '../model.ts';
import type { Matcher } from '../settings.ts';

/**
 * Matchers on labels in the syntax of Prometheus Alertmanager, as far as its old and its new parser agree:
 * `severity="page"`, `kind=~"drift|fairness"`, several in one text with commas between them, braces around them or not.
 * Expressions are RE2 and anchored, so that none of them can hold up the process.
 */

export type MatcherParse =
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  /** `column` counts from 1. */
  | { readonly ok: false; readonly message: string; readonly column: number };

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|"(?<quotedName>(?:[^"\\]|\\.)*)")\s*(?<op>=~|!~|!=|=)\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s,{}"'`\\=~!]*))\s*(?<end>,|$)/y;

/** Parses one text of matchers; an empty one has none. */
export function parseMatchers(text: string): MatcherParse {
  const braced = /^\s*\{(?<inner>.*)\}\s*$/s.exec(text);
  const inner = braced?.groups?.['inner'] ?? text;
  const offset = braced === null ? 0 : text.indexOf('{') + 1;
  const matchers: Matcher[] = [];
  let at = 0;
  while (inner.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(inner)?.groups;
    if (groups === undefined)
      return {
        ok: false,
        column: offset + at + 1,
        message: `expected name, one of = != =~ !~, and a value, such as severity="page"; got ${shown(inner.slice(at))}`,
      };
    const matcher = matcherOf(groups);
    const mistake = expressionMistake(matcher);
    if (mistake !== null) return { ok: false, column: offset + at + 1, message: mistake };
    matchers.push(matcher);
    at = TOKEN.lastIndex;
  }
  return { ok: true, matchers };
}

function matcherOf(groups: Readonly<Record<string, string | undefined>>): Matcher {
  const { name, quotedName, op, quoted, bare } = groups;
  return {
    name: name ?? unescaped(quotedName ?? ''),
    op: op as Matcher['op'],
    value: quoted === undefined ? (bare ?? '') : unescaped(quoted),
  };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_all, character: string) => (character === 'n' ? '\n' : character));
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
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
  const label = labels[name] ?? '';
  if (op === '=') return label === value;
  if (op === '!=') return label !== value;
  return compiled(value).matches(label) === (op === '=~');
}

const MOST_COMPILED = 10_000;
const cache = new Map<string, RE2JS>();

/** Compiling costs a thousand times as much as matching. */
function compiled(expression: string): RE2JS {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const made = RE2JS.compile(expression);
  if (cache.size >= MOST_COMPILED) cache.clear();
  cache.set(expression, made);
  return made;
}

/** The text that `parseMatchers` reads as this matcher. */
export function matcherText({ name, op, value }: Matcher): string {
  return `${name}${op}${JSON.stringify(value)}`;
}

export function matchersText(matchers: readonly Matcher[]): string {
  return matchers.map(matcherText).join(', ');
}
