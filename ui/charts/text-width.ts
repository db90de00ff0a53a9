/** How wide text is in a font like DejaVu Sans or Verdana, in ems; wide enough nearly always. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[ijl|!.,:;'`]/, 0.34],
  [/[ftr()[\]{}\- /\\]/, 0.41],
  [/[mwMWQ@%&—…]/, 0.96],
  [/[A-Z]/, 0.72],
  [/[\u0020-\u024f]/, 0.635],
  [/[\u0370-\u052f]/, 0.72],
];
const WIDEST = 1.05;

function emsOf(character: string): number {
  return WIDTHS.find(([pattern]) => pattern.test(character))?.[1] ?? WIDEST;
}

/** Of text of a size, in the unit of the size. */
export function textWidth(text: string, size: number): number {
  return Array.from(text).reduce((sum, character) => sum + emsOf(character), 0) * size;
}

/** The text, cut so that it is no wider; what was cut is told by an ellipsis. */
export function fitted(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const room = width - emsOf('…') * size;
  let used = 0;
  const kept: string[] = [];
  for (const character of text) {
    used += emsOf(character) * size;
    if (used > room) break;
    kept.push(character);
  }
  return `${kept.join('').trimEnd()}…`;
}

/** The words on at most `most` lines of a width; the last is cut. */
export function wrapped(
  text: string,
  { size, width, most }: { readonly size: number; readonly width: number; readonly most: number },
): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && (lines.length === most || textWidth(longer, size) <= width))
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => fitted(line, size, width));
}
