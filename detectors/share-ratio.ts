import { wilson } from './math.ts';
import type { Finding } from './types.ts';

/**
 * Whether a share of rows is proven beyond what is allowed.
 *
 *   ratio = Wilson lower bound (95 %) of the share / allowed
 *   allowed = baseline + max(least rise, baseline), at most half way from the baseline to all rows
 *
 * 1 or more: even the low end of the interval is beyond it, so that a few rows never alarm and a real burst does.
 * Reference: Wilson 1927; the form of `side-rates.ts`. Example: 40 of 100 against none, least rise 1 point: 31.
 */
export interface ShareInput {
  readonly hits: number;
  readonly rows: number;
  readonly baseline: { readonly hits: number; readonly rows: number };
  readonly parameters: ShareParameters;
}

export interface ShareParameters {
  /** What the share may rise by at least. */
  readonly leastRise: number;
  readonly leastRows: number;
}

/** Who it is about, and what a hit is, as in "a quarter of amount IS MISSING". */
export interface ShareWords {
  readonly subject: string;
  readonly words: string;
}

const Z_95 = 1.959963984540054;

export function shareFinding(input: ShareInput, { subject, words }: ShareWords): Finding {
  const { hits, rows, baseline, parameters } = input;
  refuse({ hits, rows });
  refuse(baseline);
  const why = whyNot(input);
  if (why !== null) return { value: null, why, rows, text: `${subject}: ${why}` };
  const before = baseline.hits / baseline.rows;
  const allowed = Math.min(before + Math.max(parameters.leastRise, before), (1 + before) / 2);
  const { lower, upper } = wilson(hits, rows, Z_95);
  const value = lower / allowed;
  const text = `${subject} ${words} in ${percent(hits / rows)} of rows, ${percent(before)} in the baseline`;
  return {
    value,
    why: null,
    rows,
    text,
    lower: value,
    upper: upper / allowed,
    numbers: { share: hits / rows, before, allowed },
    ...(value >= 1 && { cause: text }),
  };
}

function whyNot({ rows, baseline, parameters }: ShareInput): string | null {
  if (rows === 0) return 'no rows';
  if (rows < parameters.leastRows) return `needs ${parameters.leastRows} rows, has ${rows}`;
  return baseline.rows === 0 ? 'the baseline has no rows' : null;
}

function refuse({ hits, rows }: { readonly hits: number; readonly rows: number }): void {
  if (!(rows >= 0 && hits >= 0 && hits <= rows) || !Number.isFinite(rows))
    throw new Error('Expected rows of at least 0 and no more hits than rows.');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** The prediction and the score are told by their plain names. */
export function nameOf(feature: string): string {
  return feature.startsWith('$') ? `the ${feature.slice(1)}` : feature;
}
