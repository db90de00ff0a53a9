import type { Alert, Silence } from '../../server/model.ts';
import { Router } from '../../server/route/router.ts';
import { simulate } from '../../server/route/simulate.ts';
import { alertOf, settingsOf } from '../server/show/fixtures.ts';
import { matchersOf, routeWith } from '../server/route/routes.ts';
import { SCRIPT_TIMES, type Heard, type Script, type Step } from './router-script.ts';

/** One message of ours; a quiet one corrects what was told and calls nobody. */
export interface HeardOfLeeway extends Heard {
  readonly isQuiet: boolean;
}

const settings = settingsOf({
  receivers: [{ id: 'ear', type: 'webhook', url: 'http://ear.test', secret: 'whsec_x' }],
  route: routeWith({ ...SCRIPT_TIMES, receivers: ['ear'], groupBy: ['model'] }),
});
const EPOCH_MS = Date.UTC(2026, 10, 21);

/** Plays a script to our router on an injected clock; every message arrives. */
export function playToLeeway({ steps, untilMs }: Script): readonly HeardOfLeeway[] {
  const router = new Router('acme', { alerts: [], groups: [], incidents: [], silences: [] }, settings);
  return steps.flatMap((step, index) => {
    const nowMs = EPOCH_MS + step.atMs;
    apply(router, { ...step, atMs: nowMs });
    const endMs = EPOCH_MS + (steps[index + 1]?.atMs ?? untilMs + 1) - 1;
    return simulate(router, { settings, rules: [], nowMs }, endMs).map(({ notice }) => ({
      firing: namesOf(notice.firing),
      resolved: namesOf(notice.resolved),
      isQuiet: notice.isQuiet,
    }));
  });
}

function namesOf(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ rule }) => rule).sort();
}

function apply(router: Router, { atMs, does, labels }: Step): void {
  if (does === 'silence') router.setSilences([silenceOf(labels, atMs)]);
  else if (does === 'expire') router.setSilences([{ ...silenceOf(labels, atMs - 1), toMs: atMs }]);
  else router.update([alertAfter(router, { atMs, does, labels })]);
}

/** An alert that fires again is a new episode; one that ends keeps what the router knows of it. */
function alertAfter(router: Router, { atMs, does, labels }: Step): Alert {
  const rule = labels['alertname'] ?? '';
  const firing = router.state.alerts.find((alert) => alert.rule === rule && alert.state === 'firing');
  if (does === 'resolve' && firing !== undefined) return { ...firing, state: 'resolved', resolvedAtMs: atMs };
  return alertOf({ id: `${rule}/${atMs}`, rule, startedAtMs: atMs, labels: { tenant: 'acme', ...labels } });
}

function silenceOf(labels: Step['labels'], fromMs: number): Silence {
  const matchers = matchersOf(...Object.entries(labels).map(([name, value]) => `${name}="${value}"`));
  const toMs = fromMs + 3_600_000;
  return { id: 's', tenant: 'acme', matchers, fromMs, toMs, author: 'a', reason: 'r', endToldAtMs: null };
}
