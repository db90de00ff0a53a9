import type { Alert } from '../model.ts';
import { idsIn } from './alert-set.ts';
import type { AlertSet, Told } from './types.ts';

/** Why a receiver is told something now, or why not. */
export type NoticeDecision =
  | {
      readonly tell: 'first' | 'new_alerts' | 'some_resolved' | 'all_resolved' | 'repeat';
      readonly fresh: readonly Alert[];
      readonly resolved: readonly Alert[];
    }
  | { readonly tell: null; readonly why: QuietReason };

export type QuietReason = 'nothing_firing' | 'silenced' | 'inhibited' | 'muted' | 'acknowledged' | 'too_soon';

export interface DedupInput {
  /** Firing alerts that are this group's to tell this receiver. */
  readonly firing: readonly Alert[];
  /** Those of them that no silence, no other alert and no calendar holds back. */
  readonly audible: readonly Alert[];
  readonly announced: AlertSet;
  /** Alerts that are resolved and that it believes firing, or may believe so: the resolve debt. */
  readonly debts: readonly Alert[];
  readonly toldAtMs: number | null;
  readonly repeatIntervalMs: number;
  readonly nowMs: number;
}

/**
 * Compares what a receiver was told with what is true. A silence, an inhibition or a calendar holds back what is new and
 * what repeats, never a resolve: what was announced firing is always announced resolved.
 */
export function decideNotice(input: DedupInput): NoticeDecision {
  const { audible, announced, debts } = input;
  const fresh = audible.filter((alert) => isNews(alert, announced));
  const isUntold = idsIn(announced).length === 0;
  if (fresh.length > 0) return { tell: isUntold ? 'first' : 'new_alerts', fresh, resolved: debts };
  if (isUntold && debts.length === 0) return nothing(input);
  const ended = new Set(debts.map((alert) => alert.id));
  if (idsIn(announced).every((id) => ended.has(id))) return { tell: 'all_resolved', fresh, resolved: debts };
  if (debts.length > 0) return { tell: 'some_resolved', fresh, resolved: debts };
  return repeatOrNot(input);
}

/** Neither silenced nor spoken for by another alert. */
export function isAudible(alert: Alert): boolean {
  return alert.silencedBy === null && alert.inhibitedBy === null;
}

function isNews(alert: Alert, announced: AlertSet): boolean {
  const told = announced[alert.id];
  return told === undefined || (told === 'ticket' && alert.severity === 'page');
}

/** Nothing is audible. */
function nothing({ firing }: DedupInput): NoticeDecision {
  if (firing.length === 0) return { tell: null, why: 'nothing_firing' };
  if (firing.some(isAudible)) return { tell: null, why: 'muted' };
  return { tell: null, why: firing.some((alert) => alert.silencedBy === null) ? 'inhibited' : 'silenced' };
}

function repeatOrNot(input: DedupInput): NoticeDecision {
  const { audible } = input;
  if (audible.length === 0) return nothing(input);
  if (audible.every((alert) => alert.acknowledgedBy !== null)) return { tell: null, why: 'acknowledged' };
  return input.nowMs >= (input.toldAtMs ?? 0) + input.repeatIntervalMs
    ? { tell: 'repeat', fresh: [], resolved: [] }
    : { tell: null, why: 'too_soon' };
}

export const UNTOLD: Told = {
  announced: {},
  delivered: {},
  toldAtMs: null,
  firstToldAtMs: null,
  notBeforeMs: null,
};
