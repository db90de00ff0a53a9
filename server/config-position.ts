import type { Document, LineCounter, Scalar } from 'yaml';

/** A YAML text as it was read. */
interface Source {
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** `line:column` of a path in the document, or of its nearest parent that is there; within a text of its `column`th character. */
export function positionIn(
  { text, document, lines }: Source,
  path: readonly PropertyKey[],
  column = 1,
): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as Scalar | undefined;
    if (node?.range === undefined || node.range === null) continue;
    const [start, end] = node.range;
    const { line, col } = lines.linePos(start + within(text.slice(start, end), node.value, column));
    return `${line}:${col}`;
  }
  return '1:1';
}

/** How far in its source the `column`th character of a text is. */
function within(source: string, value: unknown, column: number): number {
  if (source.includes('\n')) return typeof value === 'string' ? overLines(source, value, column) : 0;
  if (column <= 1) return 0;
  const escaped = ESCAPES[source[0] ?? ''];
  if (escaped === undefined) return column - 1;
  let at = 1;
  for (let passed = 1; passed < column; passed += 1) {
    escaped.lastIndex = at;
    at += escaped.exec(source)?.[0].length ?? 1;
  }
  return at;
}

/** What stands for one character in quotes, by the quote. */
const ESCAPES: Readonly<Record<string, RegExp>> = {
  "'": /''/y,
  '"': /\\(?:x.{2}|u.{4}|U.{8}|.)/sy,
};

/**
 * The same over several lines, where indentation and folding change how much white space there is but nothing else: the
 * character with as many others before it that are not white.
 */
function overLines(source: string, value: string, column: number): number {
  const quote = source[0] ?? '';
  const isBlock = quote === '|' || quote === '>';
  const escaped = ESCAPES[quote];
  let left = value.slice(0, column - 1).replaceAll(/\s/g, '').length;
  let at = isBlock ? source.indexOf('\n') : escaped === undefined ? 0 : 1;
  while (at < source.length) {
    if (escaped !== undefined) escaped.lastIndex = at;
    const written = escaped?.exec(source)?.[0] ?? source[at] ?? '';
    if (!isWhite(written)) {
      if (left === 0) return at;
      left -= 1;
    }
    at += written.length;
  }
  return 0;
}

/** White space, or what stands for it, or for nothing, in double quotes. */
function isWhite(written: string): boolean {
  return /^(?:\s|\\[\sntrvf_LP])$/.test(written);
}
