import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { positionIn } from '../../server/config-position.ts';

/** Where the first X of the text at `a` stands, and where it is said to stand. */
function places(text: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const column = String(document.get('a')).indexOf('X') + 1;
  const { line, col } = lines.linePos(text.indexOf('X'));
  return { said: positionIn({ text, document, lines }, ['a'], column), stands: `${line}:${col}` };
}

describe('the place of a character in a text', () => {
  it.each([
    ['plain', 'a: one X two'],
    ['in quotes with two of them for one', "a: 'it''s X'"],
    ['in quotes with escapes', 'a: "t\\t \\"q\\" \\u0041 X"'],
    ['on lines of its own', 'a: |\n  one\n\n    two X\n'],
    ['on lines of its own, the first of them indented', 'a: |2\n     one\n  two X\n'],
    ['on lines of its own, after a remark', 'a: |- # not this one\n  one\n  two X'],
    ['on folded lines', 'a: >\n  one\n  two\n\n  three X\n'],
    ['plain over lines', 'a: one\n  two\n  three X\n'],
    ['in quotes over lines', "a: 'one\n\n  it''s X'\n"],
    ['in double quotes over lines', 'a: "one \\n two \\\n  \\"three\\" X"\n'],
  ])('is found where it is written %s', (_name, text) => {
    const { said, stands } = places(text);
    expect(said).toBe(stands);
  });

  it('is found in whatever style a text is written', () => {
    const word = fc.stringMatching(/^[ab{}%|"'\\ \n:#-]{0,12}$/);
    const style = fc.constantFrom('BLOCK_LITERAL', 'BLOCK_FOLDED', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN');
    fc.assert(
      fc.property(word, word, style, (before, after, defaultStringType) => {
        const text = stringify({ a: `a${before}X${after}` }, { defaultStringType, lineWidth: 20 });
        const { said, stands } = places(text);
        expect(said, text).toBe(stands);
      }),
      { numRuns: 2000 },
    );
  });
});
