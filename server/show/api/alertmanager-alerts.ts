import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { BadRequestError } from '../../errors.ts';
import { labelsOf, routingLabels } from '../../route/labels.ts';
import { expressionMistake, matchesAll, parseMatchers } from '../../route/matchers.ts';
import type { Matcher } from '../../settings.ts';
import type { ShowEnv, ShowOptions } from '../options.ts';
import {
  alertView,
  groupViews,
  type AlertView,
  type GroupView,
  type LabelledAlert,
  type ViewOptions,
} from '../views/alertmanager.ts';

/** GET /api/v2/alerts, in the order of their fingerprints. */
export async function listAlerts(c: Context<ShowEnv>, options: ShowOptions): Promise<readonly AlertView[]> {
  const { receiver, ...wanted } = wantedOf(c);
  const views = (await alertsOf(c, options))
    .filter((one) => isWanted(one, wanted))
    .map((one) => alertView(one, viewOptions(options)))
    .filter(({ receivers }) => receivers.some(({ name }) => fits(receiver, name)));
  return views.toSorted((first, second) => (first.fingerprint < second.fingerprint ? -1 : 1));
}

/** GET /api/v2/alerts/groups. */
export async function listGroups(c: Context<ShowEnv>, options: ShowOptions): Promise<readonly GroupView[]> {
  const { receiver, ...wanted } = wantedOf(c);
  const all = (await alertsOf(c, options)).filter((one) => isWanted(one, wanted));
  return groupViews(all, viewOptions(options)).filter((group) => fits(receiver, group.receiver.name));
}

function viewOptions({ settings, clock }: ShowOptions): ViewOptions {
  return { route: settings.route, publicUrl: settings.publicUrl, nowMs: clock.now() };
}

async function alertsOf(c: Context<ShowEnv>, options: ShowOptions): Promise<readonly LabelledAlert[]> {
  const { tenant } = c.get('caller').principal;
  const alerts = await options.control.alerts({ tenant, state: 'firing' });
  const byId = new Map(alerts.map((alert) => [alert.id, labelsOf(alert)]));
  return alerts.map((alert) => ({
    alert,
    labels: labelsOf(alert),
    routedBy: routingLabels(alert),
    silencedBy: alert.silencedBy,
    inhibitedBy: alert.inhibitedBy === null ? null : (byId.get(alert.inhibitedBy) ?? {}),
  }));
}

interface Wanted {
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
  readonly filter: readonly Matcher[];
}

function isWanted({ labels, silencedBy, inhibitedBy }: LabelledAlert, wanted: Wanted): boolean {
  const isActive = silencedBy === null && inhibitedBy === null;
  return (
    (wanted.active || !isActive) &&
    (wanted.silenced || silencedBy === null) &&
    (wanted.inhibited || inhibitedBy === null) &&
    matchesAll(wanted.filter, labels)
  );
}

/** `unprocessed` is taken and says nothing: an alert is routed in the moment it opens. */
const flag = z.enum(['true', 'false']).default('true');
const flags = z.object({ active: flag, silenced: flag, inhibited: flag, unprocessed: flag });

function wantedOf(c: Context<ShowEnv>): Wanted & { readonly receiver: Matcher | null } {
  const asked = flags.safeParse(c.req.query());
  if (!asked.success)
    throw new BadRequestError(
      `Parameter "${asked.error.issues[0]?.path.join('.')}": expected true or false.`,
    );
  const { active, silenced, inhibited } = asked.data;
  return {
    active: active === 'true',
    silenced: silenced === 'true',
    inhibited: inhibited === 'true',
    filter: filterOf(c),
    receiver: receiverOf(c.req.query('receiver')),
  };
}

/** The matchers of every `filter` in the query; all must fit. */
export function filterOf(c: Context<ShowEnv>): readonly Matcher[] {
  return (c.req.queries('filter') ?? []).flatMap((text) => {
    const parsed = parseMatchers(text);
    if (parsed.ok) return parsed.matchers;
    throw new BadRequestError(`bad matcher format: ${text}: ${parsed.message} (character ${parsed.column})`);
  });
}

/** An expression that must fit the whole name. */
function receiverOf(value: string | undefined): Matcher | null {
  if (value === undefined || value === '') return null;
  const matcher: Matcher = { name: 'receiver', op: '=~', value };
  const mistake = expressionMistake(matcher);
  if (mistake !== null) throw new BadRequestError(`failed to parse receiver param: ${mistake}`);
  return matcher;
}

function fits(receiver: Matcher | null, name: string): boolean {
  return receiver === null || matchesAll([receiver], { receiver: name });
}
