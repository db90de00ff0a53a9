import type { Alert, Silence } from '../model.ts';
import type { AlertExplanation, GroupExplanation, HeldBack } from '../ports.ts';
import type { RouteSettings } from '../settings.ts';
import { isInside, nextTime } from './calendars.ts';
import { explainGroup } from './explain-group.ts';
import { routingLabels } from './labels.ts';
import type { GroupView } from './look.ts';
import { matchersText } from './matchers.ts';
import { routesFor, triedRoutes } from './tree.ts';
import type { Group, Pending, RouteContext } from './types.ts';

/** Why somebody was told of an alert, or was not. Pure. */

export interface ExplainInput {
  readonly alert: Alert;
  /** The breach has not stood long enough to be an alert. */
  readonly pending: Pending | null;
  readonly groups: readonly Group[];
  readonly silences: readonly Silence[];
  readonly inhibitor: Alert | null;
  readonly viewFor: (groupId: string) => GroupView;
}

type Routing = Omit<AlertExplanation, 'deliveries' | 'scoreId' | 'toldAs'>;

export function explainRouting(input: ExplainInput, context: RouteContext): Routing {
  const { alert, pending } = input;
  const labels = routingLabels(alert);
  const { route } = context.settings;
  const heldBack = holdsOf(input, routesFor(route, labels), context);
  const groups = input.groups.map((group) =>
    explainGroup(group, { alert, view: input.viewFor(group.id) }, context),
  );
  const state = stateOf(input);
  const told = new Set(groups.flatMap(({ receivers }) => receivers.map(({ receiver }) => receiver)));
  return {
    alert,
    state,
    isFlapping: alert.state === 'firing' && alert.opened >= FLAPS,
    changesAtMs: pending?.dueAtMs ?? (state === 'recovering' ? alert.recoversAtMs : null),
    summary: summaryOf(state, groups),
    labels,
    routes: triedRoutes(route, labels),
    heldBack,
    groups,
    notRouted: context.settings.receivers.map(({ id }) => id).filter((id) => !told.has(id)),
  };
}

/** As in alerts.ts: an alert that opened so often of late flaps. */
const FLAPS = 3;

function stateOf({ alert, pending }: ExplainInput): AlertExplanation['state'] {
  if (pending !== null) return 'pending';
  if (alert.state === 'resolved') return 'resolved';
  return alert.recoversAtMs === null ? 'firing' : 'recovering';
}

function holdsOf(
  input: ExplainInput,
  routes: readonly RouteSettings[],
  context: RouteContext,
): readonly HeldBack[] {
  const { alert, pending } = input;
  if (pending !== null)
    return [
      {
        by: 'pending',
        id: pending.id,
        text: 'The breach must stand for a while before it is an alert.',
        untilMs: pending.dueAtMs,
      },
    ];
  if (alert.state === 'resolved') return [];
  return [
    ...silenceHold(input),
    ...inhibitionHold(input),
    ...routes.flatMap((route) => calendarHolds(route, context)),
    ...acknowledgementHold(alert),
  ];
}

function silenceHold({ alert, silences }: ExplainInput): readonly HeldBack[] {
  const silence = silences.find(({ id }) => id === alert.silencedBy);
  if (silence === undefined) return [];
  const text = `Silenced by ${silence.author}: ${silence.reason} (${matchersText(silence.matchers)})`;
  return [{ by: 'silence', id: silence.id, text, untilMs: silence.toMs }];
}

function inhibitionHold({ alert, inhibitor }: ExplainInput): readonly HeldBack[] {
  if (alert.inhibitedBy === null) return [];
  const text = `Another alert speaks for it: ${inhibitor?.summary ?? alert.inhibitedBy}`;
  return [{ by: 'inhibition', id: alert.inhibitedBy, text, untilMs: null }];
}

function calendarHolds(route: RouteSettings, { settings, nowMs }: RouteContext): readonly HeldBack[] {
  const inside = (id: string, atMs: number) => {
    const calendar = settings.calendars.find((each) => each.id === id);
    return calendar !== undefined && isInside(calendar, atMs);
  };
  const muting = (atMs: number) => route.muted.filter((id) => inside(id, atMs));
  const isInactive = (atMs: number) =>
    route.active.length > 0 && !route.active.some((id) => inside(id, atMs));
  const untilMs = () => nextTime((atMs) => muting(atMs).length === 0 && !isInactive(atMs), nowMs);
  const muted = muting(nowMs).map((id): HeldBack => ({
    by: 'calendar',
    id,
    text: `Route ${route.id} keeps quiet inside the calendar ${id}.`,
    untilMs: untilMs(),
  }));
  if (!isInactive(nowMs)) return muted;
  const text = `Route ${route.id} tells only inside ${route.active.join(', ')}, and it is outside now.`;
  return [...muted, { by: 'calendar', id: route.active.join(','), text, untilMs: untilMs() }];
}

function acknowledgementHold({ acknowledgedBy, acknowledgedUntilMs }: Alert): readonly HeldBack[] {
  if (acknowledgedBy === null) return [];
  const text = `Acknowledged by ${acknowledgedBy}: repeats and escalation wait; what is new is still told.`;
  return [{ by: 'acknowledgement', id: acknowledgedBy, text, untilMs: acknowledgedUntilMs }];
}

function summaryOf(state: AlertExplanation['state'], groups: readonly GroupExplanation[]): readonly string[] {
  if (state === 'pending') return ['Nobody is told so far: the breach does not stand long enough yet.'];
  const receivers = groups.flatMap((group) => group.receivers);
  if (receivers.length === 0)
    return [
      state === 'resolved'
        ? 'It has ended, and nobody is owed anything.'
        : 'Nobody is told: no route that handles it names a receiver.',
    ];
  return receivers.map(({ receiver, text }) => `${receiver}: ${text}`);
}
