import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { notFound } from '../problems.ts';
import { idParams } from '../schemas/common.ts';
import { alertExplanation, pendingAlertList } from '../schemas/explain-alert.ts';
import { alertTold } from '../views/alert-told.ts';

export const explainAlertEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/alerts/pending',
    tag: 'Alerts',
    summary: 'Breaches that do not stand long enough yet to be alerts, the next to open first',
    access: ['read'],
    response: pendingAlertList,
    handle: async ({ principal, options }) => ({
      ...asOfNow(options),
      alerts: await options.control.pendingAlerts(principal.tenant),
    }),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/alerts/{id}/explain',
    tag: 'Alerts',
    summary: 'Why somebody was told of an alert, or was not',
    description:
      'Routes tried, groups with what they wait for, per receiver what is told next or the named reason why nothing is, what holds it back, and every delivery among the newest 2,000 of the tenant.',
    access: ['read'],
    params: idParams,
    response: alertExplanation,
    handle: async ({ params, principal, nowMs, options }) => {
      const found = await options.control.explainAlert(params.id, nowMs);
      if (found === null || !maySee(principal, found.alert.tenant)) throw notFound(`alert ${params.id}`);
      return { ...asOfNow(options), ...found, alert: alertTold(options, found.alert) };
    },
  }),
];
