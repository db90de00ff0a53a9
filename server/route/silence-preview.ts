import type { Alert } from '../model.ts';
import type { Matcher } from '../settings.ts';
import { labelsOf } from './labels.ts';
import { matchesAll } from './matchers.ts';

export interface SilencePreviewIds {
  /** Alerts that it would hold back now. */
  readonly firing: readonly string[];
  /** Alerts that have ended, and fired at some time since `sinceMs`. */
  readonly lately: readonly string[];
  readonly warnings: readonly string[];
}

/** So large a part of what fires is rarely meant. */
const MOST_SHARE = 0.5;
const FEW = 3;

/** What a silence with these matchers would hold back now, and would have held back lately. Pure. */
export function previewSilence(
  matchers: readonly Matcher[],
  alerts: readonly Alert[],
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): SilencePreviewIds {
  const known = alerts.filter(({ resolvedAtMs }) => (resolvedAtMs ?? nowMs) >= sinceMs);
  const matching = known.filter((alert) => matchesAll(matchers, labelsOf(alert)));
  const firing = matching.filter(({ state }) => state === 'firing');
  const lately = matching.filter(({ state }) => state !== 'firing');
  return {
    firing: firing.map(({ id }) => id),
    lately: lately.map(({ id }) => id),
    warnings: warningsOf(matchers, { known, firing, lately }),
  };
}

function warningsOf(
  matchers: readonly Matcher[],
  found: {
    readonly known: readonly Alert[];
    readonly firing: readonly Alert[];
    readonly lately: readonly Alert[];
  },
): readonly string[] {
  const { known, firing, lately } = found;
  const all = known.filter(({ state }) => state === 'firing').length;
  const pages = firing.filter(({ severity }) => severity === 'page').length;
  const labels = new Set(known.flatMap((alert) => Object.keys(labelsOf(alert))));
  const unknown = matchers.filter(({ name }) => known.length > 0 && !labels.has(name));
  return [
    ...unknown.map(({ name }) => `No alert of the last days has a label ${name}.`),
    ...(firing.length + lately.length === 0
      ? ['It matches nothing that fires now or fired in the last days.']
      : []),
    ...(firing.length >= FEW && firing.length > MOST_SHARE * all
      ? [`It would hold back ${firing.length} of the ${all} alerts that fire now.`]
      : []),
    ...(pages === 1 ? ['It would hold back a page that fires now.'] : []),
    ...(pages > 1 ? [`It would hold back ${pages} pages that fire now.`] : []),
  ];
}
