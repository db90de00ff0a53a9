import type { Labels } from '../model.ts';
import type { Matcher } from '../settings.ts';
import { matcherText, matchesAll } from './matchers.ts';

/** An alert as a preview looks at it; one that still fires has no end. */
export interface PastAlert {
  readonly labels: Labels;
  readonly startedAtMs: number;
  readonly resolvedAtMs: number | null;
}

/** What a silence would do, before it is made. */
export interface SilencePreview<T> {
  /** Fire now and would be silenced. */
  readonly firing: readonly T[];
  /** Ended since `sinceMs`; the silence would have kept them quiet. */
  readonly past: readonly T[];
  /** In sentences, the gravest first. */
  readonly warnings: readonly string[];
}

export interface PreviewTimes {
  readonly nowMs: number;
  readonly sinceMs: number;
}

/** Tries a silence on the alerts of one tenant; nothing is changed. */
export function previewSilence<T extends PastAlert>(
  matchers: readonly Matcher[],
  alerts: readonly T[],
  { nowMs, sinceMs }: PreviewTimes,
): SilencePreview<T> {
  const known = alerts.filter(
    ({ startedAtMs, resolvedAtMs }) => startedAtMs <= nowMs && (resolvedAtMs ?? nowMs) >= sinceMs,
  );
  const fitting = known.filter(({ labels }) => matchesAll(matchers, labels));
  const isOver = ({ resolvedAtMs }: T) => resolvedAtMs !== null && resolvedAtMs <= nowMs;
  return {
    firing: fitting.filter((alert) => !isOver(alert)),
    past: fitting.filter(isOver),
    warnings: [
      ...breadth(matchers, known, fitting.length),
      ...(fitting.length === 0 ? nothing(matchers, known) : []),
      ...negatives(matchers),
      ...fitsMissing(matchers),
    ],
  };
}

function breadth(
  matchers: readonly Matcher[],
  known: readonly PastAlert[],
  fitting: number,
): readonly string[] {
  if (matchers.every(({ name }) => name === 'tenant') && matchesAnyTenant(matchers, known))
    return ['It fits every alert of the tenant, now and later.'];
  return known.length > 1 && fitting === known.length
    ? [`It fits every one of the ${known.length} alerts of this time; name what it is about more closely.`]
    : [];
}

/** With no alert to try, a matcher on the tenant is taken to be on the right one. */
function matchesAnyTenant(matchers: readonly Matcher[], known: readonly PastAlert[]): boolean {
  return known.every(({ labels }) => matchesAll(matchers, labels));
}

const SHOWN_VALUES = 5;

/** The first matcher that fits no alert tells most about why none fits. */
function nothing(matchers: readonly Matcher[], known: readonly PastAlert[]): readonly string[] {
  if (known.length === 0) return ['There was no alert in this time that it could be tried on.'];
  const lone = matchers.find((matcher) => !known.some(({ labels }) => matchesAll([matcher], labels)));
  if (lone === undefined)
    return ['It fits no alert of this time: no alert fits all of its matchers at once.'];
  const values = [...new Set(known.map(({ labels }) => labels[lone.name] ?? ''))].sort();
  const seen = values.filter((value) => value !== '').slice(0, SHOWN_VALUES);
  const more = values.length > SHOWN_VALUES ? ' and others' : '';
  return [
    seen.length === 0
      ? `It fits no alert of this time: none has a label ${lone.name}.`
      : `It fits no alert of this time: none fits ${matcherText(lone)}; there were ${seen.join(', ')}${more}.`,
  ];
}

function negatives(matchers: readonly Matcher[]): readonly string[] {
  return matchers.length > 0 && matchers.every(({ op }) => op === '!=' || op === '!~')
    ? ['It only says what it is not about: whatever is new is silenced, too.']
    : [];
}

function fitsMissing(matchers: readonly Matcher[]): readonly string[] {
  return matchers
    .filter((matcher) => ['=', '=~'].includes(matcher.op) && matchesAll([matcher], {}))
    .map((matcher) => `${matcherText(matcher)} fits alerts without a label ${matcher.name}, too.`);
}
