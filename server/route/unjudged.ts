import type { Alert } from '../model.ts';
import { kindOf } from './cause.ts';
import { modelSettings, noted, withAlert } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

/** So many evaluations without a subject are no accident (judgement). */
export const MISSED_EVALUATIONS = 3;
/** A detector that says nothing at all may be failing: its alerts wait a day before they are given up. */
const SILENT_DETECTOR_MS = 86_400_000;
const SHORTEST_WAIT_MS = 15 * 60_000;

/** When an alert's subject was scored last, and how far its windows lie apart. */
export interface LastJudged {
  readonly windowToMs: number;
  readonly atMs: number;
  readonly paceMs: number;
}

/**
 * From when on an alert counts as no longer judged though its detector is silent about every subject: after three
 * evaluations when the configuration has dropped the subject, after a day at least when it has not.
 */
export function silentUntilMs(alert: Alert, last: LastJudged, context: RouteContext): number {
  const waitMs = Math.max(SHORTEST_WAIT_MS, MISSED_EVALUATIONS * last.paceMs);
  return last.atMs + (leftConfiguration(alert, context) ? waitMs : Math.max(waitMs, SILENT_DETECTOR_MS));
}

function leftConfiguration(alert: Alert, context: RouteContext): boolean {
  const kind = kindOf(alert, context.rules);
  const model = modelSettings(alert, context);
  if (kind === 'slo') return !(model?.slos ?? []).some((slo) => slo.id === alert.subject);
  return kind === 'fairness' && !(model?.groups ?? []).includes(alert.subject);
}

/** Ends alerts that no score will close any more. */
export function closeUnjudged(
  situation: Situation,
  ids: ReadonlySet<string>,
  { nowMs }: RouteContext,
): Situation {
  return [...situation.alerts.values()]
    .filter((alert) => alert.state === 'firing' && ids.has(alert.id))
    .reduce(
      (before, alert) =>
        noted(withAlert(before, { ...alert, state: 'resolved', resolvedAtMs: nowMs }), {
          subject: alert.id,
          kind: 'alert_close',
          text: `${alert.summary}: closed, because ${alert.subject || 'this'} is no longer judged`,
          incidentId: alert.incidentId,
          audited: true,
          event: 'alert',
        }),
      situation,
    );
}
