import type { Alert, Rule, Score, Severity } from '../model.ts';
import { alertId, alertIdentity } from './identity.ts';
import { isTooOld, summaryOf } from './judge.ts';
import { decideVerdict, type Level, type Verdict } from './persistence.ts';
import { silencedBy } from './silence.ts';
import { LEEWAY, modelSettings, noted, withAlert } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

/** One score judged by one rule, with what was stored of the windows before. */
export interface Signal {
  readonly rule: Rule;
  readonly score: Score;
  readonly level: Level;
  readonly history: readonly Level[];
  /** false: a later window was judged before, so this one changes its chart and no alert. */
  readonly newest: boolean;
  readonly lastEpisode: number;
  /** The severity a person ended, while no window has been clean since. */
  readonly endedByHand: Severity | null;
}

export interface Judged {
  readonly situation: Situation;
  readonly verdict: Verdict;
  /** The alert that is firing after the signal, when the signal was a breach of it. */
  readonly alert: Alert | null;
}

/** Applies one signal to the alert of its rule and subject. */
export function applySignal(situation: Situation, signal: Signal, context: RouteContext): Judged {
  const identity = alertIdentity(signal.score, signal.rule.id, signal.score.subject);
  const current = signal.newest ? firingLife(situation, identity) : undefined;
  const tooOld = signal.newest && isStale(signal.score, context);
  const verdict = decideVerdict({ ...signal, firing: current?.severity ?? null, tooOld });
  if (!signal.newest || verdict.transition === 'none') return { situation, verdict, alert: null };
  const next =
    current === undefined
      ? opened(situation, { ...signal, identity, verdict }, context)
      : moved(current, { ...signal, verdict }, context);
  const breaching = signal.level === 'page' || signal.level === 'ticket';
  return {
    situation: transitionNoted(withAlert(situation, next), next, verdict),
    verdict,
    alert: breaching ? next : null,
  };
}

/** Whether a score is about a time so long past that nobody is called and nothing is done for it. */
export function isStale(score: Score, context: RouteContext): boolean {
  const settleMs = modelSettings(score, context)?.settleMs ?? 0;
  const waitedMs = (score.maturedAtMs ?? score.windowToMs) - score.windowToMs;
  return isTooOld(score, { nowMs: context.nowMs, settleMs: settleMs + waitedMs });
}

function firingLife(situation: Situation, identity: string): Alert | undefined {
  return lives(situation, identity).find((alert) => alert.state === 'firing');
}

function lives(situation: Situation, identity: string): readonly Alert[] {
  return [...situation.alerts.values()].filter((alert) => alert.id.startsWith(`${identity}.`));
}

type Opening = Signal & { readonly identity: string; readonly verdict: Verdict };

function opened(situation: Situation, signal: Opening, context: RouteContext): Alert {
  const { rule, score, identity } = signal;
  const known = lives(situation, identity).map((alert) => alert.episode);
  const episode = Math.max(signal.lastEpisode, ...known) + 1;
  const alert: Alert = {
    id: alertId(identity, episode),
    tenant: score.tenant,
    model: score.model,
    rule: rule.id,
    subject: score.subject,
    episode,
    state: 'firing',
    severity: signal.verdict.severity ?? 'ticket',
    startedAtMs: context.nowMs,
    resolvedAtMs: null,
    summary: summaryOf(rule, score),
    value: score.value,
    peak: score.value,
    evidence: score.evidence,
    acknowledgedBy: null,
    silencedBy: null,
    incidentId: null,
    windowFromMs: Math.max(score.windowFromMs, score.evidence.numbers?.['sinceMs'] ?? 0),
    windowToMs: score.windowToMs,
  };
  return { ...alert, silencedBy: silencedBy(alert, situation.silences, context.nowMs)?.id ?? null };
}

function moved(alert: Alert, signal: Signal & { readonly verdict: Verdict }, context: RouteContext): Alert {
  const { rule, score, level, verdict } = signal;
  if (verdict.transition === 'close')
    return { ...alert, state: 'resolved', resolvedAtMs: context.nowMs, value: score.value };
  if (level === null) return alert;
  const value = { value: score.value, peak: higher(alert.peak, score.value) };
  if (level === 'clean' || level === 'near') return { ...alert, ...value };
  const told = { summary: summaryOf(rule, score), evidence: score.evidence };
  return verdict.transition === 'rise'
    ? { ...alert, ...value, ...told, severity: 'page', acknowledgedBy: null }
    : { ...alert, ...value, ...told };
}

function higher(first: number | null, second: number | null): number | null {
  return first === null || second === null ? (first ?? second) : Math.max(first, second);
}

function transitionNoted(situation: Situation, alert: Alert, { transition }: Verdict): Situation {
  const words = { open: `${alert.severity} opened`, rise: 'raised to page', close: 'resolved' } as const;
  if (transition === 'none' || transition === 'keep') return situation;
  return noted(situation, {
    subject: alert.id,
    actor: LEEWAY,
    kind: `alert_${transition}`,
    text: `${alert.summary}: ${words[transition]}`,
    incidentId: alert.incidentId,
    event: 'alert',
  });
}

/** Ends alerts whose rule is gone from the configuration: no score will ever close them. */
export function closeOrphans(situation: Situation, context: RouteContext): Situation {
  const known = new Set(context.rules.map((rule) => rule.id));
  const orphans = [...situation.alerts.values()].filter(
    (alert) => alert.state === 'firing' && !known.has(alert.rule),
  );
  return orphans.reduce(
    (before, alert) =>
      noted(withAlert(before, { ...alert, state: 'resolved', resolvedAtMs: context.nowMs }), {
        subject: alert.id,
        kind: 'alert_close',
        text: `${alert.summary}: closed, because the rule ${alert.rule} is no longer there`,
        incidentId: alert.incidentId,
        event: 'alert',
      }),
    situation,
  );
}
