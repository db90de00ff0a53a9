/** Rows in columns as wide as they need to be; numbers stand at the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const cells = [heads, ...rows.map((row) => row.map(shown))];
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  return cells.map((row, line) =>
    row
      .map((cell, at) => {
        const isNumber = line > 0 && typeof rows[line - 1]?.[at] === 'number';
        return isNumber ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}

function shown(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '-';
  if (Math.abs(cell) >= 1000) return Math.round(cell).toLocaleString('en-US');
  return String(Number(cell.toPrecision(3)));
}
