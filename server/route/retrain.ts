import type { ActionRun, Alert, RetrainRequest } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { isBrokenFeed, ranked } from './cause.ts';
import { servingVersion } from './deployments.ts';
import { shortHash } from './identity.ts';
import { firingAlerts, modelSettings, noted, withRun } from './situation.ts';
import type { Outgoing, RouteContext, Situation } from './types.ts';

/** A request nobody took up by then is void (reference alerting.md 4.1: default 6 h). */
const REQUEST_EXPIRES_MS = 6 * 3_600_000;
/** A trainer that says nothing for this long is given up, so that the next retraining is not held back for ever. */
const TRAINER_SILENT_MS = 24 * 3_600_000;
/** Data offered for training: four weeks up to the window of the alert, so that every weekday counts alike. */
const DATA_MS = 28 * 86_400_000;

type RetrainGuard =
  | { readonly go: true }
  | { readonly go: false; readonly why: 'broken_feed' | 'in_flight' | 'cool_down'; readonly text: string };

const IN_FLIGHT: readonly ActionRun['state'][] = ['requested', 'accepted', 'training'];

/** Guards of a retraining, in order; they look at the model after all transitions of a judging. */
function guardRetrain(
  situation: Situation,
  settings: { readonly cooldownMs: number },
  context: RouteContext,
): RetrainGuard {
  const broken = firingAlerts(situation).filter((alert) => isBrokenFeed(alert, context.rules));
  const first = ranked(broken, context.rules)[0];
  if (first !== undefined)
    return {
      go: false,
      why: 'broken_feed',
      text: `Not retrained: the feed is broken and a model must not learn from it (${first.evidence.cause ?? first.summary}).`,
    };
  const earlier = retrainsOf(situation);
  const flying = earlier.find((run) => IN_FLIGHT.includes(run.state));
  if (flying !== undefined)
    return { go: false, why: 'in_flight', text: `Not retrained: run ${flying.id} is still ${flying.state}.` };
  const lastMs = Math.max(
    ...earlier.filter((run) => run.state !== 'suppressed').map((run) => run.createdAtMs),
  );
  if (context.nowMs - lastMs < settings.cooldownMs)
    return {
      go: false,
      why: 'cool_down',
      text: `Not retrained: the last retraining was asked for at ${new Date(lastMs).toISOString()}, and the cool-down is ${settings.cooldownMs / 3_600_000} h.`,
    };
  return { go: true };
}

function retrainsOf(situation: Situation): readonly ActionRun[] {
  return [...situation.runs.values()].filter((run) => run.kind === 'retrain');
}

/** Asks for a retraining, or writes down why not, when alerts whose rules ask for one have opened. */
export function considerRetrain(
  situation: Situation,
  opened: readonly Alert[],
  context: RouteContext,
): Situation {
  const settings = modelSettings(situation.key, context);
  const lead = ranked(opened, context.rules)[0];
  if (lead === undefined || settings === undefined || settings.retrain === null) return situation;
  const alert = situation.alerts.get(lead.id) ?? lead;
  const guard = guardRetrain(situation, settings.retrain, context);
  if (!guard.go) return suppressed(situation, { alert, text: guard.text }, context);
  return requested(situation, { alert, retrain: settings.retrain }, context);
}

function suppressed(
  situation: Situation,
  { alert, text }: { readonly alert: Alert; readonly text: string },
  context: RouteContext,
): Situation {
  const said = retrainsOf(situation).some(
    (run) => run.state === 'suppressed' && run.incidentId === alert.incidentId && run.reason === text,
  );
  if (said && alert.incidentId !== null) return situation;
  return runNoted(situation, { ...newRun(alert, context), state: 'suppressed', reason: text }, text);
}

function requested(
  situation: Situation,
  { alert, retrain }: { readonly alert: Alert; readonly retrain: NonNullable<ModelSettings['retrain']> },
  context: RouteContext,
): Situation {
  const reason = `Retraining asked for: ${alert.summary}`;
  const run: ActionRun = { ...newRun(alert, context), state: 'requested', reason };
  const outgoing: Outgoing = {
    ...situation.key,
    id: `rtr_${run.id}`,
    receiver: retrain.receiver,
    kind: 'retrain',
    payload: requestOf(situation, { run, alert }, context),
    stream: `retrain/${run.id}`,
    threadKey: `retrain/${run.id}`,
    incidentId: alert.incidentId,
    expiresAtMs: context.nowMs + REQUEST_EXPIRES_MS,
  };
  const next = runNoted(situation, run, `${reason}. Request sent to ${retrain.receiver}.`);
  return { ...next, outgoing: [...next.outgoing, outgoing] };
}

function newRun(alert: Alert, { nowMs }: RouteContext): Omit<ActionRun, 'state' | 'reason'> {
  return {
    id: `run_${shortHash('retrain', alert.id, nowMs)}`,
    tenant: alert.tenant,
    model: alert.model,
    kind: 'retrain',
    incidentId: alert.incidentId,
    plan: null,
    planHash: null,
    steps: [],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    approvedBy: null,
  };
}

function requestOf(
  situation: Situation,
  { run, alert }: { readonly run: ActionRun; readonly alert: Alert },
  context: RouteContext,
): RetrainRequest {
  const { nowMs, settings } = context;
  const dataToMs = alert.windowToMs ?? nowMs;
  return {
    ...situation.key,
    runId: run.id,
    currentVersion: servingVersion(situation, context) ?? (busiestVersion(alert) || 'unknown'),
    cause: alert.summary,
    dataFromMs: dataToMs - DATA_MS,
    dataToMs,
    callbackUrl: `${settings.publicUrl.replace(/\/$/, '')}/api/v1/runs/${run.id}/callback`,
    expiresAtMs: nowMs + REQUEST_EXPIRES_MS,
  };
}

function busiestVersion(alert: Alert): string | undefined {
  return Object.entries(alert.evidence.versions ?? {}).sort(
    ([, first], [, second]) => second - first,
  )[0]?.[0];
}

function runNoted(situation: Situation, run: ActionRun, text: string): Situation {
  return noted(withRun(situation, run), {
    subject: run.id,
    kind: `retrain_${run.state}`,
    text,
    incidentId: run.incidentId,
    audited: true,
    event: 'run',
  });
}

export type CallbackDecision =
  | { readonly ok: true; readonly reason: 'accepted' | 'repeated'; readonly situation: Situation }
  | { readonly ok: false; readonly message: string };

/** A trainer's callback. A sequence that is not above the last one changes nothing. */
export function applyCallback(
  situation: Situation,
  input: {
    readonly run: ActionRun;
    readonly sequence: number;
    readonly state: 'accepted' | 'training' | 'candidate' | 'failed';
    readonly text: string;
  },
  { nowMs }: RouteContext,
): CallbackDecision {
  const { run, sequence, state, text } = input;
  if (run.kind !== 'retrain')
    return { ok: false, message: `Run ${run.id} is a ${run.kind}; only a retraining has callbacks.` };
  if (sequence <= (run.sequence ?? -1)) return { ok: true, reason: 'repeated', situation };
  if (!IN_FLIGHT.includes(run.state))
    return { ok: false, message: `Run ${run.id} is ${run.state}; no callback can change it any more.` };
  const next: ActionRun = { ...run, state, sequence, reason: text || run.reason, updatedAtMs: nowMs };
  const said = noted(withRun(situation, next), {
    subject: run.id,
    actor: 'trainer',
    kind: `retrain_${state}`,
    text: text || `The trainer says: ${state}.`,
    incidentId: run.incidentId,
    audited: true,
    event: 'run',
  });
  return { ok: true, reason: 'accepted', situation: said };
}

/** Ends retrainings that nobody took up or that went silent. */
export function expireRetrains(situation: Situation, { nowMs }: RouteContext): Situation {
  return retrainsOf(situation)
    .filter((run) => IN_FLIGHT.includes(run.state))
    .filter(
      (run) =>
        nowMs >= run.updatedAtMs + (run.state === 'requested' ? REQUEST_EXPIRES_MS : TRAINER_SILENT_MS),
    )
    .reduce((before, run) => {
      const text = `The trainer has said nothing since ${new Date(run.updatedAtMs).toISOString()}; given up.`;
      return runNoted(before, { ...run, state: 'expired', reason: text, updatedAtMs: nowMs }, text);
    }, situation);
}

/** The request never arrived: the run has failed. */
export function failRetrain(
  situation: Situation,
  { run, text }: { readonly run: ActionRun; readonly text: string },
  { nowMs }: RouteContext,
): Situation {
  if (run.state !== 'requested') return situation;
  return runNoted(situation, { ...run, state: 'failed', reason: text, updatedAtMs: nowMs }, text);
}
