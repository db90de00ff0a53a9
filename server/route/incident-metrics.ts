import type { ModelKey } from '../model.ts';
import type { ChangeSummary, IncidentMetrics, IncidentSummary, IncidentTimes } from '../ports.ts';
import { isRollback } from './deployments.ts';
import { portionOf, timesOf, typicalOf, type IncidentFacts, type Noun } from './incident-times.ts';
import type { Deployment } from './types.ts';

const DAY_MS = 86_400_000;
/** A page so soon after a change counts against it. */
const WATCHED_MS = DAY_MS;

export interface MetricsInput {
  readonly sinceMs: number;
  readonly toMs: number;
  /** Opened in the range. */
  readonly facts: readonly IncidentFacts[];
  readonly models: readonly ModelHistory[];
}

/** A model's versions, and the rollbacks that were verified. */
export interface ModelHistory extends ModelKey {
  /** Newest first, also those before the range. */
  readonly deployments: readonly Deployment[];
  readonly rollbacks: readonly { readonly fromVersion: string; readonly atMs: number }[];
}

/** All incidents of a range together, and model by model. Pure. */
export function metricsOf(input: MetricsInput): IncidentMetrics {
  const { sinceMs, toMs } = input;
  const models = input.models.map(({ tenant, model, ...history }) => {
    const facts = input.facts.filter(
      ({ incident }) => incident.tenant === tenant && incident.model === model,
    );
    return {
      tenant,
      model,
      ...summaryOf({ ...input, facts, models: [{ tenant, model, ...history }] }),
    };
  });
  const told = models.filter(({ incidents, changes }) => incidents > 0 || changes.changes > 0);
  return { sinceMs, toMs, ...summaryOf(input), models: told };
}

const BEGUN: Noun = ['incident whose beginning is known', 'incidents whose beginning is known'];
const MOMENTS: Readonly<Record<keyof IncidentTimes, Noun>> = {
  detectMs: BEGUN,
  judgeMs: BEGUN,
  notifyMs: ['incident that somebody was told of', 'incidents that somebody was told of'],
  acknowledgeMs: ['acknowledged incident', 'acknowledged incidents'],
  mitigateMs: ['mitigated incident', 'mitigated incidents'],
  resolveMs: ['resolved incident', 'resolved incidents'],
};

function summaryOf(input: MetricsInput): IncidentSummary {
  const { facts } = input;
  const incidents = facts.map(({ incident }) => incident);
  const times = facts.map(timesOf);
  const typical = (name: keyof IncidentTimes) =>
    typicalOf(
      times.flatMap((each) => each[name] ?? []),
      MOMENTS[name],
    );
  const answered = incidents.filter(({ actionable }) => actionable !== undefined);
  return {
    incidents: facts.length,
    open: incidents.filter(({ state }) => state !== 'resolved').length,
    reopened: incidents.filter(({ reopened = 0 }) => reopened > 0).length,
    times: {
      detectMs: typical('detectMs'),
      judgeMs: typical('judgeMs'),
      notifyMs: typical('notifyMs'),
      acknowledgeMs: typical('acknowledgeMs'),
      mitigateMs: typical('mitigateMs'),
      resolveMs: typical('resolveMs'),
    },
    notices: typicalOf(
      facts.map(({ notices }) => notices),
      ['incident', 'incidents'],
    ),
    acknowledged: portionOf(
      times.filter(({ acknowledgeMs }) => acknowledgeMs !== null).length,
      facts.length,
      'incident',
    ),
    actionable: portionOf(
      answered.filter(({ actionable }) => actionable === true).length,
      answered.length,
      'incident that a person has answered for',
    ),
    changes: changesOf(input),
  };
}

interface Change extends ModelKey {
  readonly version: string;
  readonly atMs: number;
}

function changesOf(input: MetricsInput): ChangeSummary {
  const changes = input.models.flatMap((history) => changesIn(history, input));
  const failures = changes.flatMap((change) => {
    const failure = failureOf(change, input);
    return failure === null ? [] : [failure];
  });
  return {
    changes: changes.length,
    perWeek: changes.length / Math.max(1, (input.toMs - input.sinceMs) / (7 * DAY_MS)),
    failed: portionOf(failures.length, changes.length, 'change'),
    recoverMs: typicalOf(
      failures.flatMap(({ recoverMs }) => recoverMs ?? []),
      ['recovery from a failed change', 'recoveries from a failed change'],
    ),
  };
}

/** Versions that took over from another; the first of a model is no change, and no rollback is. */
function changesIn(
  { deployments, ...key }: ModelHistory,
  { sinceMs, toMs }: MetricsInput,
): readonly Change[] {
  return deployments.flatMap((deployment, index) => {
    const before = deployments[index + 1];
    const isChange = before !== undefined && before.version !== deployment.version && !isRollback(deployment);
    const isInRange = deployment.atMs >= sinceMs && deployment.atMs < toMs;
    const { version, atMs } = deployment;
    return isChange && isInRange ? [{ tenant: key.tenant, model: key.model, version, atMs }] : [];
  });
}

/** null: the change stood. */
function failureOf(
  change: Change,
  { facts, models, toMs }: MetricsInput,
): { readonly recoverMs: number | null } | null {
  const isSame = (key: ModelKey) => key.tenant === change.tenant && key.model === change.model;
  const page = facts
    .map(({ incident }) => incident)
    .filter(isSame)
    .find(({ openedAtMs }) => openedAtMs >= change.atMs && openedAtMs < change.atMs + WATCHED_MS);
  const isUndone = models
    .filter(isSame)
    .flatMap(({ rollbacks }) => rollbacks)
    .some(({ fromVersion, atMs }) => fromVersion === change.version && atMs >= change.atMs && atMs < toMs);
  if (page === undefined) return isUndone ? { recoverMs: null } : null;
  const endMs = page.mitigatedAtMs ?? page.resolvedAtMs;
  return { recoverMs: endMs === null ? null : endMs - page.openedAtMs };
}
