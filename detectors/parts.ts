/**
 * How a detector's input is stored: part by part, so that what stays the same is stored once. A long list that grows by
 * time is stored in pieces for the same reason: "hours[0]" and "hours[1]" are the first two pieces of "hours".
 */

/** Neighbours of one key are one piece; where keys are days, all pieces but the first and the last stay as they are. */
export function pieces<Item>(
  name: string,
  items: readonly Item[],
  keyOf: (item: Item, index: number) => number,
): Readonly<Record<string, readonly Item[]>> {
  const groups: Item[][] = [];
  let last = NaN;
  items.forEach((item, index) => {
    const key = keyOf(item, index);
    if (key === last) groups.at(-1)?.push(item);
    else groups.push([item]);
    last = key;
  });
  if (groups.length === 0) return { [name]: [] };
  return Object.fromEntries(groups.map((group, index) => [`${name}[${index}]`, group]));
}

const PIECE = /^(.+)\[(\d+)\]$/;

/** The input that was stored as these parts. */
export function inputOfParts(parts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const lists = new Map<string, unknown[][]>();
  const whole: [string, unknown][] = [];
  for (const [name, part] of Object.entries(parts)) {
    const [, list, index] = PIECE.exec(name) ?? [];
    if (list === undefined || !Array.isArray(part)) whole.push([name, part]);
    else {
      const known = lists.get(list) ?? [];
      known[Number(index)] = part;
      lists.set(list, known);
    }
  }
  return Object.fromEntries([...whole, ...[...lists].map(([name, found]) => [name, found.flat()] as const)]);
}
