import type { Alert } from '../model.ts';
import { UNTOLD } from './dedup.ts';
import type { NoticeView } from './notice.ts';
import { noticeDelivery } from './notice.ts';
import { routeById } from './tree.ts';
import type { Group, Outgoing, RouteContext, Telling } from './types.ts';

/** Who hears of it: who was told of one of the alerts; of the near end of a silence, whoever would be told after it. */
function hearers(group: Group, { reason, alertIds }: Telling, { settings }: RouteContext): readonly string[] {
  const known = new Set(settings.receivers.map(({ id }) => id));
  const told = Object.entries(group.told)
    .filter(([, { announced }]) => alertIds.some((id) => id in announced))
    .map(([receiver]) => receiver);
  const isMember = group.members.some((id) => alertIds.includes(id));
  const route = routeById(settings.route, group.route);
  const waiting = reason === 'silence_ending' && isMember ? (route?.receivers ?? []) : [];
  return [...new Set([...told, ...waiting])].filter((receiver) => known.has(receiver));
}

export interface TellView extends NoticeView {
  readonly alert: (id: string) => Alert | undefined;
}

export interface ToldNow {
  readonly group: Group;
  readonly outgoing: readonly Outgoing[];
}

/** Tells everybody of a group at once, without changing what they believe. */
export function toldNow(
  start: Group,
  { telling, view }: { readonly telling: Telling; readonly view: TellView },
  context: RouteContext,
): ToldNow {
  return hearers(start, telling, context).reduce<ToldNow>(
    ({ group, outgoing }, receiver) => {
      const believed = group.told[receiver]?.announced ?? UNTOLD.announced;
      const ids = telling.reason === 'silence_ending' ? telling.alertIds : Object.keys(believed);
      const firing = ids.flatMap((id) => view.alert(id) ?? []).filter(({ state }) => state === 'firing');
      if (firing.length === 0) return { group, outgoing };
      const { reason, update } = telling;
      const said = update === undefined ? {} : { update };
      const input = { group, receiver, reason, firing, resolved: [], believed, isQuiet: false, ...said };
      return {
        group: { ...group, sequence: group.sequence + 1 },
        outgoing: [...outgoing, noticeDelivery(input, view, context)],
      };
    },
    { group: start, outgoing: [] },
  );
}
