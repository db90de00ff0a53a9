import type { Delivery, Notice } from '../../../../server/model.ts';
import { HOUR, MINUTE, T0 } from '../fixture.ts';
import { matchersOf } from '../routes.ts';
import { SLOTS, type Appliance } from './appliance.ts';
import { RECEIVERS, type Command, type ReceiverState } from './commands.ts';
import { Person } from './person.ts';
import { TREES } from './trees.ts';
import { Watch } from './watch.ts';

const MANY = Array.from({ length: 24 }, (_, index) => SLOTS + index);
/** In the evening, so that calendars shut before long. */
const START_MS = T0 + 19 * HOUR;
/** Longer than any wait, retry, lease and repeat of the configurations together. */
const REST_MS = 14 * HOUR;

/** An appliance, the people it tells, and time. A breach of the contract is an Error in words. */
export class World {
  nowMs = START_MS;
  readonly people = new Map(RECEIVERS.map((id) => [id as string, new Person()]));
  readonly #states = new Map<string, ReceiverState>();
  readonly #watch: Watch;
  readonly appliance: Appliance;
  /** Sent, and nobody here knows whether it arrived. */
  unanswered = 0;

  constructor(appliance: Appliance) {
    this.appliance = appliance;
    this.#watch = new Watch(appliance);
  }

  /** Runs what happens, then lets everything come to rest, and looks at what everybody believes. */
  async play(story: readonly Command[]): Promise<void> {
    for (const command of story) await this.run(command);
    await this.rest();
    await this.#watch.atRest(this.nowMs, this.people, this.unanswered);
  }

  async run(command: Command): Promise<void> {
    await this.#do(command);
    await this.#look();
  }

  async #do(command: Command): Promise<void> {
    const { appliance, nowMs } = this;
    switch (command.do) {
      case 'fire':
        return appliance.fire([command.slot], command.severity, nowMs);
      case 'resolve':
        return appliance.resolve([command.slot], nowMs);
      case 'storm':
        return appliance.fire(MANY, 'page', nowMs);
      case 'calm':
        return appliance.resolve(MANY, nowMs);
      case 'join':
      case 'acknowledge':
        return appliance[command.do](command.slot, nowMs);
      case 'silence':
        return this.#silence(command);
      case 'unsilence':
        return appliance.expireSilences(nowMs);
      case 'reload':
        this.#watch.forget();
        return appliance.reload(TREES[command.tree] ?? appliance.settings, nowMs);
      case 'crash':
        return this.#crash(command.when);
      case 'receiver':
        this.#states.set(command.id, command.is);
        return;
      case 'wait':
        return this.#wait(command.minutes * MINUTE);
    }
  }

  async #silence({ matcher, inMinutes, forMinutes }: Extract<Command, { do: 'silence' }>): Promise<void> {
    const fromMs = this.nowMs + inMinutes * MINUTE;
    const matchers = matchersOf(matcher);
    await this.appliance.silence({ matchers, fromMs, toMs: fromMs + forMinutes * MINUTE }, this.nowMs);
  }

  async #crash(when: Extract<Command, { do: 'crash' }>['when']): Promise<void> {
    const { appliance, nowMs } = this;
    if (when !== 'between')
      for (const delivery of await appliance.lease(1, nowMs)) {
        if (when !== 'after sending') continue;
        this.unanswered += 1;
        this.#arrives(delivery);
      }
    await appliance.crash(nowMs);
  }

  /** Whether it arrives, when the receiver can take it. */
  #arrives(delivery: Delivery): boolean {
    const state = this.#states.get(delivery.receiver) ?? 'up';
    const isKnown = this.appliance.settings.receivers.some(({ id }) => id === delivery.receiver);
    const arrives = isKnown && (state === 'up' || state === 'deaf');
    if (arrives && delivery.kind === 'notice')
      this.people.get(delivery.receiver)?.receive(delivery.payload as Notice);
    return arrives;
  }

  async #wait(forMs: number): Promise<void> {
    const endMs = this.nowMs + forMs;
    for (;;) {
      await this.#beat();
      if (this.nowMs >= endMs) return;
      const nextMs = await this.appliance.nextDueMs(this.nowMs);
      this.nowMs = Math.min(endMs, nextMs > this.nowMs ? nextMs : this.nowMs + MINUTE);
    }
  }

  async #beat(): Promise<void> {
    await this.appliance.tick(this.nowMs);
    await this.#look();
    for (;;) {
      const leased = await this.appliance.lease(16, this.nowMs);
      if (leased.length === 0) return;
      for (const delivery of leased) await this.#deliver(delivery);
      await this.#look();
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { appliance, nowMs } = this;
    const arrives = this.#arrives(delivery);
    const state = this.#states.get(delivery.receiver) ?? 'up';
    const isKnown = appliance.settings.receivers.some(({ id }) => id === delivery.receiver);
    if (!isKnown || state === 'refusing') {
      this.#watch.died(delivery.receiver, nowMs);
      return appliance.settle(delivery.id, { kind: 'failed', detail: 'refused' }, nowMs);
    }
    if (arrives && state === 'up')
      return appliance.settle(delivery.id, { kind: 'sent', detail: 'taken' }, nowMs);
    if (arrives) this.unanswered += 1;
    this.#watch.died(delivery.receiver, nowMs);
    return appliance.settle(delivery.id, { kind: 'retry', afterMs: null, detail: 'no answer' }, nowMs);
  }

  async #look(): Promise<void> {
    await this.#watch.look(this.nowMs);
  }

  /** Everybody can be reached, nothing is silenced, and it is noon. */
  async rest(): Promise<void> {
    this.#states.clear();
    await this.appliance.expireSilences(this.nowMs);
    await this.#look();
    const dayMs = 24 * HOUR;
    const noonMs = Math.ceil((this.nowMs + REST_MS) / dayMs - 0.5) * dayMs + dayMs / 2;
    await this.#wait(noonMs - this.nowMs);
  }
}
