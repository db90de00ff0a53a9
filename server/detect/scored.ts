import type { Finding } from '../../detectors/types.ts';
import type { Evidence, Score } from '../model.ts';
import { documentsOf, type Part } from './documents.ts';
import type { Scored } from './types.ts';

/** Where a score belongs, and what is told beside the finding. */
export interface ScorePlace extends Pick<
  Score,
  'tenant' | 'model' | 'detector' | 'subject' | 'windowFromMs' | 'windowToMs' | 'maturedAtMs' | 'baselineId'
> {
  readonly evidence?: Partial<Evidence>;
}

/** A finding as a score, with the documents of its input: one for each part. */
export function scored(
  input: Readonly<Record<string, Part>>,
  finding: Finding,
  { evidence, ...place }: ScorePlace,
): Scored {
  const documents = documentsOf(input);
  const { value, why, rows, lower, upper, isSignificant } = finding;
  const score: Score = {
    ...place,
    value,
    why,
    rows,
    lower: lower ?? null,
    upper: upper ?? null,
    ...(isSignificant !== undefined && { isSignificant }),
    inputs: Object.fromEntries(Object.entries(documents).map(([part, { id }]) => [part, id])),
    evidence: { ...told(finding), ...evidence, numbers: { ...finding.numbers, ...evidence?.numbers } },
  };
  return { scores: [score], documents: Object.values(documents) };
}

function told({ text, cause, cells }: Finding): Evidence {
  return { text, ...(cause !== undefined && { cause }), ...(cells !== undefined && { cells }) };
}
