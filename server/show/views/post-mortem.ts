import type { ActionRun, Alert } from '../../model.ts';
import type { IncidentRecord } from '../../ports.ts';
import type { Contribution, Impact, PostMortem } from '../types.ts';
import { duration, plural, utc } from './words.ts';

export interface PostMortemInput {
  readonly record: IncidentRecord;
  readonly impact: Impact;
  /** What the numbers of an alert are counted in. */
  readonly unitOf: (alert: Alert) => string | null;
  /** The address people reach the UI at. */
  readonly publicUrl: string;
  readonly nowMs: number;
}

/** What is known of an incident, as a draft that people finish. Facts alone, each with the page that shows it. Pure. */
export function postMortem(input: PostMortemInput): PostMortem {
  const { record, impact, nowMs } = input;
  const at = (path: string) => `${input.publicUrl.replace(/\/$/, '')}/${path}`;
  const url = at(`#/incidents/${encodeURIComponent(record.id)}`);
  const contributing = record.alerts
    .toSorted((first, second) => first.startedAtMs - second.startedAtMs)
    .map((alert) => contributionOf(alert, { ...input, at, url }));
  const opener = record.alerts.find(({ id }) => id === record.openedBy);
  return {
    status: 'draft',
    incident: record.id,
    tenant: record.tenant,
    model: record.model,
    title: record.title,
    severity: record.severity,
    state: record.state,
    url,
    madeAtMs: nowMs,
    summary: summaryOf(record),
    impact,
    times: record.times,
    detection: opener === undefined ? null : contributionOf(opener, { ...input, at, url }),
    timeline: record.timeline.map(({ evidence, ...entry }) => ({
      ...entry,
      url: evidence === null ? null : at(evidence.path),
    })),
    actions: record.runs.map((run) => actionOf(run, url)),
    contributing,
    told: toldOf(record),
    actionable: record.actionable ?? null,
    followUps: [],
  };
}

function actionOf(run: ActionRun, incidentUrl: string): PostMortem['actions'][number] {
  const { id, kind, state, reason, approvedBy, planHash, createdAtMs, updatedAtMs, steps } = run;
  const url = `${incidentUrl}?run=${encodeURIComponent(id)}`;
  return { id, kind, state, reason, approvedBy, planHash, createdAtMs, updatedAtMs, steps, url };
}

interface Linking extends PostMortemInput {
  readonly at: (path: string) => string;
  readonly url: string;
}

function contributionOf(alert: Alert, { record, unitOf, at, url }: Linking): Contribution {
  const { rule, subject, severity, summary, startedAtMs, resolvedAtMs, value, peak, evidence } = alert;
  const score = record.scores[alert.id];
  return {
    rule,
    subject,
    severity,
    summary,
    text: evidence.text,
    startedAtMs,
    resolvedAtMs,
    value,
    peak,
    unit: unitOf(alert),
    url: score === undefined ? url : at(`#/scores/${score}`),
  };
}

function summaryOf(record: IncidentRecord): readonly string[] {
  const { alerts, severity, state, openedAtMs, resolvedAtMs, cause, reopened = 0, resolvedBy } = record;
  const pages = alerts.filter((alert) => alert.severity === 'page').length;
  const length =
    resolvedAtMs === null ? 'It is not resolved yet.' : `It lasted ${duration(resolvedAtMs - openedAtMs)}.`;
  return [
    `A ${severity} opened it on ${utc(openedAtMs)}; it is ${state}. ${length}`,
    `${plural(alerts.length, 'alert')} in all, of them ${plural(pages, 'page')}.`,
    cause === null ? 'No likely cause was found.' : `Likely cause: ${cause}`,
    ...(reopened > 0
      ? [`It was opened again ${plural(reopened, 'time')} within half an hour of its end.`]
      : []),
    ...(resolvedBy === undefined ? [] : [`Ended by ${resolvedBy}.`]),
  ];
}

function toldOf({ deliveries }: IncidentRecord): PostMortem['told'] {
  const notices = deliveries.filter(({ kind }) => kind === 'notice');
  const byReceiver = Map.groupBy(notices, ({ receiver }) => receiver);
  return [...byReceiver].map(([receiver, sent]) => {
    const many = (...states: readonly string[]) => sent.filter(({ state }) => states.includes(state)).length;
    return { receiver, arrived: many('sent'), givenUp: many('dead'), onTheWay: many('pending', 'leased') };
  });
}
