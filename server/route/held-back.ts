import type { Alert, Silence } from '../model.ts';
import { Inhibitions } from './inhibit.ts';
import { labelsOf } from './labels.ts';
import { suppressed } from './suppress.ts';
import type { RouteContext } from './types.ts';

/** What holds the alerts of one tenant back. Changed in place: thousands may fire while one changes. */
export class HeldBack {
  #silences: readonly Silence[];
  #inhibitions = new Inhibitions([]);
  #isOld = true;
  /** Up to when the begins and ends of silences have been heeded. */
  #heededMs = -Infinity;

  constructor(silences: readonly Silence[]) {
    this.#silences = silences;
  }

  get silences(): readonly Silence[] {
    return this.#silences;
  }

  setSilences(silences: readonly Silence[]): void {
    this.#silences = silences;
    this.lookAtAll();
  }

  /** That its end was told holds nothing back. */
  endTold(id: string, nowMs: number): void {
    this.#silences = this.#silences.map((one) => (one.id === id ? { ...one, endToldAtMs: nowMs } : one));
  }

  /** Next time every alert is looked at, not only those that were touched. */
  lookAtAll(): void {
    this.#isOld = true;
  }

  /** Begins and ends of silences that are still to come. */
  nextEdgesMs(): readonly number[] {
    return this.#silences
      .flatMap(({ fromMs, toMs }) => [fromMs, toMs])
      .filter((atMs) => atMs > this.#heededMs);
  }

  /** The firing alerts that something else holds back than before, as they are now. */
  update(
    alerts: ReadonlyMap<string, Alert>,
    touched: ReadonlySet<string>,
    { nowMs, settings }: RouteContext,
  ): readonly Alert[] {
    const isEdge = this.nextEdgesMs().some((atMs) => atMs <= nowMs);
    const concerned = this.#concerned(alerts, touched, settings.inhibit);
    const ids = this.#isOld || isEdge ? alerts.keys() : concerned;
    this.#heededMs = nowMs;
    this.#isOld = false;
    const firing = [...ids].flatMap((id) => alerts.get(id) ?? []).filter((alert) => alert.state === 'firing');
    return suppressed(firing, { silences: this.#silences, inhibitions: this.#inhibitions }, nowMs);
  }

  /** Lets what was touched speak for others or not; answers the alerts that this, or their own change, concerns. */
  #concerned(
    alerts: ReadonlyMap<string, Alert>,
    touched: ReadonlySet<string>,
    rules: Inhibitions['rules'],
  ): ReadonlySet<string> {
    const isOther = this.#inhibitions.rules !== rules;
    if (isOther) this.#inhibitions = new Inhibitions(rules);
    const concerned = new Set<string>();
    for (const id of isOther ? alerts.keys() : touched) {
      const alert = alerts.get(id);
      const labels = alert?.state === 'firing' ? labelsOf(alert) : null;
      for (const one of this.#inhibitions.put(id, labels)) concerned.add(one);
    }
    return concerned;
  }
}
