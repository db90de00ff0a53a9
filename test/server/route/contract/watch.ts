import type { Alert, Notice, Silence } from '../../../../server/model.ts';
import { isInside } from '../../../../server/route/calendars.ts';
import { labelsOf, routingLabels } from '../../../../server/route/labels.ts';
import { silencedBy } from '../../../../server/route/silence.ts';
import { routesFor } from '../../../../server/route/tree.ts';
import type { RouteSettings, Settings } from '../../../../server/settings.ts';
import { HOUR, MINUTE } from '../fixture.ts';
import { inhibitedByDefinition } from '../inhibited.ts';
import type { Appliance, Queued } from './appliance.ts';
import type { Person } from './person.ts';

/** Longer than any wait and interval of the configurations. */
const PATIENCE_MS = 6 * MINUTE;

interface Truth {
  readonly nowMs: number;
  readonly settings: Settings;
  readonly firing: ReadonlyMap<string, Alert>;
  readonly inhibited: ReadonlySet<string>;
  readonly silences: readonly Silence[];
}

/** Holds every notice, and all that is not told, against what is true at that time, from first principles. */
export class Watch {
  readonly #appliance: Appliance;
  /** Receiver, alert and severity of all that was ever queued. */
  readonly #queued = new Set<string>();
  /** By stream: alerts it ever told, and when it last told anything. */
  readonly #streams = new Map<string, { readonly ids: Set<string>; toldAtMs: number }>();
  /** Since when a page could have been told to a receiver. */
  readonly #audible = new Map<string, number>();
  readonly #failing = new Map<string, number>();

  constructor(appliance: Appliance) {
    this.#appliance = appliance;
  }

  died(receiver: string, nowMs: number): void {
    this.#failing.set(receiver, nowMs);
  }

  /** After a reload everything waits anew. */
  forget(): void {
    this.#audible.clear();
  }

  async look(nowMs: number): Promise<void> {
    const queued = await this.#appliance.queued();
    const truth = await this.#truth(nowMs);
    for (const each of queued) this.#judge(each, truth);
    this.#awaitPages(truth);
  }

  async atRest(nowMs: number, people: ReadonlyMap<string, Person>, unanswered: number): Promise<void> {
    const truth = await this.#truth(nowMs);
    for (const { id } of truth.settings.receivers) {
      const believed = people.get(id)?.believed ?? new Set();
      for (const alertId of believed)
        if (!truth.firing.has(alertId)) throw new Error(`${id} believes ${alertId} firing, which is over`);
    }
    for (const alert of truth.firing.values())
      if (isAudible(alert, truth))
        for (const receiver of receiversOf(alert, truth, { escalated: true }))
          if (people.get(receiver)?.believed.has(alert.id) !== true)
            throw new Error(`${receiver} was never told of ${alert.subject}, a ${alert.severity} that fires`);
    for (const { state, id } of await this.#appliance.deliveries())
      if (!['sent', 'dead', 'superseded'].includes(state)) throw new Error(`${id} is still ${state}`);
    const duplicates = [...people.values()].reduce((sum, person) => sum + person.duplicates, 0);
    if (duplicates > unanswered) throw new Error(`${duplicates} duplicates after ${unanswered} lost answers`);
  }

  async #truth(nowMs: number): Promise<Truth> {
    const { settings } = this.#appliance;
    const firing = await this.#appliance.firing();
    const labelled = firing.map((alert) => ({ id: alert.id, labels: labelsOf(alert) }));
    return {
      nowMs,
      settings,
      firing: new Map(firing.map((alert) => [alert.id, alert])),
      inhibited: new Set(inhibitedByDefinition(labelled, settings.inhibit).keys()),
      silences: await this.#appliance.silences(nowMs),
    };
  }

  #judge({ stream, notice }: Queued, truth: Truth): void {
    const known = this.#streams.get(stream) ?? { ids: new Set(), toldAtMs: -Infinity };
    this.#streams.set(stream, known);
    sayWhatIsBelieved(notice);
    const isNews = notice.reason === 'first' || notice.reason === 'new_alerts';
    if (isNews || notice.reason === 'repeat') this.#callsRightly(notice, truth);
    if (isNews) tellsRightly(notice, known.ids, truth);
    if (notice.reason === 'repeat' && truth.nowMs - known.toldAtMs < HOUR)
      throw new Error(`${notice.receiver} was told again after ${truth.nowMs - known.toldAtMs} ms`);
    if (!ASIDE.has(notice.reason)) known.toldAtMs = truth.nowMs;
    for (const [id, severity] of Object.entries(notice.believed)) {
      known.ids.add(id);
      this.#queued.add(`${notice.receiver} ${id} ${severity}`);
    }
  }

  /** Somebody is called for something that may be told now. */
  #callsRightly(notice: Notice, truth: Truth): void {
    const listed = notice.firing.flatMap(({ id }) => truth.firing.get(id) ?? []);
    const reasons = listed.filter(
      (alert) => isAudible(alert, truth) && mayBeTold(alert, notice.receiver, truth),
    );
    const standing =
      notice.reason === 'repeat' ? reasons.filter((alert) => alert.acknowledgedBy === null) : reasons;
    if (standing.length === 0 && notice.omitted === 0)
      throw new Error(
        `${notice.receiver} was told (${notice.reason}) of ${namesOf(listed)}, which may not be told`,
      );
  }

  #awaitPages(truth: Truth): void {
    const { nowMs } = truth;
    const seen = new Set<string>();
    for (const alert of truth.firing.values()) {
      if (alert.severity !== 'page' || !isAudible(alert, truth)) continue;
      for (const receiver of receiversOf(alert, truth, { escalated: false })) {
        const key = `${receiver} ${alert.id} page`;
        seen.add(key);
        const sinceMs = this.#audible.get(key) ?? nowMs;
        this.#audible.set(key, sinceMs);
        const isFailing = nowMs - (this.#failing.get(receiver) ?? -Infinity) <= HOUR + PATIENCE_MS;
        if (nowMs - sinceMs > PATIENCE_MS + this.#appliance.beatMs && !this.#queued.has(key) && !isFailing)
          throw new Error(
            `${receiver} was not told of the page ${alert.subject} for ${(nowMs - sinceMs) / MINUTE} min`,
          );
      }
    }
    for (const key of this.#audible.keys()) if (!seen.has(key)) this.#audible.delete(key);
  }
}

/** Said beside, whatever is firing. */
const ASIDE: ReadonlySet<Notice['reason']> = new Set(['acknowledged', 'incident_update', 'silence_ending']);

/** What a notice lists and what it says is believed are one thing, but for what it leaves out. */
function sayWhatIsBelieved(notice: Notice): void {
  const { believed, firing, resolved, omitted, reason } = notice;
  const unknown = firing.filter(({ id }) => !(id in believed));
  if (unknown.length > 0 && reason !== 'silence_ending')
    throw new Error(`${reason} lists ${namesOf(unknown)} and does not have it believed`);
  const unlisted = Object.keys(believed).length - firing.length + unknown.length;
  if (unlisted > omitted && !ASIDE.has(reason))
    throw new Error(`${reason} has ${unlisted} believed that it does not list, and says it omits ${omitted}`);
  const ended = resolved.filter(({ id }) => id in believed);
  if (ended.length > 0) throw new Error(`${namesOf(ended)} is resolved and believed firing in one notice`);
}

/** What a stream tells for the first time is audible, and the receiver's to know. */
function tellsRightly(notice: Notice, before: ReadonlySet<string>, truth: Truth): void {
  for (const { id } of notice.firing) {
    const alert = truth.firing.get(id);
    if (before.has(id) || alert === undefined) continue;
    if (!isAudible(alert, truth))
      throw new Error(`${notice.receiver} was told of ${alert.subject}, held back`);
    if (!mayBeTold(alert, notice.receiver, truth))
      throw new Error(`${notice.receiver} was told of ${alert.subject}, which no open route brings there`);
  }
}

function isAudible(alert: Alert, { silences, inhibited, nowMs }: Truth): boolean {
  return silencedBy(labelsOf(alert), silences, nowMs) === undefined && !inhibited.has(alert.id);
}

function openRoutes(
  labels: ReturnType<typeof labelsOf>,
  { settings, nowMs }: Truth,
): readonly RouteSettings[] {
  const inside = (id: string) => settings.calendars.some((one) => one.id === id && isInside(one, nowMs));
  return routesFor(settings.route, labels).filter(
    ({ active, muted }) => !muted.some(inside) && (active.length === 0 || active.some(inside)),
  );
}

/** An alert that joined an incident may still be told where its own labels lead. */
function mayBeTold(alert: Alert, receiver: string, truth: Truth): boolean {
  const routes = [routingLabels(alert), labelsOf(alert)].flatMap((labels) => openRoutes(labels, truth));
  return routes.some(({ receivers, escalate, fallback }) =>
    [...receivers, ...escalate.flatMap((step) => step.receivers), ...fallback].includes(receiver),
  );
}

function receiversOf(
  alert: Alert,
  truth: Truth,
  { escalated }: { readonly escalated: boolean },
): ReadonlySet<string> {
  const routes = openRoutes(routingLabels(alert), truth);
  const steps = routes.flatMap(({ escalate }) => escalate.flatMap((step) => step.receivers));
  return new Set([...routes.flatMap(({ receivers }) => receivers), ...(escalated ? steps : [])]);
}

function namesOf(alerts: readonly Alert[]): string {
  return alerts.map(({ subject }) => subject).join(', ') || 'nothing';
}
