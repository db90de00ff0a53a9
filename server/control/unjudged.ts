import type { Alert } from '../model.ts';
import { ruleFor } from '../overrides.ts';
import type { Change } from '../ports.ts';
import { routeTime } from '../route/pipeline.ts';
import { closeUnjudged, MISSED_EVALUATIONS, silentUntilMs } from '../route/unjudged.ts';
import { documentTable } from '../store/sqlite/documents.ts';
import { markOf, setMark } from '../store/sqlite/prune.ts';
import { lastJudged, windowsAfter } from '../store/sqlite/scores.ts';
import { contextOf, type Desk } from './desk.ts';
import { changeSituation } from './situation.ts';

const EVERY_MS = 5 * 60_000;

/** Looks at every firing alert once in five minutes of `nowMs`, and closes those that are judged no longer. */
export function closeAllUnjudged(desk: Desk, nowMs: number): readonly Change[] {
  const doneMs = markOf(desk.database, 'unjudged');
  if (doneMs !== null && Math.abs(nowMs - doneMs) < EVERY_MS) return [];
  setMark(desk.database, 'unjudged', nowMs);
  const firing = documentTable<Alert>(desk.database, 'alerts').list({ tenant: null, state: 'firing' });
  const gone = firing.filter((alert) => isUnjudged(desk, alert, nowMs));
  const models = Map.groupBy(gone, ({ tenant, model }) => JSON.stringify([tenant, model]));
  return [...models.values()].flatMap((alerts) => {
    const [{ tenant, model }] = alerts as [Alert];
    const ids = new Set(alerts.map((alert) => alert.id));
    return changeSituation(desk, { key: { tenant, model }, nowMs }, (situation, context) =>
      routeTime(closeUnjudged(situation, ids, context), context),
    );
  });
}

/**
 * Whether its rule is off for it now, or the detector went on three times without the alert's subject, or is silent while the model was looked at three
 * times more by others. Time alone proves nothing: the appliance may have been off.
 */
export function isUnjudged(desk: Desk, alert: Alert, nowMs: number): boolean {
  const { database, options } = desk;
  const rule = options.rules.find((each) => each.id === alert.rule);
  if (rule !== undefined && ruleFor(rule, alert) === null) return true;
  const detector = rule?.detector;
  const last = detector === undefined ? null : lastJudged(database, { ...alert, detector });
  if (detector === undefined || last === null) return false;
  const most = MISSED_EVALUATIONS;
  const missed = windowsAfter(database, alert, { detector, afterMs: last.windowToMs, most });
  if (missed >= most) return true;
  const afterMs = silentUntilMs(alert, last, contextOf(desk, nowMs));
  return afterMs <= nowMs && windowsAfter(database, alert, { detector: null, afterMs, most }) >= most;
}
