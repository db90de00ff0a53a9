import type { Alert, Severity } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { isInside } from './calendars.ts';
import { decideNotice, isAudible, type NoticeDecision, UNTOLD } from './dedup.ts';
import type { NoticeView } from './notice.ts';
import type { Group, RouteContext } from './types.ts';

/** What a group sees when it decides: its alerts, its route, who else tells of them, and the time. */

/** What a group needs to know of everything else. */
export interface GroupView extends NoticeView {
  readonly alert: (id: string) => Alert | undefined;
  /** The severity with which another group tells this receiver of the alert; undefined: none does. */
  readonly heldElsewhere: (receiver: string, alertId: string) => Severity | undefined;
  /** So many groups begin to tell this receiver that they are told as one. */
  readonly isStorm: (receiver: string) => boolean;
  /** Whether any receiver has been told of the alert, for sure. */
  readonly isReached: (alertId: string) => boolean;
}

export interface Look {
  readonly route: RouteSettings | undefined;
  readonly view: GroupView;
  readonly context: RouteContext;
}

const MINUTE_MS = 60_000;
/** A digest may change each minute: the message is rewritten in place. */
const DIGEST: Pick<RouteSettings, 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'> = {
  groupWaitMs: 0,
  groupIntervalMs: MINUTE_MS,
  repeatIntervalMs: 4 * 60 * MINUTE_MS,
};

/** What is to be told to one receiver of the group, and why or why not. */
export function decisionFor(group: Group, receiver: string, look: Look): NoticeDecision {
  const { announced, toldAtMs } = group.told[receiver] ?? UNTOLD;
  return decideNotice({
    firing: isToldNow(group, receiver, look) ? concern(group, receiver, look) : [],
    announced,
    debts: Object.keys(announced).flatMap((id) => endedAlert(look.view.alert(id))),
    isMuted: isMuted(look),
    toldAtMs,
    repeatIntervalMs: timingOf(group, look).repeatIntervalMs,
    nowMs: look.context.nowMs,
  });
}

function endedAlert(alert: Alert | undefined): readonly Alert[] {
  return alert?.state === 'resolved' ? [alert] : [];
}

/** Firing alerts that are this group's to tell the receiver: its members, and what it has told before it lost them. */
export function concern(group: Group, receiver: string, { view }: Look): readonly Alert[] {
  const announced = group.told[receiver]?.announced ?? {};
  const members = new Set(group.members);
  return [...new Set([...group.members, ...Object.keys(announced)])].flatMap((id) => {
    const alert = view.alert(id);
    if (alert?.state !== 'firing') return [];
    const held = view.heldElsewhere(receiver, id);
    const isOurs = isToTell(alert, { told: announced[id], held, isMember: members.has(id) });
    return isOurs ? [alert] : [];
  });
}

/** One group tells one receiver of one alert; when it rises to a page, the group it belongs to by then. */
function isToTell(
  { severity }: Alert,
  place: {
    readonly told: Severity | undefined;
    readonly held: Severity | undefined;
    readonly isMember: boolean;
  },
): boolean {
  const { told, held, isMember } = place;
  if (told === undefined) return held === undefined || (held === 'ticket' && severity === 'page');
  if (told === 'page' || severity === 'ticket') return true;
  return isMember && held !== 'page';
}

export function timingOf(group: Group, { route, context }: Look): typeof DIGEST {
  return group.digestFor === null ? (route ?? context.settings.route) : DIGEST;
}

/** Whether the calendars of the route keep it quiet now. */
export function isMuted({ route, context }: Look): boolean {
  if (route === undefined) return false;
  const inside = (id: string) => {
    const calendar = context.settings.calendars.find((each) => each.id === id);
    return calendar !== undefined && isInside(calendar, context.nowMs);
  };
  return route.muted.some(inside) || (route.active.length > 0 && !route.active.some(inside));
}

/** Receivers of the route, those brought in, and those that are owed a resolve though the route no longer names them. */
export function receiversOf(group: Group, { route, context }: Look): readonly string[] {
  const known = new Set(context.settings.receivers.map((receiver) => receiver.id));
  const own = group.digestFor === null ? (route?.receivers ?? []) : [group.digestFor];
  return [...new Set([...own, ...group.added, ...Object.keys(group.told)])].filter((id) => known.has(id));
}

function isToldNow(group: Group, receiver: string, { route }: Look): boolean {
  return (
    group.digestFor === receiver ||
    group.added.includes(receiver) ||
    (route?.receivers.includes(receiver) ?? false)
  );
}

/** When the first of the acknowledgements ends. */
export function nextAcknowledgementEnd(alerts: readonly Alert[]): number | null {
  const ends = alerts.filter(isAudible).flatMap((alert) => alert.acknowledgedUntilMs ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}
