import type { ModelKey, Rule, RuleOverride, Score, Severity } from '../model.ts';
import { matchesPattern } from '../overrides.ts';
import type { Backtest, BacktestAlert, BacktestIncident, BacktestRule } from '../ports.ts';
import { rulesFor, summaryOf } from './judge.ts';
import { judgeNext, NEW_TRACK, type Step, type Track } from './track.ts';

/** An alert that would have opened; `toMs` null while it fires. */
type Opened = BacktestAlert & ModelKey & { readonly rule: string };

interface Tally {
  judged: number;
  undecided: number;
}

/** What rules would have done, window after window, with the code that judges scores. In memory: nothing is stored or told. */
export class RuleReplay {
  readonly #rules: readonly Rule[];
  // Changed in place: a month of a fleet is some hundred thousand scores.
  readonly #tracks = new Map<string, Track>();
  readonly #firing = new Map<string, Opened>();
  readonly #ended: Opened[] = [];
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #fitted = new Set<string>();
  #scores = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#tallies = new Map(rules.map((rule) => [rule.id, { judged: 0, undecided: 0 }]));
  }

  /** Judges scores; those of one subject have to come in the order of their windows. */
  judge(scores: readonly Score[]): void {
    this.#scores += scores.length;
    for (const score of scores) {
      for (const place of fittingOverrides(this.#rules, score)) this.#fitted.add(place);
      for (const rule of rulesFor(this.#rules, score)) this.#judgeOne(rule, score);
    }
  }

  /** Overrides that no score fitted, in words: a name that is misspelt changes nothing, and nobody would see it. */
  unfitted(): readonly string[] {
    return this.#rules.flatMap(({ id, overrides = [] }) =>
      overrides
        .filter(({ place }) => !this.#fitted.has(place))
        .map(
          (override) =>
            `${override.place}: nothing that was judged by ${id} fits ${namesOf(override)}; check the names.`,
        ),
    );
  }

  #judgeOne(rule: Rule, score: Score): void {
    const id = JSON.stringify([rule.id, score.tenant, score.model, score.subject]);
    const step = judgeNext(rule, this.#tracks.get(id) ?? NEW_TRACK, score);
    this.#tracks.set(id, step.track);
    const tally = this.#tallies.get(rule.id);
    if (tally !== undefined) {
      tally.judged += 1;
      tally.undecided += Number(step.level === null);
    }
    const before = this.#firing.get(id);
    const after = alertAfter(before, step, { rule, score });
    if (after === undefined) return;
    if (after.toMs === null) this.#firing.set(id, after);
    else {
      this.#firing.delete(id);
      this.#ended.push(after);
    }
  }

  /** What each rule would have opened in the range. */
  result({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Omit<Backtest, 'notes'> {
    const alerts = [...this.#ended, ...this.#firing.values()];
    const byRule = Map.groupBy(alerts, (alert) => alert.rule);
    const rules = this.#rules.map((rule) => {
      const tally = this.#tallies.get(rule.id) ?? { judged: 0, undecided: 0 };
      return ruleResult(rule, byRule.get(rule.id) ?? [], { ...tally, spanMs: toMs - fromMs });
    });
    return { fromMs, toMs, scores: this.#scores, rules };
  }
}

function fittingOverrides(rules: readonly Rule[], score: Score): readonly string[] {
  return rules
    .filter(({ detector }) => detector === score.detector)
    .flatMap(({ overrides = [] }) => overrides)
    .filter((override) => FIELDS.every((field) => matchesPattern(override[field], score[field])))
    .map(({ place }) => place);
}

const FIELDS = ['tenant', 'model', 'subject'] as const;

/** "model fraud, subject amuont". */
function namesOf(override: RuleOverride): string {
  const named = FIELDS.filter((field) => override[field] !== undefined);
  return named.map((field) => `${field} ${override[field]}`).join(', ') || 'this override';
}

/** The alert after a window; undefined where there is none. */
function alertAfter(
  before: Opened | undefined,
  { level, verdict }: Step,
  { rule, score }: { readonly rule: Rule; readonly score: Score },
): Opened | undefined {
  const { tenant, model, subject, value, windowToMs } = score;
  const text = textOf(rule, score);
  if (verdict.transition === 'open')
    return {
      rule: rule.id,
      tenant,
      model,
      subject,
      severity: verdict.severity ?? 'ticket',
      fromMs: windowToMs,
      toMs: null,
      peak: value,
      text,
    };
  if (before === undefined) return undefined;
  if (verdict.transition === 'close') return { ...before, toMs: windowToMs };
  const higher = level !== null && value !== null && (before.peak === null || value > before.peak);
  return {
    ...before,
    severity: verdict.severity ?? before.severity,
    ...(higher && { peak: value, text }),
  };
}

function textOf(rule: Rule, score: Score): string {
  const { cause, text } = score.evidence;
  const summary = summaryOf(rule, score);
  const why = cause ?? text;
  return why === '' || summary.includes(why) ? summary : `${summary}: ${why}`;
}

const FOUR_WEEKS_MS = 28 * 86_400_000;

function ruleResult(
  rule: Rule,
  alerts: readonly Opened[],
  { judged, undecided, spanMs }: Tally & { readonly spanMs: number },
): BacktestRule {
  const incidents = [...Map.groupBy(alerts, ({ tenant, model }) => JSON.stringify([tenant, model])).values()]
    .flatMap(incidentsOf)
    .toSorted(byTimeThenModel);
  return {
    rule: rule.id,
    title: rule.title,
    judged,
    undecided,
    alerts: alerts.length,
    pages: alerts.filter(({ severity }) => severity === 'page').length,
    perFourWeeks: spanMs <= 0 ? 0 : (incidents.length * FOUR_WEEKS_MS) / spanMs,
    incidents,
  };
}

function byTimeThenModel(first: BacktestIncident, second: BacktestIncident): number {
  return (
    first.fromMs - second.fromMs ||
    first.tenant.localeCompare(second.tenant, 'en') ||
    first.model.localeCompare(second.model, 'en')
  );
}

/** Alerts of one model, joined where they overlap. */
function incidentsOf(alerts: readonly Opened[]): readonly BacktestIncident[] {
  const sorted = alerts.toSorted((first, second) => first.fromMs - second.fromMs);
  const groups: Opened[][] = [];
  let endMs = -Infinity;
  for (const alert of sorted) {
    if (alert.fromMs <= endMs) groups.at(-1)?.push(alert);
    else groups.push([alert]);
    endMs = Math.max(endMs, alert.toMs ?? Infinity);
  }
  return groups.map(incidentOf);
}

function incidentOf(alerts: readonly Opened[]): BacktestIncident {
  const [first] = alerts as readonly [Opened, ...Opened[]];
  const ends = alerts.map(({ toMs }) => toMs ?? Infinity);
  const endMs = Math.max(...ends);
  const severities = alerts.map(({ severity }) => severity);
  const severity: Severity = severities.includes('page') ? 'page' : 'ticket';
  return {
    tenant: first.tenant,
    model: first.model,
    severity,
    fromMs: first.fromMs,
    toMs: endMs === Infinity ? null : endMs,
    alerts: alerts.map(withoutPlace),
  };
}

function withoutPlace({ subject, severity, fromMs, toMs, peak, text }: Opened): BacktestAlert {
  return { subject, severity, fromMs, toMs, peak, text };
}
