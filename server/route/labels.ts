import type { Alert, Labels, ModelKey, Rule } from '../model.ts';
import type { Settings } from '../settings.ts';

/** What routes, inhibitions and silences know of an alert. */

/** The labels an alert is opened with: those of its model, and what it is about. Its severity is added when it is asked for. */
export function openingLabels(
  { tenant, model, subject }: ModelKey & { readonly subject: string },
  rule: Pick<Rule, 'id' | 'kind'>,
  settings: Pick<Settings, 'models'>,
): Labels {
  const own = settings.models.find((each) => each.tenant === tenant && each.model === model)?.labels;
  return { ...own, tenant, model, rule: rule.id, alertname: rule.id, subject, kind: rule.kind };
}

export function labelsOf(alert: Alert): Labels {
  return { ...alert.labels, severity: alert.severity };
}

/** An alert of an incident goes where its pages go, so that on-call is told of one thing once, in one thread. */
export function routingLabels(alert: Alert): Labels {
  return { ...alert.labels, severity: alert.incidentId === null ? alert.severity : 'page' };
}
