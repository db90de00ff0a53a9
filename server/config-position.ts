import type { Document, LineCounter, Scalar } from 'yaml';

/** A YAML text as it was read. */
export interface Source {
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
    const { line, col } = lines.linePos(start + within(text.slice(start, end), column));
    return `${line}:${col}`;
  }
  return '1:1';
}

/** How far in its source the `column`th character of a text is; the start where it goes over several lines. */
function within(source: string, column: number): number {
  if (column <= 1 || source.includes('\n')) return 0;
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
  '"': /\\(?:x.{2}|u.{4}|U.{8}|.)/y,
};
