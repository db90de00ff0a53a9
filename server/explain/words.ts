import type { FeatureInput } from '../../detectors/types.ts';
import type { Rule, VerdictReason } from '../model.ts';
import type { StoredScore } from '../ports.ts';
import { levelOf, rulesFor } from '../route/judge.ts';
import type { ScoreExplanation } from '../show/types.ts';
import { percent, plural, utc } from '../show/views/words.ts';
import type { Again } from './again.ts';
import { gates } from './gates.ts';

type Sections = ScoreExplanation['sections'];

export interface Explaining {
  readonly score: StoredScore;
  readonly again: Again;
  readonly rules: readonly Rule[];
  /** Of the detector. */
  readonly title: string;
}

/** The whole story of a score, section by section; pure. */
export function sectionsOf(explaining: Explaining): Sections {
  const { again } = explaining;
  const sections = [
    { title: 'What was judged', lines: whatWasJudged(explaining) },
    { title: 'Counts', lines: 'why' in again ? [] : countLines(again.input) },
    { title: 'Cells that changed most', lines: cellLines(explaining.score) },
    { title: 'Gates', lines: 'why' in again ? [] : gates(again) },
    { title: 'Rules', lines: ruleLines(explaining) },
    { title: 'Computed again', lines: [againLine(again)] },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

function whatWasJudged({ score, title }: Explaining): readonly string[] {
  const { subject, tenant, model, evidence } = score;
  const about = subject === '' ? `${tenant}/${model}` : `${subject} of ${tenant}/${model}`;
  const versions = Object.entries(evidence.versions ?? {});
  return [
    `${title} (${score.detector}) of ${about}, ${utc(score.windowFromMs)} to ${utc(score.windowToMs)}, ${plural(score.rows, 'row')}.`,
    ...(evidence.against === undefined ? [] : [`Against ${evidence.against}.`]),
    ...(score.baselineId === null ? [] : [`Baseline ${score.baselineId}.`]),
    ...(versions.length === 0
      ? []
      : [
          `Versions: ${versions.map(([version, rows]) => `${version || '(none)'} ${plural(rows, 'row')}`).join(', ')}.`,
        ]),
    score.value === null
      ? `No value: ${score.why ?? 'nobody said why'}.`
      : `Value ${score.value}${interval(score)}. ${evidence.text}.`,
    ...(evidence.cause === undefined ? [] : [`Likely cause: ${evidence.cause}.`]),
  ];
}

function interval({ lower, upper }: StoredScore): string {
  return lower === null || upper === null ? '' : `, between ${lower} and ${upper}`;
}

function countLines(input: Readonly<Record<string, unknown>>): readonly string[] {
  const { baseline, current } = input as Partial<FeatureInput>;
  if (baseline?.known === undefined || current?.known === undefined) return [];
  return [`baseline: ${inWords(baseline)}`, `window: ${inWords(current)}`];
}

function inWords({
  known,
  sides,
}: Pick<FeatureInput['current'], 'known'> & Partial<FeatureInput['current']>): string {
  const rows = known.reduce((total, count) => total + count, 0);
  const beside = Object.entries(sides ?? {}).filter(([, count]) => count > 0);
  return [
    `${plural(rows, 'row')} in ${plural(known.filter((count) => count > 0).length, 'known cell')}`,
    ...beside.map(([side, count]) => `${plural(count, 'row')} ${side.replaceAll('_', ' ')}`),
  ].join(', ');
}

function cellLines({ evidence }: StoredScore): readonly string[] {
  return (evidence.cells ?? []).map(
    ({ cell, baselineShare, currentShare }) =>
      `${cell}: ${percent(baselineShare)} before, ${percent(currentShare)} now`,
  );
}

function ruleLines({ score, rules }: Explaining): readonly string[] {
  const judging = rulesFor(rules, score);
  const verdicts = score.verdicts.map(({ rule, reason, severity }) => {
    const now = judging.find((each) => each.id === rule);
    if (now === undefined) return `${rule}: ${reason} then; the rule does not judge it any more`;
    return `${rule}: ${levelWords(now, score)}; ${REASONS(now, severity)[reason as VerdictReason] ?? reason}`;
  });
  return verdicts.length > 0 ? verdicts : ['No rule judges it.'];
}

function levelWords(rule: Rule, score: StoredScore): string {
  const level = levelOf(rule, score);
  const limits = (['ticket', 'page'] as const).flatMap((severity) => {
    const limit = rule[severity];
    return limit === undefined
      ? []
      : `${severity} ${limit.atLeast}${limit.use === 'lower' ? ' of the lower end' : ''}`;
  });
  if (level === null) return 'not enough data to judge';
  if (level === 'clean' && score.isSignificant === false)
    return `clean, because chance explains it, whatever its size`;
  if (level === 'near') return `over its limit (${limits.join(', ')}), but not proven to be`;
  if (level === 'clean') return `below its limits (${limits.join(', ')})`;
  return `at or above its ${level} limit (${limits.join(', ')})`;
}

function REASONS({ persistence }: Rule, severity: string | null): Readonly<Record<VerdictReason, string>> {
  const { open, of, pageOpen, close } = persistence;
  return {
    quiet: 'nothing fires',
    breach: `the alert fires as a ${severity ?? 'ticket'}`,
    waiting_for_persistence: `nothing fires before ${open} of ${of} windows are over a limit, or ${pageOpen} in a row at page level`,
    clearing: `the alert goes on until ${plural(close, 'clean window')} in a row`,
    holding: 'the alert goes on: the change is neither proven nor gone',
    insufficient_data: severity === null ? 'nothing fires' : 'the alert goes on as it is',
    too_old: 'so long past that nobody is called for it',
    resolved_by_hand: 'a person ended the alert, and no window has been clean since',
  };
}

function againLine(again: Again): string {
  if ('why' in again) return `It cannot be computed again: ${again.why}.`;
  return again.differences.length === 0
    ? 'The same, bit for bit.'
    : `DIFFERENT: ${again.differences.join('; ')}.`;
}
