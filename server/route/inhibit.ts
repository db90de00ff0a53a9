import type { Labels } from '../model.ts';
import type { InhibitSettings } from '../settings.ts';
import { matchesAll } from './matchers.ts';

export interface Labelled {
  readonly id: string;
  readonly labels: Labels;
}

/** By the id of each alert that is held back: the rule, and the firing alert that speaks for it. */
export function inhibitions(
  alerts: readonly Labelled[],
  rules: readonly InhibitSettings[],
): ReadonlyMap<string, { readonly rule: string; readonly sourceId: string }> {
  const found = new Map<string, { readonly rule: string; readonly sourceId: string }>();
  for (const rule of rules) {
    const keyOf = ({ labels }: Labelled) => JSON.stringify(rule.equal.map((name) => labels[name] ?? ''));
    const sources = Map.groupBy(
      alerts.filter(({ labels }) => matchesAll(rule.source, labels)),
      keyOf,
    );
    for (const target of alerts) {
      if (found.has(target.id) || !matchesAll(rule.target, target.labels)) continue;
      const isBoth = matchesAll(rule.source, target.labels);
      const source = sources
        .get(keyOf(target))
        ?.find(({ id, labels }) => id !== target.id && !(isBoth && matchesAll(rule.target, labels)));
      if (source !== undefined) found.set(target.id, { rule: rule.id, sourceId: source.id });
    }
  }
  return found;
}
