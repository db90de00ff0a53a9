import type { Labels } from '../model.ts';
import type { InhibitSettings } from '../settings.ts';
import { matchesAll } from './matchers.ts';

/** An alert that fires, with the labels that routes see. */
export interface Labelled {
  readonly id: string;
  readonly labels: Labels;
}

/** Why an alert is not told: a rule, and the alert that the rule found first. */
export interface Inhibition {
  readonly rule: string;
  readonly sourceId: string;
}

/**
 * Which of the firing alerts others keep quiet, by the id of the kept. The semantics are Alertmanager's: the labels of
 * `equal` must agree, a missing label being an empty one, and an alert that fits both sides of a rule is not kept quiet by
 * another that does. The first rule that applies is told, with the source of the smallest id, so that the same alerts in any
 * order give the same answer. An alert that is inhibited inhibits all the same.
 */
export function inhibitions(
  alerts: readonly Labelled[],
  rules: readonly InhibitSettings[],
): ReadonlyMap<string, Inhibition> {
  const found = new Map<string, Inhibition>();
  for (const rule of rules)
    for (const [targetId, sourceId] of inhibitedBy(alerts, rule))
      if (!found.has(targetId)) found.set(targetId, { rule: rule.id, sourceId });
  return found;
}

/** The smallest ids of sources with the same values of `equal`: of any, and of those that do not fit the target side. */
interface Sources {
  readonly any: string;
  readonly plain: string | null;
}

/** Grouping by the values of `equal` first makes it one pass over the alerts instead of one for each pair. */
function inhibitedBy(
  alerts: readonly Labelled[],
  rule: InhibitSettings,
): readonly (readonly [string, string])[] {
  const sources = new Map<string, Sources>();
  const targets: { readonly id: string; readonly key: string; readonly isSource: boolean }[] = [];
  for (const { id, labels } of alerts) {
    const isSource = matchesAll(rule.source, labels);
    const isTarget = matchesAll(rule.target, labels);
    if (!isSource && !isTarget) continue;
    const key = JSON.stringify(rule.equal.map((name) => labels[name] ?? ''));
    if (isTarget) targets.push({ id, key, isSource });
    if (isSource) sources.set(key, withSource(sources.get(key), id, isTarget));
  }
  return targets.flatMap(({ id, key, isSource }) => {
    const known = sources.get(key);
    const sourceId = isSource ? known?.plain : known?.any;
    return sourceId === undefined || sourceId === null ? [] : [[id, sourceId] as const];
  });
}

function withSource(known: Sources | undefined, id: string, isTarget: boolean): Sources {
  const plain = known?.plain ?? null;
  return {
    any: known === undefined || id < known.any ? id : known.any,
    plain: isTarget || (plain !== null && plain < id) ? plain : id,
  };
}
