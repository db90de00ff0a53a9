import type { Alert } from '../model.ts';
import type { Judged, Signal } from './alerts.ts';
import { closeOrphans } from './alerts.ts';
import { settleGroups } from './groups.ts';
import { updateIncidents } from './incidents.ts';
import { considerRetrain, expireRetrains } from './retrain.ts';
import { considerRollback, expireRollbacks } from './rollback.ts';
import { refreshSilenced } from './silence.ts';
import type { RouteContext, Situation } from './types.ts';

export interface JudgedSignal {
  readonly signal: Signal;
  readonly judged: Judged;
}

/** After all signals of one model: incident, then actions (which look at everything that fires), then notices. */
export function routeJudged(
  situation: Situation,
  judged: readonly JudgedSignal[],
  context: RouteContext,
): Situation {
  const withIncidents = updateIncidents(refreshSilenced(situation, context), context);
  const retrained = considerRetrain(withIncidents, alertsToRetrain(judged), context);
  return settleGroups(considerRollback(retrained, pagesToRollBack(judged), context), context);
}

function alertsToRetrain(judged: readonly JudgedSignal[]): readonly Alert[] {
  return judged.flatMap(({ signal, judged: { alert, verdict } }) =>
    alert !== null && verdict.transition === 'open' && signal.rule.action?.retrain === true ? [alert] : [],
  );
}

function pagesToRollBack(judged: readonly JudgedSignal[]): readonly Alert[] {
  return judged.flatMap(({ signal, judged: { alert } }) =>
    alert?.severity === 'page' && signal.rule.action?.rollback === true ? [alert] : [],
  );
}

/** What time alone changes for one model. */
export function routeTime(situation: Situation, context: RouteContext): Situation {
  return [
    closeOrphans,
    expireRetrains,
    expireRollbacks,
    refreshSilenced,
    updateIncidents,
    settleGroups,
  ].reduce((before, step) => step(before, context), situation);
}
