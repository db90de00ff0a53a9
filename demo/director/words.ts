/** How the director writes times and numbers: UTC, to the minute. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** Hours with one decimal. */
export function hoursBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 360_000) / 10;
}
