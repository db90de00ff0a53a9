/** The known name that a mistyped one is most like; null: none is near. */
export function nearName(name: string, known: readonly string[]): string | null {
  const most = Math.ceil(name.length / 3);
  const [best] = known
    .map((one) => ({ one, steps: distance(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ steps }) => steps <= most)
    .toSorted((first, second) => first.steps - second.steps);
  return best?.one ?? null;
}

/** How many characters must be put in, left out or changed. */
function distance(from: string, to: string): number {
  const first = Array.from({ length: to.length + 1 }, (_, index) => index);
  const last = Array.from(from).reduce<readonly number[]>(
    (row, character) => nextRow(row, character, to),
    first,
  );
  return last[to.length] ?? 0;
}

function nextRow(row: readonly number[], character: string, to: string): readonly number[] {
  const next = [(row[0] ?? 0) + 1];
  for (let at = 1; at <= to.length; at += 1) {
    const changed = (row[at - 1] ?? 0) + (to[at - 1] === character ? 0 : 1);
    next.push(Math.min(changed, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
  }
  return next;
}
