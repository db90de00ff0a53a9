/** Numbers and times as people read them; UTC. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** 0.0123 -> "1.23 %". */
export function percent(share: number): string {
  return `${whole(Number((share * 100).toPrecision(3)))} %`;
}

/** "30 days", "6 h", "5 min". */
export function duration(lengthMs: number): string {
  if (lengthMs >= DAY_MS) return plural(Number((lengthMs / DAY_MS).toFixed(1)), 'day');
  if (lengthMs >= HOUR_MS) return `${Number((lengthMs / HOUR_MS).toFixed(1))} h`;
  if (lengthMs >= MINUTE_MS) return `${Number((lengthMs / MINUTE_MS).toFixed(1))} min`;
  return lengthMs >= 1000 ? `${lengthMs / 1000} s` : `${lengthMs} ms`;
}

/** "2026-11-21 04:05 UTC". */
export function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function plural(amount: number, noun: string): string {
  return `${whole(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Digits in groups of three, as the pages print them: 12,400. */
export function whole(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 8 });
}

/** Ends a sentence once. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
