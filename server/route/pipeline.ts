import type { Alert } from '../model.ts';
import { closeOrphans, endRecovered, isStale, openPending, type Judged, type Signal } from './alerts.ts';
import { updateIncidents } from './incidents.ts';
import { considerRetrain, expireRetrains } from './retrain.ts';
import { considerRollback, expireRollbacks } from './rollback.ts';
import type { RouteContext, Situation } from './types.ts';

export interface JudgedSignal {
  readonly signal: Signal;
  readonly judged: Judged;
}

/** After all signals of one model: incident, then actions, which look at everything that fires. */
export function routeJudged(
  situation: Situation,
  judged: readonly JudgedSignal[],
  context: RouteContext,
): Situation {
  const withIncidents = updateIncidents(situation, context);
  const standing = judged.filter(({ signal }) => !isStale(signal.score, context));
  const retrained = considerRetrain(withIncidents, alertsToRetrain(withIncidents, standing), context);
  return considerRollback(retrained, pagesToRollBack(retrained, standing), context);
}

function alertsToRetrain(situation: Situation, judged: readonly JudgedSignal[]): readonly Alert[] {
  return judged.flatMap(({ signal, judged: { alert, verdict } }) =>
    verdict.transition === 'open' && signal.rule.action?.retrain === true
      ? stillFiring(situation, alert)
      : [],
  );
}

function pagesToRollBack(situation: Situation, judged: readonly JudgedSignal[]): readonly Alert[] {
  return judged.flatMap(({ signal, judged: { alert } }) =>
    signal.rule.action?.rollback === true
      ? stillFiring(situation, alert).filter(({ severity }) => severity === 'page')
      : [],
  );
}

/** The alert as it is after the whole batch; nothing when a later window of the batch has closed it. */
function stillFiring(situation: Situation, alert: Alert | null): readonly Alert[] {
  const now = alert === null ? undefined : situation.alerts.get(alert.id);
  return now?.state === 'firing' ? [now] : [];
}

/** What time alone changes for one model. */
export function routeTime(situation: Situation, context: RouteContext): Situation {
  return [closeOrphans, openPending, endRecovered, expireRetrains, expireRollbacks, updateIncidents].reduce(
    (before, step) => step(before, context),
    situation,
  );
}
