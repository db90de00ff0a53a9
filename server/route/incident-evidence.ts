import type { Alert, Incident, TimelineEntry, TimelineEvidence } from '../model.ts';
import { isRollback } from './deployments.ts';
import { LEEWAY } from './situation.ts';
import type { Deployment } from './types.ts';

/** The timeline of an incident as people read it: what was written down, with what shows it. */

/** As the store keeps it; `subject`: the id of what it is about, null in entries of an older Leeway. */
export interface StoredEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  readonly text: string;
  readonly subject: string | null;
}

export interface TimelineInput {
  readonly incident: Incident;
  readonly entries: readonly StoredEntry[];
  readonly alerts: readonly Alert[];
  readonly runIds: readonly string[];
  /** The stored score that opened an alert, by the alert's id. */
  readonly scores: ReadonlyMap<string, number>;
  /** Newest first. */
  readonly deployments: readonly Deployment[];
}

/** Oldest first. Begins with the version that served then, and with the first bad window. */
export function timelineOf(input: TimelineInput): readonly TimelineEntry[] {
  const told = input.entries.map(({ subject, ...entry }) => ({
    ...entry,
    actorKind: actorKindOf(entry),
    evidence: subject === null ? null : evidenceOf(subject, input),
  }));
  return [...versions(input), ...firstBadWindow(input), ...told].toSorted(
    (first, second) => first.atMs - second.atMs,
  );
}

function actorKindOf({ actor }: Pick<StoredEntry, 'actor'>): TimelineEntry['actorKind'] {
  if (actor === LEEWAY) return 'system';
  return actor === 'trainer' ? 'external' : 'user';
}

function evidenceOf(subject: string, input: TimelineInput): TimelineEvidence | null {
  const { incident, alerts, runIds, scores } = input;
  const page = `#/incidents/${encodeURIComponent(incident.id)}`;
  if (alerts.some((alert) => alert.id === subject)) {
    const score = scores.get(subject);
    return score === undefined
      ? { kind: 'alert', id: subject, path: modelPath(incident) }
      : { kind: 'score', id: String(score), path: `#/scores/${score}` };
  }
  if (runIds.includes(subject)) return { kind: 'run', id: subject, path: `${page}?run=${subject}` };
  return /^(ntc|rtr)_/.test(subject)
    ? { kind: 'delivery', id: subject, path: `${page}?delivery=${subject}` }
    : null;
}

function modelPath({ tenant, model }: Incident): string {
  return `#/models/${encodeURIComponent(tenant)}/${encodeURIComponent(model)}`;
}

/** The one that served when it began, and those that came until it ended. */
function versions({ incident, deployments }: TimelineInput): readonly TimelineEntry[] {
  const fromMs = incident.beganAtMs ?? incident.openedAtMs;
  const toMs = incident.resolvedAtMs ?? Infinity;
  const serving = deployments.find(({ atMs }) => atMs <= fromMs);
  const during = deployments.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  return [...(serving === undefined ? [] : [serving]), ...during].map((deployment) => ({
    atMs: deployment.atMs,
    actor: isRollback(deployment) ? LEEWAY : deployment.source,
    actorKind: isRollback(deployment) ? 'system' : 'external',
    kind: 'deployment',
    text: `Version ${deployment.version} deployed (${deployment.source}).`,
    evidence: { kind: 'version', id: deployment.version, path: modelPath(incident) },
  }));
}

function firstBadWindow({ incident, alerts, scores }: TimelineInput): readonly TimelineEntry[] {
  const page = alerts.find((alert) => alert.id === incident.openedBy);
  if (page === undefined || incident.beganAtMs === undefined) return [];
  const score = scores.get(page.id);
  return [
    {
      atMs: incident.beganAtMs,
      actor: LEEWAY,
      actorKind: 'system',
      kind: 'first_bad_window',
      text: `The first bad window of ${page.rule}${page.subject === '' ? '' : ` (${page.subject})`} begins.`,
      evidence: score === undefined ? null : { kind: 'score', id: String(score), path: `#/scores/${score}` },
    },
  ];
}
