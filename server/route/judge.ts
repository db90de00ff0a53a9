import { PREDICTION, SCORE, type Rule, type Score, type Severity, type Threshold } from '../model.ts';
import { ruleFor } from '../overrides.ts';
import type { Level } from './persistence.ts';

/** Every rule that judges a score, as it judges it: its detector, and the kind of subject it is about. */
export function rulesFor(
  rules: readonly Rule[],
  score: Pick<Score, 'tenant' | 'model' | 'detector' | 'subject'>,
): readonly Rule[] {
  return rules
    .filter((rule) => rule.detector === score.detector && isAbout(rule, score.subject))
    .flatMap((rule) => ruleFor(rule, score) ?? []);
}

function isAbout(rule: Rule, subject: string): boolean {
  const pseudo = subject === PREDICTION || subject === SCORE;
  if (rule.subjects === 'features') return !pseudo;
  if (rule.subjects === 'prediction') return pseudo;
  return true;
}

/**
 * The level of one score by one rule; null when the number that is judged is undefined. What chance explains is clean,
 * whatever its size.
 */
export function levelOf(rule: Rule, score: Pick<Score, 'value' | 'lower' | 'isSignificant'>): Level {
  if (score.value === null || Number.isNaN(score.value)) return null;
  if (score.isSignificant === false) return 'clean';
  const levels = (['page', 'ticket'] as const).map((severity) => reaches(rule, severity, score));
  if (levels.includes('unknown')) return null;
  if (levels[0] === 'yes') return 'page';
  if (levels[1] === 'yes') return 'ticket';
  return isNear(rule, score.value) ? 'near' : 'clean';
}

/** To open takes proof that the limit is passed, to close takes a value below it: without that a gap at its limit flaps. */
function isNear(rule: Rule, value: number): boolean {
  return [rule.page, rule.ticket].some(
    (threshold) => threshold?.use === 'lower' && value >= threshold.atLeast,
  );
}

function reaches(
  rule: Rule,
  severity: Severity,
  score: Pick<Score, 'value' | 'lower'>,
): 'yes' | 'no' | 'unknown' {
  const threshold: Threshold | undefined = rule[severity];
  if (threshold === undefined) return 'no';
  const number = threshold.use === 'lower' ? score.lower : score.value;
  if (number === null || Number.isNaN(number)) return 'unknown';
  return number >= threshold.atLeast ? 'yes' : 'no';
}

const OLD_MS = 3 * 86_400_000;
const OLD_WINDOWS = 3;

/** Whether a window's story is over: it ended more than three windows and three days ago, beyond what is waited for. */
export function isTooOld(
  { windowFromMs, windowToMs }: Pick<Score, 'windowFromMs' | 'windowToMs'>,
  { nowMs, settleMs }: { readonly nowMs: number; readonly settleMs: number },
): boolean {
  return nowMs - settleMs - windowToMs > Math.max(OLD_MS, OLD_WINDOWS * (windowToMs - windowFromMs));
}

export const PLACEHOLDERS = ['subject', 'model', 'value', 'text', 'cause'] as const;

/** The rule's sentence about one score: `{subject}`, `{model}`, `{value}`, `{text}` (evidence) and `{cause}` filled in. */
export function summaryOf(rule: Rule, score: Score): string {
  const words: Readonly<Record<(typeof PLACEHOLDERS)[number], string>> = {
    subject: subjectName(score.subject),
    model: score.model,
    value: score.value === null ? 'undefined' : String(Number(score.value.toPrecision(3))),
    text: score.evidence.text,
    cause: score.evidence.cause ?? score.evidence.text,
  };
  return rule.summary.replaceAll(
    /\{(\w+)\}/g,
    (whole, word: string) => words[word as keyof typeof words] ?? whole,
  );
}

function subjectName(subject: string): string {
  if (subject === PREDICTION) return 'the prediction';
  return subject === SCORE ? 'the score' : subject;
}
