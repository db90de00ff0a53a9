import type { Alert, Severity } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { idsIn } from './alert-set.ts';
import { decideNotice, isAudible, type NoticeDecision, UNTOLD } from './dedup.ts';
import { isRouteMuted } from './mutes.ts';
import type { NoticeView } from './notice.ts';
import type { Group, RouteContext, Told } from './types.ts';

/** What a group sees when it decides: its alerts, its route, who else tells of them, and the time. */

/** What a group needs to know of everything else. */
export interface GroupView extends NoticeView {
  readonly alert: (id: string) => Alert | undefined;
  /** Firing alerts that the routes of now bring to the group looked at; of a digest, those it has taken in. */
  readonly members: ReadonlySet<string>;
  /** Whether the group looked at is one that the routes of now bring the alert to. */
  readonly belongs: (alertId: string) => boolean;
  /** The severity with which another group that it belongs to tells this receiver of the alert; undefined: none does. */
  readonly heldElsewhere: (receiver: string, alertId: string) => Severity | undefined;
  /** So many groups begin to tell this receiver that they are told as one. */
  readonly isStorm: (receiver: string) => boolean;
  /** Whether any receiver has been told of the alert, for sure. */
  readonly isReached: (alertId: string) => boolean;
  /** Whether calendars keep quiet every group that would tell the receiver of the alert. */
  readonly isMutedFor: (receiver: string, alertId: string) => boolean;
}

export interface Look {
  readonly route: RouteSettings | undefined;
  readonly view: GroupView;
  readonly context: RouteContext;
  /** By receiver. A settlement asks for the same decision three times, and a group may have thousands of alerts. */
  readonly decided: Map<string, Decided>;
}

interface Decided {
  readonly told: Told;
  readonly isToldNow: boolean;
  readonly decision: NoticeDecision;
  readonly isPartlyMuted: boolean;
}

export function lookAt(route: RouteSettings | undefined, view: GroupView, context: RouteContext): Look {
  return { route, view, context, decided: new Map() };
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
  return decided(group, receiver, look).decision;
}

/** Whether something it would be told waits for a calendar, beside what it is told. */
export function isPartlyMuted(group: Group, receiver: string, look: Look): boolean {
  return decided(group, receiver, look).isPartlyMuted;
}

function decided(group: Group, receiver: string, look: Look): Decided {
  const told = group.told[receiver] ?? UNTOLD;
  const isNamed = isToldNow(group, receiver, look);
  const known = look.decided.get(receiver);
  if (known?.told === told && known.isToldNow === isNamed) return known;
  const firing = isNamed ? concern(group, receiver, look) : [];
  const loud = firing.filter(isAudible);
  const audible = loud.filter(mutesOf(group, receiver, look));
  const decision = decideNotice({
    firing,
    audible,
    announced: told.announced,
    debts: debtsOf(told, look),
    toldAtMs: told.toldAtMs,
    repeatIntervalMs: timingOf(group, look).repeatIntervalMs,
    nowMs: look.context.nowMs,
  });
  const made = { told, isToldNow: isNamed, decision, isPartlyMuted: audible.length < loud.length };
  look.decided.set(receiver, made);
  return made;
}

/** Which alerts no calendar keeps quiet. A digest has no calendar of its own: each alert has that of the groups it comes from. */
function mutesOf({ digestFor }: Group, receiver: string, look: Look): (alert: Alert) => boolean {
  if (digestFor !== null) return ({ id }) => !look.view.isMutedFor(receiver, id);
  const isLoud = !isMuted(look);
  return () => isLoud;
}

/** Alerts that have ended and that it believes firing, or may believe so. */
function debtsOf({ announced, perhaps }: Told, { view }: Look): readonly Alert[] {
  const found: Alert[] = [];
  const add = (id: string) => {
    const alert = view.alert(id);
    if (alert?.state === 'resolved') found.push(alert);
  };
  idsIn(announced).forEach(add);
  for (const id of idsIn(perhaps ?? UNTOLD.announced)) if (!(id in announced)) add(id);
  return found;
}

/** Firing alerts that are this group's to tell the receiver. Of what belongs elsewhere by now it owes no more than the end. */
export function concern(group: Group, receiver: string, { view }: Look): readonly Alert[] {
  const { members } = view;
  const announced = group.told[receiver]?.announced ?? UNTOLD.announced;
  const found: Alert[] = [];
  const add = (id: string, isMember: boolean) => {
    const alert = view.alert(id);
    if (alert?.state !== 'firing' || !(isMember || view.belongs(id))) return;
    const held = view.heldElsewhere(receiver, id);
    if (isToTell(alert, { told: announced[id], held, isMember })) found.push(alert);
  };
  for (const id of members) add(id, true);
  for (const id of idsIn(announced)) if (!members.has(id)) add(id, false);
  return found;
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

/** Whether the calendars of the group's route keep it quiet now. */
export function isMuted({ route, context }: Look): boolean {
  return isRouteMuted(route, context);
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
