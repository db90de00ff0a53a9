import type { DriftParameters } from '../../../detectors/types.ts';
import type { Rule, VerdictReason } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import type { Gate, Level } from '../types.ts';
import type { Thresholds } from './thresholds.ts';
import { plural, whole } from './words.ts';

export interface Gated {
  readonly score: StoredScore;
  readonly level: Level;
  readonly limits: Thresholds;
  readonly rules: readonly Rule[];
  /** Features of the window that were judged together. */
  readonly tests: number;
  /** What the score was decided by; undefined where it is not stored any more. */
  readonly parameters: DriftParameters | undefined;
}

/** What a drift had to pass before anybody is told, in plain words and in the order it is asked; pure. */
export function gatesOf(gated: Gated): readonly Gate[] {
  const { score } = gated;
  if (score.value === null)
    return [
      { name: 'Rows', state: 'stopped', text: `Nothing is judged: ${score.why ?? 'nobody said why'}.` },
    ];
  return [rowsGate(score), chanceGate(gated), ...rankGate(gated), sizeGate(gated), ...lastingGate(gated)];
}

function rowsGate({ rows, evidence }: StoredScore): Gate {
  const blocks = evidence.numbers?.['blocks'] ?? 1;
  const together = blocks > 1 ? ` in ${blocks} windows taken together, because one alone has too few` : '';
  return { name: 'Rows', state: 'passed', text: `${plural(rows, 'row')}${together}: enough to judge.` };
}

function chanceGate({ score, tests, parameters }: Gated): Gate {
  const p = score.evidence.numbers?.['p'] ?? null;
  if (score.isSignificant === undefined || p === null)
    return { name: 'Chance', state: 'open', text: 'Whether chance explains it was not tested.' };
  const share =
    parameters === undefined
      ? ''
      : `, of what is found at most ${parameters.falseDiscoveryRate * 100} % by chance`;
  const family = `Judged together with the other features of the window (${plural(tests, 'test')}${share}).`;
  const found = score.isSignificant
    ? `Chance does not explain it: as large a change comes by chance ${often(p)}.`
    : `Chance explains it, whatever its size: as large a change comes by chance ${often(p)}.`;
  return {
    name: 'Chance',
    state: score.isSignificant ? 'passed' : 'stopped',
    text: `${found} ${family}${spread(score)}`,
  };
}

function spread({ evidence: { numbers = {} } }: StoredScore): string {
  const windows = plural(numbers['windows'] ?? 0, 'window');
  return numbers['calibrated'] === 1
    ? ` The ${windows} of what it is judged against vary ${variation(numbers['phi'] ?? 1)}.`
    : ` Not calibrated: ${windows} are too few to tell how much they vary by themselves, so chance is taken to be all there is.`;
}

function often(p: number): string {
  if (p < 1e-6) return 'in less than one window of a million';
  return p > 0.5
    ? 'in most windows'
    : `in one window of ${whole(Number((1 / p).toPrecision(2)))} (p ${short(p)})`;
}

function variation(phi: number): string {
  return phi <= 1 ? 'no more than chance makes them' : `${short(phi)} times as much as chance makes them`;
}

function rankGate({ score, parameters }: Gated): readonly Gate[] {
  const { numbers = {} } = score.evidence;
  const windows = numbers['windows'] ?? 0;
  if (parameters === undefined || windows < parameters.rankWindows) return [];
  const needed = Math.max(parameters.rankShare, 1 / (windows + 1));
  const rank = numbers['rank_p'] ?? null;
  const isAmong = rank !== null && rank <= needed;
  const place = rank === null ? 'many' : `about ${percentOf(rank)}`;
  return [
    {
      name: 'Rank',
      state: isAmong ? 'passed' : 'stopped',
      text: `Of ${plural(windows, 'window')} it is judged against ${place} moved as much by themselves; at most ${percentOf(needed)} may have.`,
    },
  ];
}

function sizeGate({ score, level, limits }: Gated): Gate {
  const told = [
    ...(Number.isFinite(limits.ticket) ? [`a ticket from ${limits.ticket}`] : []),
    ...(Number.isFinite(limits.page) && limits.page !== limits.ticket ? [`a page from ${limits.page}`] : []),
  ];
  const isLarge = (score.value ?? 0) >= limits.ticket;
  return {
    name: 'Size',
    state: told.length === 0 ? 'open' : isLarge ? 'passed' : 'stopped',
    text: `A distance of ${short(score.value ?? 0)} without the part chance explains; ${told.join(', ') || 'no rule sets a limit'}.${level === 'chance' && isLarge ? ' It does not count, because chance explains it.' : ''}`,
  };
}

const LASTING: Readonly<Partial<Record<VerdictReason, Omit<Gate, 'name'>>>> = {
  breach: { state: 'passed', text: 'It has lasted: an alert fires.' },
  waiting_for_persistence: { state: 'stopped', text: 'Not yet: it must be seen in more windows.' },
  clearing: { state: 'passed', text: 'An alert fires; it ends after one more window without a breach.' },
  holding: { state: 'passed', text: 'An alert fires and stays: what is seen is near its limit.' },
  too_old: { state: 'stopped', text: 'The window ended too long ago to tell anybody.' },
  resolved_by_hand: {
    state: 'stopped',
    text: 'A person has ended the alert; it opens again after a clean window.',
  },
};

function lastingGate({ score, rules }: Gated): readonly Gate[] {
  const names = new Set(rules.map(({ id }) => id));
  const told = score.verdicts
    .filter(({ rule }) => names.has(rule))
    .flatMap(({ reason }) => LASTING[reason as VerdictReason] ?? []);
  return told.slice(0, 1).map((gate) => ({ name: 'Lasting', ...gate }));
}

function percentOf(share: number): string {
  return `${short(share * 100)} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
