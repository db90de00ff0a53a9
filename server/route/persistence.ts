import type { Rule, Severity, VerdictReason } from '../model.ts';

/**
 * What one window says by one rule. `near`: the value is over the limit, but the end of its interval that the rule asks
 * for is not, so it neither opens nor closes. null: not enough data, which is never clean.
 */
export type Level = Severity | 'near' | 'clean' | null;

export interface Verdict {
  readonly reason: VerdictReason;
  readonly transition: 'none' | 'open' | 'rise' | 'keep' | 'close';
  /** Of the alert that is firing after this window; null when none is. */
  readonly severity: Severity | null;
}

export interface VerdictInput {
  readonly rule: Pick<Rule, 'persistence' | 'ticket'>;
  readonly level: Level;
  /** Levels of the windows before, newest first, without the null ones. */
  readonly history: readonly Level[];
  /** Severity of the alert that is firing now. */
  readonly firing: Severity | null;
  /** The window ended so long ago that it opens and raises nothing. */
  readonly tooOld?: boolean;
  /** The severity that a person ended, while no window has been clean since; only a higher one opens again. */
  readonly endedByHand?: Severity | null;
}

/** Opens, raises, keeps or closes an alert from the levels of its last windows: hysteresis without a timer. */
export function decideVerdict(input: VerdictInput): Verdict {
  const verdict = verdictOf(input);
  const pages = verdict.transition === 'open' || verdict.transition === 'rise';
  const { firing, endedByHand = null } = input;
  if (
    verdict.transition === 'open' &&
    endedByHand !== null &&
    (endedByHand === 'page' || verdict.severity === 'ticket')
  )
    return { reason: 'resolved_by_hand', transition: 'none', severity: null };
  if (input.tooOld !== true || !pages) return verdict;
  return { reason: 'too_old', transition: firing === null ? 'none' : 'keep', severity: firing };
}

function verdictOf(input: VerdictInput): Verdict {
  const { level, firing } = input;
  if (level === null)
    return { reason: 'insufficient_data', transition: firing === null ? 'none' : 'keep', severity: firing };
  if (firing === null) return whileQuiet(input);
  if (level === 'near') return { reason: 'holding', transition: 'keep', severity: firing };
  if (level !== 'clean') return whileBreaching(input, firing);
  const { close } = input.rule.persistence;
  return leading(input, (each) => each === 'clean') >= close
    ? { reason: 'quiet', transition: 'close', severity: null }
    : { reason: 'clearing', transition: 'keep', severity: firing };
}

function whileQuiet(input: VerdictInput): Verdict {
  if (!breaches(input.level)) return { reason: 'quiet', transition: 'none', severity: null };
  const { open, of } = input.rule.persistence;
  const count = [input.level, ...input.history].slice(0, of).filter(breaches).length;
  if (pageStands(input)) return { reason: 'breach', transition: 'open', severity: 'page' };
  if (count >= open)
    return {
      reason: 'breach',
      transition: 'open',
      severity: input.rule.ticket === undefined ? 'page' : 'ticket',
    };
  return { reason: 'waiting_for_persistence', transition: 'none', severity: null };
}

function breaches(level: Level): boolean {
  return level === 'page' || level === 'ticket';
}

function whileBreaching(input: VerdictInput, firing: Severity): Verdict {
  return firing === 'ticket' && pageStands(input)
    ? { reason: 'breach', transition: 'rise', severity: 'page' }
    : { reason: 'breach', transition: 'keep', severity: firing };
}

function pageStands(input: VerdictInput): boolean {
  return leading(input, (each) => each === 'page') >= input.rule.persistence.pageOpen;
}

/** How many windows in a row, from the newest back, fulfil the condition. */
function leading({ level, history }: VerdictInput, condition: (level: Level) => boolean): number {
  const levels = [level, ...history];
  const end = levels.findIndex((each) => !condition(each));
  return end < 0 ? levels.length : end;
}
