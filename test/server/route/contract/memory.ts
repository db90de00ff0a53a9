import type {
  Alert,
  Delivery,
  DeliveryOutcome,
  Incident,
  Notice,
  Severity,
  Silence,
} from '../../../../server/model.ts';
import { acknowledgeAlert } from '../../../../server/route/acknowledge.ts';
import { alertId, alertIdentity } from '../../../../server/route/identity.ts';
import { decideSettle } from '../../../../server/route/outbox.ts';
import { Router } from '../../../../server/route/router.ts';
import { emptySituation } from '../../../../server/route/situation.ts';
import type { Group, Outgoing } from '../../../../server/route/types.ts';
import type { Settings } from '../../../../server/settings.ts';
import { LEASE_MS, slotOf, type Appliance, type Queued } from './appliance.ts';

interface Row extends Omit<Delivery, 'payload' | 'kind' | 'thread'> {
  readonly out: Outgoing;
}

/**
 * The router with an outbox that keeps the real one's rules, all of it in memory: streams in order, leases that run out,
 * retries, an end after six hours. What is "written" goes through JSON, and a crash leaves nothing else.
 */
export class MemoryAppliance implements Appliance {
  settings: Settings;
  readonly beatMs = 61_000;
  readonly #alerts = new Map<string, Alert>();
  readonly #incidents = new Map<string, Incident>();
  readonly #groups = new Map<string, string>();
  readonly #silences = new Map<string, Silence>();
  readonly #episodes = new Map<number, number>();
  readonly #rows: Row[] = [];
  #open: number[] = [];
  #queued: Queued[] = [];
  #router: Router;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#router = new Router('acme', { alerts: [], groups: [], incidents: [], silences: [] }, settings);
  }

  async fire(slots: readonly number[], severity: Severity, nowMs: number): Promise<void> {
    this.#change(
      slots.map((slot) => this.#fired(slot, severity, nowMs)),
      nowMs,
    );
  }

  async resolve(slots: readonly number[], nowMs: number): Promise<void> {
    const ended = slots.flatMap((slot) => this.#living(slot) ?? []);
    this.#change(
      ended.map((alert) => ({ ...alert, state: 'resolved', resolvedAtMs: nowMs })),
      nowMs,
    );
  }

  async join(slot: number, nowMs: number): Promise<void> {
    const alert = this.#living(slot);
    if (alert === undefined || alert.incidentId !== null) return;
    const incident = incidentOf(alert, nowMs);
    this.#incidents.set(incident.id, incident);
    this.#router.update([], [incident]);
    this.#change([{ ...alert, incidentId: incident.id }], nowMs);
  }

  async silence(given: Pick<Silence, 'matchers' | 'fromMs' | 'toMs'>, nowMs: number): Promise<void> {
    const id = `sil${this.#silences.size}`;
    this.#silences.set(id, {
      id,
      tenant: 'acme',
      author: 'ann',
      reason: 'known',
      endToldAtMs: null,
      ...given,
    });
    this.#silenced(nowMs);
  }

  async expireSilences(nowMs: number): Promise<void> {
    for (const silence of this.#silences.values())
      if (silence.toMs > nowMs) this.#silences.set(silence.id, { ...silence, toMs: nowMs });
    this.#silenced(nowMs);
  }

  async acknowledge(slot: number, nowMs: number): Promise<void> {
    const alert = this.#living(slot);
    if (alert === undefined) return;
    const start = { ...emptySituation(alert), alerts: new Map(this.#alerts) };
    const decision = acknowledgeAlert(start, { alert, actor: 'ann' }, this.#context(nowMs));
    if (!decision.ok) return;
    const { alerts, tellings } = decision.situation;
    const changed = [...alerts.values()].filter((each) => this.#alerts.get(each.id) !== each);
    this.#router.update(changed);
    for (const each of changed) this.#alerts.set(each.id, each);
    for (const telling of tellings) this.#router.tell(telling, this.#context(nowMs));
    this.#run(nowMs);
  }

  async reload(settings: Settings, nowMs: number): Promise<void> {
    this.settings = settings;
    this.#router.reroute();
    this.#run(nowMs);
  }

  async crash(): Promise<void> {
    const groups = [...this.#groups.values()].map((text) => JSON.parse(text) as Group);
    const told = new Set(
      groups.flatMap((group) =>
        Object.values(group.told).flatMap((one) =>
          Object.keys({ ...one.announced, ...one.delivered, ...one.perhaps }),
        ),
      ),
    );
    const alerts = [...this.#alerts.values()].filter(({ id, state }) => state === 'firing' || told.has(id));
    const incidents = alerts.flatMap(({ incidentId }) => this.#incidents.get(incidentId ?? '') ?? []);
    const silences = [...this.#silences.values()];
    const kept = structuredClone({ alerts, groups, incidents, silences });
    this.#router = new Router('acme', kept, this.settings);
  }

  async tick(nowMs: number): Promise<void> {
    for (const index of this.#open) {
      const row = this.#row(index);
      const isOver = row.expiresAtMs <= nowMs && (row.state === 'pending' || row.dueAtMs <= nowMs);
      if (isOver) await this.settle(row.id, { kind: 'retry', afterMs: null, detail: '' }, nowMs);
    }
    if (this.#nextOfRouter() <= nowMs) this.#run(nowMs);
  }

  async lease(limit: number, nowMs: number): Promise<readonly Delivery[]> {
    const streams = new Set<string>();
    const first = this.#open.filter((index) => {
      const { stream } = this.#row(index).out;
      const isFirst = !streams.has(stream);
      streams.add(stream);
      return isFirst;
    });
    const due = first.filter(
      (index) => this.#row(index).dueAtMs <= nowMs && this.#row(index).expiresAtMs > nowMs,
    );
    return due.slice(0, limit).map((index) => {
      const row = this.#row(index);
      const leased = {
        ...row,
        state: 'leased' as const,
        attempt: row.attempt + 1,
        dueAtMs: nowMs + LEASE_MS,
      };
      this.#rows[index] = leased;
      return deliveryOf(leased);
    });
  }

  async settle(id: string, outcome: DeliveryOutcome, nowMs: number): Promise<void> {
    const index = this.#rows.findIndex((row) => row.id === id);
    const row = this.#row(index);
    const decision = decideSettle(row, outcome, nowMs);
    if (decision.state === 'unchanged') return;
    const dueAtMs = 'dueAtMs' in decision ? decision.dueAtMs : row.dueAtMs;
    this.#rows[index] = { ...row, state: decision.state, dueAtMs };
    if (decision.state === 'pending') return;
    this.#open = this.#open.filter((each) => each !== index);
    const { stream, receiver, payload } = row.out;
    const othersOpen = this.#open.some((each) => this.#row(each).out.stream === stream);
    const arrived = decision.state === 'sent';
    const notice = payload as Notice;
    const mayHaveArrived = row.attempt > 1 || (row.attempt === 1 && decision.reason === 'expired');
    const settled = { receiver, notice, arrived, mayHaveArrived, othersOpen };
    this.#router.update(this.#router.forgotten(notice).flatMap((each) => this.#alerts.get(each) ?? []));
    this.#router.settle(stream.slice(0, stream.indexOf('/')), settled, this.#context(nowMs));
    this.#run(nowMs);
  }

  async firing(): Promise<readonly Alert[]> {
    return [...this.#alerts.values()].filter(({ state }) => state === 'firing');
  }

  async silences(nowMs: number): Promise<readonly Silence[]> {
    return [...this.#silences.values()].filter(({ toMs }) => toMs > nowMs);
  }

  async queued(): Promise<readonly Queued[]> {
    const queued = this.#queued;
    this.#queued = [];
    return queued;
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return this.#rows.map(deliveryOf);
  }

  async nextDueMs(): Promise<number> {
    const rows = this.#open
      .map((index) => this.#row(index))
      .map(({ dueAtMs, expiresAtMs }) => Math.min(dueAtMs, expiresAtMs));
    return Math.min(this.#nextOfRouter(), ...rows);
  }

  #row(index: number): Row {
    const row = this.#rows[index];
    if (row === undefined) throw new Error(`no delivery ${index}`);
    return row;
  }

  /** What makes control run the router of a tenant: a group that is due, an acknowledgement that ends, a silence. */
  #nextOfRouter(): number {
    const { alerts, groups, silences } = this.#router.state;
    return Math.min(
      ...groups.map(({ dueAtMs }) => dueAtMs ?? Infinity),
      ...alerts.map(({ state, acknowledgedUntilMs }) =>
        state === 'firing' ? (acknowledgedUntilMs ?? Infinity) : Infinity,
      ),
      ...silences.map(({ toMs, endToldAtMs }) => (endToldAtMs === null ? toMs - 15 * 60_000 : Infinity)),
      this.#router.nextDueMs() ?? Infinity,
    );
  }

  #context(nowMs: number) {
    return { nowMs, settings: this.settings, rules: [] };
  }

  #living(slot: number): Alert | undefined {
    const { rule, subject, ...key } = slotOf(slot);
    const alert = this.#alerts.get(alertId(alertIdentity(key, rule, subject), this.#episodes.get(slot) ?? 0));
    return alert?.state === 'firing' ? alert : undefined;
  }

  #fired(slot: number, severity: Severity, nowMs: number): Alert {
    const living = this.#living(slot);
    if (living !== undefined)
      return living.severity === 'page' || severity === 'ticket'
        ? living
        : { ...living, severity, acknowledgedBy: null, acknowledgedUntilMs: null };
    const { tenant, model, rule, subject, kind } = slotOf(slot);
    const episode = (this.#episodes.get(slot) ?? 0) + 1;
    this.#episodes.set(slot, episode);
    return {
      id: alertId(alertIdentity({ tenant, model }, rule, subject), episode),
      tenant,
      model,
      rule,
      subject,
      episode,
      severity,
      state: 'firing',
      startedAtMs: nowMs,
      resolvedAtMs: null,
      summary: `${subject} moved`,
      value: 1,
      peak: 1,
      evidence: { text: '' },
      labels: { tenant, model, rule, alertname: rule, subject, kind },
      acknowledgedBy: null,
      acknowledgedUntilMs: null,
      silencedBy: null,
      inhibitedBy: null,
      recoversAtMs: null,
      opened: 1,
      incidentId: null,
    };
  }

  #change(alerts: readonly Alert[], nowMs: number): void {
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
    this.#router.update(alerts);
    this.#run(nowMs);
  }

  #silenced(nowMs: number): void {
    this.#router.setSilences([...this.#silences.values()].filter(({ toMs }) => toMs > nowMs));
    this.#run(nowMs);
  }

  #run(nowMs: number): void {
    this.#router.run(this.#context(nowMs));
    const { alerts, groups, silences, outgoing } = this.#router.take();
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
    for (const group of groups) this.#groups.set(group.id, JSON.stringify(group));
    for (const silence of silences) this.#silences.set(silence.id, silence);
    for (const out of structuredClone(outgoing)) this.#queue(out, nowMs);
  }

  #queue(out: Outgoing, nowMs: number): void {
    if (this.#rows.some(({ id }) => id === out.id)) return;
    this.#open.push(this.#rows.length);
    this.#queued.push({ stream: out.stream, notice: out.payload as Notice });
    this.#rows.push({
      id: out.id,
      receiver: out.receiver,
      attempt: 0,
      state: 'pending',
      dueAtMs: nowMs,
      expiresAtMs: out.expiresAtMs,
      mayRepeat: false,
      out,
    });
  }
}

function deliveryOf({ out, ...row }: Row): Delivery {
  return { ...row, kind: out.kind, payload: out.payload, thread: null };
}

function incidentOf({ tenant, model, summary }: Alert, nowMs: number): Incident {
  return {
    id: `inc_${model}`,
    tenant,
    model,
    title: summary,
    severity: 'page',
    state: 'open',
    cause: null,
    openedAtMs: nowMs,
    acknowledgedAtMs: null,
    mitigatedAtMs: null,
    resolvedAtMs: null,
  };
}
