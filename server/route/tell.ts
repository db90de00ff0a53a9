import type { Alert } from '../model.ts';
import { UNTOLD } from './dedup.ts';
import { without, withTold } from './debt.ts';
import type { NoticeView } from './notice.ts';
import { noticeDelivery } from './notice.ts';
import { routeById } from './tree.ts';
import type { Group, Outgoing, RouteContext, Telling } from './types.ts';

/** Who hears of it: who was told of one of the alerts; of the near end of a silence, whoever would be told after it. */
function hearers(
  group: Group,
  { telling, view }: { readonly telling: Telling; readonly view: TellView },
  { settings }: RouteContext,
): readonly string[] {
  const { reason, alertIds } = telling;
  const { members } = view;
  const known = new Set(settings.receivers.map(({ id }) => id));
  const told = Object.entries(group.told)
    .filter(([, { announced }]) => alertIds.some((id) => id in announced))
    .map(([receiver]) => receiver);
  const isMember = alertIds.some((id) => members.has(id));
  const route = routeById(settings.route, group.route);
  const waiting = reason === 'silence_ending' && isMember ? (route?.receivers ?? []) : [];
  return [...new Set([...told, ...waiting])].filter((receiver) => known.has(receiver));
}

export interface TellView extends NoticeView {
  readonly alert: (id: string) => Alert | undefined;
  readonly members: ReadonlySet<string>;
}

export interface ToldNow {
  readonly group: Group;
  readonly outgoing: readonly Outgoing[];
}

/** Tells everybody of a group at once. What it names in passing is owed an end, and told anew when it may be. */
export function toldNow(
  start: Group,
  { telling, view }: { readonly telling: Telling; readonly view: TellView },
  context: RouteContext,
): ToldNow {
  return hearers(start, { telling, view }, context).reduce<ToldNow>(
    ({ group, outgoing }, receiver) => {
      const believed = group.told[receiver]?.announced ?? UNTOLD.announced;
      const ids = telling.reason === 'silence_ending' ? telling.alertIds : Object.keys(believed);
      const firing = ids.flatMap((id) => view.alert(id) ?? []).filter(({ state }) => state === 'firing');
      if (firing.length === 0) return { group, outgoing };
      const { reason, update } = telling;
      const said = update === undefined ? {} : { update };
      const input = { group, receiver, reason, firing, resolved: [], believed, isQuiet: false, ...said };
      const told = group.told[receiver] ?? UNTOLD;
      const named = Object.fromEntries(firing.map(({ id, severity }) => [id, severity]));
      const perhaps = without({ ...told.perhaps, ...named }, Object.keys(believed));
      return {
        group: { ...withTold(group, receiver, { ...told, perhaps }), sequence: group.sequence + 1 },
        outgoing: [...outgoing, noticeDelivery(input, view, context)],
      };
    },
    { group: start, outgoing: [] },
  );
}
