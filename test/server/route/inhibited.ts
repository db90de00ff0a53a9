import type { Labels } from '../../../server/model.ts';
import { Inhibitions, type Inhibition } from '../../../server/route/inhibit.ts';
import { matchesAll } from '../../../server/route/matchers.ts';
import type { InhibitSettings } from '../../../server/settings.ts';

export interface Labelled {
  readonly id: string;
  readonly labels: Labels;
}

/** What the index finds when it learns of one alert after the other. */
export function inhibited(
  alerts: readonly Labelled[],
  rules: readonly InhibitSettings[],
): ReadonlyMap<string, Inhibition> {
  const index = new Inhibitions(rules);
  for (const { id, labels } of alerts) index.put(id, labels);
  return answersOf(index, alerts);
}

export function answersOf(index: Inhibitions, alerts: readonly Labelled[]): ReadonlyMap<string, Inhibition> {
  return new Map(
    alerts.flatMap(({ id }) => {
      const found = index.of(id);
      return found === null ? [] : [[id, found] as const];
    }),
  );
}

/** The definition: the first rule, and of its sources the smallest id. */
export function inhibitedByDefinition(
  alerts: readonly Labelled[],
  rules: readonly InhibitSettings[],
): ReadonlyMap<string, Inhibition> {
  const found = new Map<string, { rule: string; sourceId: string }>();
  for (const { id, source, target, equal } of rules)
    for (const kept of alerts.filter((alert) => matchesAll(target, alert.labels) && !found.has(alert.id))) {
      const keptFitsBoth = matchesAll(source, kept.labels);
      const sources = alerts
        .filter((alert) => matchesAll(source, alert.labels))
        .filter((alert) => !(keptFitsBoth && matchesAll(target, alert.labels)))
        .filter((alert) => equal.every((name) => (alert.labels[name] ?? '') === (kept.labels[name] ?? '')))
        .map((alert) => alert.id)
        .sort();
      if (sources[0] !== undefined) found.set(kept.id, { rule: id, sourceId: sources[0] });
    }
  return found;
}
