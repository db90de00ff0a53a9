import { createHash } from 'node:crypto';
import type { Alert, Labels } from '../../model.ts';
import type { Matcher, RouteSettings } from '../../settings.ts';
import { groupLabels, routesFor } from '../../route/tree.ts';

/** What Leeway knows, in the shapes of Alertmanager's API v2 (as of 0.25; later ones only add to it). */

/** The Alertmanager whose API this is; clients choose by it how they talk. */
export const ALERTMANAGER_VERSION = '0.25.0';

/** An alert that fires, with all that routes and silences know of it. */
export interface LabelledAlert {
  readonly alert: Pick<Alert, 'tenant' | 'model' | 'summary' | 'startedAtMs'>;
  readonly labels: Labels;
  /** Those that routes look at, where they differ: an alert of an incident goes where its pages go. */
  readonly routedBy: Labels;
  readonly silencedBy: string | null;
  /** The alert that keeps it quiet, by its labels. */
  readonly inhibitedBy: Labels | null;
}

interface Named {
  readonly name: string;
}

export interface AlertView {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly receivers: readonly Named[];
  readonly status: {
    readonly state: 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

export interface ViewOptions {
  readonly route: RouteSettings;
  readonly publicUrl: string;
  readonly nowMs: number;
}

/** Alertmanager's default for alerts that are not sent again: a promise that this one still fires so long. */
const FIRES_ON_MS = 5 * 60_000;

export function alertView(one: LabelledAlert, { route, publicUrl, nowMs }: ViewOptions): AlertView {
  const { alert, labels, routedBy, silencedBy, inhibitedBy } = one;
  const page = [alert.tenant, alert.model].map(encodeURIComponent).join('/');
  return {
    labels,
    annotations: { summary: alert.summary },
    startsAt: time(alert.startedAtMs),
    endsAt: time(nowMs + FIRES_ON_MS),
    updatedAt: time(nowMs),
    generatorURL: `${publicUrl.replace(/\/$/, '')}/#/models/${page}`,
    fingerprint: fingerprint(labels),
    receivers: receiversOf(routesFor(route, routedBy)),
    status: {
      state: silencedBy === null && inhibitedBy === null ? 'active' : 'suppressed',
      silencedBy: silencedBy === null ? [] : [silencedBy],
      inhibitedBy: inhibitedBy === null ? [] : [fingerprint(inhibitedBy)],
    },
  };
}

export function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same labels have the same one, in any order; an empty label is none. */
function fingerprint(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  const sorted = pairs.toSorted(([first], [second]) => (first < second ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

/** No name that a receiver of ours can have. */
const NOBODY = '(nobody)';

function receiversOf(routes: readonly RouteSettings[]): readonly Named[] {
  const ids = [...new Set(routes.flatMap(({ receivers }) => receivers))];
  return (ids.length === 0 ? [NOBODY] : ids).map((name) => ({ name }));
}

export interface GroupView {
  readonly labels: Labels;
  readonly receiver: Named;
  readonly alerts: readonly AlertView[];
}

/** One group for each receiver of each route that handles alerts, as Alertmanager knows one receiver to a route. */
export function groupViews(all: readonly LabelledAlert[], options: ViewOptions): readonly GroupView[] {
  const entries = all.flatMap((one) => {
    const view = alertView(one, options);
    return routesFor(options.route, one.routedBy).flatMap((route) => {
      const labels = withoutEmpty(groupLabels(route, one.routedBy));
      return receiversOf([route]).map((receiver) => ({
        key: JSON.stringify([receiver.name, route.id, labels]),
        receiver,
        labels,
        view,
      }));
    });
  });
  const groups = Map.groupBy(entries, ({ key }) => key);
  return [...groups]
    .toSorted(([first], [second]) => (first < second ? -1 : 1))
    .flatMap(([, same]) => {
      const [first] = same;
      if (first === undefined) return [];
      return [{ labels: first.labels, receiver: first.receiver, alerts: same.map(({ view }) => view) }];
    });
}

function withoutEmpty(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** Alertmanager 0.21 and before did not know it. */
  readonly isEqual?: boolean | undefined;
}

export interface SilenceView {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly status: { readonly state: 'pending' | 'active' | 'expired' };
}

export interface SilenceFacts {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly author: string;
  readonly reason: string;
}

export function silenceView(silence: SilenceFacts, nowMs: number): SilenceView {
  const { id, matchers, fromMs, toMs, author, reason } = silence;
  return {
    id,
    matchers: matchers.map(({ name, op, value }) => ({
      name,
      value,
      isRegex: op.endsWith('~'),
      isEqual: op.startsWith('='),
    })),
    startsAt: time(fromMs),
    endsAt: time(toMs),
    updatedAt: time(Math.min(fromMs, nowMs)),
    createdBy: author,
    comment: reason,
    // One that is ended before it begins never begins.
    status: { state: nowMs >= toMs ? 'expired' : nowMs < fromMs ? 'pending' : 'active' },
  };
}

export function matcherOf({ name, value, isRegex, isEqual = true }: SilenceMatcher): Matcher {
  return { name, value, op: isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!=' };
}
