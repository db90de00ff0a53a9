import type { Alert, Rule, Score, Severity } from '../model.ts';
import { alertId, alertIdentity } from './identity.ts';
import { isTooOld, summaryOf } from './judge.ts';
import { decideVerdict, type Level, type Verdict } from './persistence.ts';
import { openingLabels } from './labels.ts';
import { LEEWAY, modelSettings, noted, withAlert, withoutPending, withPending } from './situation.ts';
import type { Pending, RouteContext, Situation } from './types.ts';

/** One score judged by one rule, with what was stored of the windows before. */
export interface Signal {
  readonly rule: Rule;
  readonly score: Score;
  readonly level: Level;
  readonly history: readonly Level[];
  /** false: a later window was judged before, so this one changes its chart and no alert. */
  readonly newest: boolean;
  readonly lastEpisode: number;
  /** How often the alert opened of late. */
  readonly recentEpisodes: number;
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
  const quiet = { situation, verdict, alert: null };
  if (!signal.newest) return quiet;
  const started =
    current === undefined ? whileNotFiring({ ...signal, identity, verdict }, situation, context) : null;
  if (started !== null && started.alert === null) return { ...quiet, situation: started.situation };
  if (verdict.transition === 'none') return quiet;
  const next = started?.alert ?? moved(current as Alert, { ...signal, verdict }, context);
  const after = started?.situation ?? situation;
  const breaching = signal.level === 'page' || signal.level === 'ticket';
  return {
    situation: transitionNoted(withAlert(after, next), { next, before: current, verdict }),
    verdict,
    alert: breaching ? next : null,
  };
}

interface Started {
  readonly situation: Situation;
  /** null: nothing fires so far. */
  readonly alert: Alert | null;
}

/** A breach that must stand for a while waits as pending; whatever is clean in between ends that. */
function whileNotFiring(signal: Opening, situation: Situation, context: RouteContext): Started {
  const { identity, rule, verdict, level } = signal;
  const waiting = situation.pending.get(identity);
  if (verdict.transition !== 'open') {
    const isOver = waiting !== undefined && (level === 'clean' || level === 'near');
    return { situation: isOver ? withoutPending(situation, identity) : situation, alert: null };
  }
  const alert = opened(situation, signal, context);
  const forMs = rule.forMs ?? 0;
  if (forMs === 0) return { situation, alert };
  if (waiting !== undefined && waiting.dueAtMs <= context.nowMs)
    return { situation: withoutPending(situation, identity), alert };
  const { tenant, model } = situation.key;
  const { nowMs: sinceMs } = context;
  const pending: Pending = waiting ?? {
    id: identity,
    tenant,
    model,
    sinceMs,
    dueAtMs: sinceMs + forMs,
    alert,
  };
  return { situation: withPending(situation, { ...pending, alert }), alert: null };
}

/** Opens what has been pending for long enough: no score has been clean meanwhile. */
export function openPending(situation: Situation, { nowMs }: RouteContext): Situation {
  return [...situation.pending.values()]
    .filter(({ dueAtMs }) => dueAtMs <= nowMs)
    .reduce((before, { id, alert }) => {
      const next = { ...alert, startedAtMs: nowMs };
      return opening(withAlert(withoutPending(before, id), next), next);
    }, situation);
}

function opening(situation: Situation, alert: Alert): Situation {
  return noted(situation, {
    subject: alert.id,
    actor: LEEWAY,
    kind: 'alert_open',
    text: `${alert.summary}: ${alert.severity} opened`,
    incidentId: alert.incidentId,
    event: 'alert',
  });
}

/** Ends alerts whose breach is over and did not come back in time. */
export function endRecovered(situation: Situation, { nowMs }: RouteContext): Situation {
  return [...situation.alerts.values()]
    .filter(({ state, recoversAtMs }) => state === 'firing' && recoversAtMs !== null && recoversAtMs <= nowMs)
    .reduce((before, alert) => {
      const next: Alert = { ...alert, state: 'resolved', resolvedAtMs: nowMs };
      return noted(withAlert(before, next), {
        subject: alert.id,
        kind: 'alert_close',
        text: `${alert.summary}: resolved`,
        incidentId: alert.incidentId,
        event: 'alert',
      });
    }, situation);
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
  return {
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
    labels: openingLabels(score, rule, context.settings),
    acknowledgedBy: null,
    acknowledgedUntilMs: null,
    silencedBy: null,
    inhibitedBy: null,
    recoversAtMs: null,
    opened: signal.recentEpisodes + 1,
    incidentId: null,
    windowFromMs: Math.max(score.windowFromMs, score.evidence.numbers?.['sinceMs'] ?? 0),
    windowToMs: score.windowToMs,
  };
}

function moved(alert: Alert, signal: Signal & { readonly verdict: Verdict }, context: RouteContext): Alert {
  const { rule, score, level, verdict } = signal;
  if (verdict.transition === 'close') return closing(alert, signal, context);
  if (level === null) return alert;
  const value = { value: score.value, peak: higher(alert.peak, score.value) };
  if (level === 'clean' || level === 'near') return { ...alert, ...value };
  const told = { summary: summaryOf(rule, score), evidence: score.evidence, recoversAtMs: null };
  return verdict.transition === 'rise'
    ? { ...alert, ...value, ...told, severity: 'page', acknowledgedBy: null, acknowledgedUntilMs: null }
    : { ...alert, ...value, ...told };
}

/** An alert that opened so often of late flaps. */
const FLAPS = 3;
const CALM_MS = 30 * 60_000;

function closing(alert: Alert, { rule, score }: Signal, { nowMs }: RouteContext): Alert {
  const holdMs = Math.max(rule.keepFiringMs ?? 0, alert.opened >= FLAPS ? CALM_MS : 0);
  const recoversAtMs = alert.recoversAtMs ?? nowMs + holdMs;
  return recoversAtMs <= nowMs
    ? { ...alert, state: 'resolved', resolvedAtMs: nowMs, value: score.value }
    : { ...alert, recoversAtMs, value: score.value };
}

function higher(first: number | null, second: number | null): number | null {
  return first === null || second === null ? (first ?? second) : Math.max(first, second);
}

interface Moved {
  readonly next: Alert;
  readonly before: Alert | undefined;
  readonly verdict: Verdict;
}

function transitionNoted(situation: Situation, { next, before, verdict }: Moved): Situation {
  const { transition } = verdict;
  if (transition === 'open') return opening(situation, next);
  const recovers = next.state === 'firing' && before?.recoversAtMs === null && next.recoversAtMs !== null;
  const words = {
    rise: 'raised to page',
    close: recovers ? 'over, unless it comes back' : 'resolved',
  } as const;
  if (transition === 'none' || transition === 'keep') return situation;
  if (transition === 'close' && next.state === 'firing' && !recovers) return situation;
  return noted(situation, {
    subject: next.id,
    actor: LEEWAY,
    kind: recovers ? 'alert_recovering' : `alert_${transition}`,
    text: `${next.summary}: ${words[transition]}`,
    incidentId: next.incidentId,
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
