import type { ModelEntry } from '../../server/model.ts';
import type { ControlCounters } from '../../server/ports.ts';
import { CLASSIFIER } from '../models/catalog.ts';
import type { ServedCounts } from '../serving/calls.ts';
import type { Channel } from '../standins/board.ts';
import type { Story } from './story.ts';
import type { Seen } from './watch.ts';
import { hoursBetween } from './words.ts';

/** What became of the story: the last line of `npm run demo -- --exit`. */
export interface Summary {
  readonly flightsInData: number;
  readonly flightsSampled: number;
  /** Production predictions and labels made by the serving process. */
  readonly predictions: number;
  readonly labels: number;
  /** Acknowledged to the serving process, and found in the store: predictions, labels and the training set. */
  readonly sent: number;
  readonly stored: number;
  readonly scores: number;
  readonly alerts: number;
  readonly deliveries: number;
  readonly incidents: number;
  readonly pagesBeforeFault: number;
  readonly storyHoursFaultToAlert: number | null;
  readonly storyHoursFaultToRollback: number | null;
  readonly wallSeconds: number;
}

export interface Outcome {
  readonly story: Story;
  readonly flightsInData: number;
  readonly flightsSampled: number;
  readonly served: readonly ServedCounts[];
  readonly catalog: readonly ModelEntry[];
  readonly counters: ControlCounters;
  readonly seen: Seen;
  readonly arrived: Readonly<Record<Channel, number>>;
  readonly wallSeconds: number;
}

export function summaryOf(outcome: Outcome): Summary {
  const { story, served, catalog, counters, seen } = outcome;
  const pagedAtMs = firstPageMs(outcome);
  const rolledBackMs = rollbackOf(outcome)?.updatedAtMs ?? null;
  return {
    flightsInData: outcome.flightsInData,
    flightsSampled: outcome.flightsSampled,
    predictions: sum(served, ({ predictions }) => predictions),
    labels: sum(served, ({ labels }) => labels),
    sent: sum(served, ({ shipping }) => shipping.sent),
    stored: sum(catalog, ({ predictions, labels, referenceRows }) => predictions + labels + referenceRows),
    scores: counters.scores,
    alerts: counters.alertsOpened,
    deliveries: counters.deliveriesSent,
    incidents: counters.incidents,
    pagesBeforeFault: seen.alerts.filter((alert) => isBefore(alert.pagedAtMs, story.faultMs)).length,
    storyHoursFaultToAlert: pagedAtMs === null ? null : hoursBetween(story.faultMs, pagedAtMs),
    storyHoursFaultToRollback: rolledBackMs === null ? null : hoursBetween(story.faultMs, rolledBackMs),
    wallSeconds: outcome.wallSeconds,
  };
}

/** The promises of the story that did not hold, each in words; empty when all did. */
export function brokenPromises(outcome: Outcome): readonly string[] {
  const summary = summaryOf(outcome);
  const emitted = sum(outcome.served, ({ shipping }) => shipping.emitted);
  const incident = incidentOf(outcome);
  const checks: readonly (readonly [boolean, string])[] = [
    [summary.predictions > 0, 'no prediction was made'],
    [emitted === summary.sent, `of ${emitted} events ${summary.sent} were acknowledged`],
    [
      summary.sent === summary.stored,
      `${summary.sent} events were acknowledged, ${summary.stored} are stored`,
    ],
    [summary.pagesBeforeFault === 0, `${summary.pagesBeforeFault} pages came before the fault`],
    [summary.storyHoursFaultToAlert !== null, 'no page came after the fault'],
    [incident !== undefined, 'the fault opened no incident'],
    [incident === undefined || incident.cause !== null, 'the incident has no likely cause'],
    [isRetrainingRefused(outcome), 'the retraining was not refused'],
    [summary.storyHoursFaultToRollback !== null, 'the rollback was not verified'],
    [incident === undefined || incident.state === 'resolved', 'the incident did not close'],
    ...(['slack', 'email', 'webhook'] as const).map(
      (channel) => [outcome.arrived[channel] > 0, `nothing arrived by ${channel}`] as const,
    ),
    [outcome.counters.deliveriesDead === 0, `${outcome.counters.deliveriesDead} deliveries were given up`],
  ];
  return checks.filter(([holds]) => !holds).map(([, words]) => words);
}

/** The incident the fault opened. */
export function incidentOf({ seen, story }: Pick<Outcome, 'seen' | 'story'>) {
  return seen.incidents.find(
    ({ model, openedAtMs }) => model === CLASSIFIER.model && openedAtMs >= story.faultMs,
  );
}

/** The verified rollback of the fault; undefined while there is none. */
export function rollbackOf({ seen, story }: Pick<Outcome, 'seen' | 'story'>) {
  return seen.runs.find(
    ({ kind, model, state, createdAtMs }) =>
      kind === 'rollback' && model === CLASSIFIER.model && state === 'done' && createdAtMs >= story.faultMs,
  );
}

function isRetrainingRefused({ seen, story }: Outcome): boolean {
  const runs = seen.runs.filter(
    ({ kind, createdAtMs }) => kind === 'retrain' && createdAtMs >= story.faultMs,
  );
  return runs.length > 0 && runs.every(({ state }) => state === 'suppressed');
}

function firstPageMs({ seen, story }: Outcome): number | null {
  const times = seen.alerts
    .filter(({ model, pagedAtMs }) => model === CLASSIFIER.model && !isBefore(pagedAtMs, story.faultMs))
    .flatMap(({ pagedAtMs }) => pagedAtMs ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

function isBefore(atMs: number | null, limitMs: number): boolean {
  return atMs !== null && atMs < limitMs;
}

function sum<T>(rows: readonly T[], valueOf: (row: T) => number): number {
  return rows.reduce((total, row) => total + valueOf(row), 0);
}
