import type { Finding } from '../../detectors/types.ts';
import type { Judged } from './judge.ts';

/** Levels and persistence as shipped in alert-rules/drift.yaml. */
const TICKET = 0.1;
const PAGE = 0.25;
const OPEN = 2;
const OF = 3;

export interface Alarms {
  readonly windows: number;
  readonly decided: number;
  /** Windows at or above the ticket level and significant. */
  readonly alarming: number;
  /** Windows in which an alert would be open: two of the last three alarm, or this one at the page level. */
  readonly open: number;
}

export const NONE: Alarms = { windows: 0, decided: 0, alarming: 0, open: 0 };

export function plus(first: Alarms, second: Alarms): Alarms {
  return {
    windows: first.windows + second.windows,
    decided: first.decided + second.decided,
    alarming: first.alarming + second.alarming,
    open: first.open + second.open,
  };
}

/** `from`: windows before it fill the memory of the persistence gate and are not counted. */
export function alarmsOf({ findings }: Judged, from = 0): Alarms {
  const breaches = findings.map((finding) => isAbove(finding, TICKET));
  const open = breaches.map(
    (breach, at) =>
      (breach && isAbove(findings[at] as Finding, PAGE)) ||
      breaches.slice(Math.max(0, at - OF + 1), at + 1).filter(Boolean).length >= OPEN,
  );
  return {
    windows: findings.length - from,
    decided: findings.slice(from).filter(({ value }) => value !== null).length,
    alarming: breaches.slice(from).filter(Boolean).length,
    open: open.slice(from).filter(Boolean).length,
  };
}

function isAbove({ value, isSignificant }: Finding, level: number): boolean {
  return isSignificant === true && value !== null && value >= level;
}
