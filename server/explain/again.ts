import { createHash } from 'node:crypto';
import { judgeFamily } from '../../detectors/false-discovery.ts';
import { inputOfParts } from '../../detectors/parts.ts';
import type { Detector, DriftParameters, Finding } from '../../detectors/types.ts';
import type { Document } from '../model.ts';
import type { StoredScore } from '../ports.ts';

export interface Stored {
  readonly score: StoredScore;
  /** Every score of the same tenant, model, detector and window, this one too. */
  readonly family: readonly StoredScore[];
  /** What they name. */
  readonly documents: readonly Document[];
}

type Input = Readonly<Record<string, unknown>>;

/** A score computed again from what it was stored with. */
export type Again =
  | {
      readonly input: Input;
      readonly finding: Finding;
      readonly tests: number;
      readonly differences: readonly string[];
    }
  | { readonly why: string };

/** Puts the detector's input together from its documents, scores it, and compares bit for bit; pure. */
export function scoreAgain(stored: Stored, scorers: ReadonlyMap<string, Detector<never>>): Again {
  const parts = new Map(stored.documents.map((document) => [document.id, document]));
  const again = foundAgain(stored.score, { parts, scorers });
  if ('why' in again) return again;
  const { parameters } = again.input;
  if (!isTested(again.finding)) return compared(stored.score, { ...again, tests: 0 });
  const family = stored.family.map((score) => {
    const own = score.id === stored.score.id ? again : foundAgain(score, { parts, scorers });
    return 'why' in own ? score.evidence : own.finding;
  });
  const judged = judgeFamily(family, parameters as DriftParameters);
  const at = stored.family.findIndex((score) => score.id === stored.score.id);
  const { isSignificant } = judged[at] ?? {};
  const finding = { ...again.finding, ...(isSignificant !== undefined && { isSignificant }) };
  return compared(stored.score, { ...again, finding, tests: family.filter(hasP).length });
}

interface Means {
  readonly parts: ReadonlyMap<string, Document>;
  readonly scorers: ReadonlyMap<string, Detector<never>>;
}

function foundAgain(
  { inputs, detector: id }: StoredScore,
  { parts, scorers }: Means,
): { readonly input: Input; readonly finding: Finding } | { readonly why: string } {
  if (inputs === undefined)
    return {
      why: 'it was stored without what it was computed from, as scores of counters and of earlier versions are',
    };
  const detector = scorers.get(id);
  if (detector === undefined) return { why: `no detector "${id}" is there to score it` };
  for (const [part, document] of Object.entries(inputs)) {
    const found = parts.get(document);
    if (found === undefined) return { why: `its ${part}, document ${document}, is not stored any more` };
    if (!isWhole(found))
      return { why: `its ${part}, document ${document}, is not what was stored: the file was changed` };
  }
  const input = inputOfParts(
    Object.fromEntries(
      Object.entries(inputs).map(([part, document]) => [
        part,
        JSON.parse(parts.get(document)?.body ?? 'null') as unknown,
      ]),
    ),
  );
  return { input, finding: detector.score(input as never) };
}

function isWhole({ id, body }: Document): boolean {
  return createHash('sha256').update(body).digest('hex').startsWith(id);
}

/** Whether the finding is one test of a family, for the family to judge. */
function isTested({ numbers, isSignificant }: Finding): boolean {
  return isSignificant === undefined && numbers?.['p'] !== undefined;
}

function hasP({ numbers }: Pick<Finding, 'numbers'>): boolean {
  return (numbers?.['p'] ?? null) !== null;
}

interface Compared {
  readonly input: Input;
  readonly finding: Finding;
  readonly tests: number;
}

function compared(score: StoredScore, again: Compared): Again {
  const { finding } = again;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['value', score.value, finding.value],
    ['lower', score.lower, finding.lower ?? null],
    ['upper', score.upper, finding.upper ?? null],
    ['rows', score.rows, finding.rows],
    ['why', score.why, finding.why],
    ['text', score.evidence.text, finding.text],
    ['isSignificant', score.isSignificant, finding.isSignificant],
    ...Object.entries(finding.numbers ?? {}).map(
      ([name, value]) => [name, score.evidence.numbers?.[name], value] as const,
    ),
  ];
  const differences = pairs
    .filter(([, before, now]) => !Object.is(before, now))
    .map(([name, before, now]) => `${name}: stored ${String(before)}, now ${String(now)}`);
  return { ...again, differences };
}
