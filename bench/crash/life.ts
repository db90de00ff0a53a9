import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FILE_NAME } from '../../server/store/duckdb/database.ts';
import { KEY, killWhileStarting, startAppliance } from '../kit/appliance.ts';
import type { Appliance } from '../kit/appliance.ts';
import { logBytesOf } from './damage.ts';
import { openLane, requestOf } from './traffic.ts';
import type { Acknowledged, Lane, Sent } from './traffic.ts';

/** One life of the appliance: it starts, takes traffic, and is killed in the midst of something. */

export interface LifeOptions {
  readonly folder: string;
  readonly phase: Phase;
  readonly random: () => number;
  /** Sent before and never answered: sent again, as every sender does. */
  readonly unanswered: readonly Sent[];
  readonly firstNumber: number;
}

export interface Life {
  readonly acknowledged: readonly Acknowledged[];
  readonly unanswered: readonly Sent[];
  readonly nextNumber: number;
  /** What the start had to cut off the log; null when nothing. */
  readonly salvaged: boolean;
  readonly logBytes: number;
}

interface Moment {
  readonly appliance: Appliance;
  readonly log: string;
  readonly random: () => number;
}

const RUN_MS = 300;
/** More than a move of days or a checkpoint takes on a busy machine. */
const TASK_MS = 20_000;

/** What the appliance is in the midst of when it is killed. */
const PHASES = {
  append: ({ random }: Moment) => sleep(random() * RUN_MS),
  flush: async ({ log, random }: Moment) => {
    await sleep(random() * RUN_MS);
    const before = logBytesOf(log);
    // Without a pause: a commit takes a few milliseconds.
    for (let spin = 0; spin < 2000 && logBytesOf(log) === before; spin += 1) await sleep(0);
  },
  checkpoint: async ({ appliance, random }: Moment) => {
    await sleep(random() * RUN_MS);
    const closing = appliance.close();
    during(closing);
    await mayEnd(closing, random);
    await sleep(random() * 200);
  },
  'count persist': async ({ appliance, random }: Moment) => {
    await sleep(random() * RUN_MS);
    during(appliance.replaceBaseline(KEY, 1000 + Math.floor(random() * 1000)));
    await sleep(random() * 150);
  },
  'day move': async ({ appliance, random }: Moment) => {
    await sleep(random() * RUN_MS);
    const moving = appliance.moveDays();
    during(moving);
    await mayEnd(moving, random);
    await sleep(random() * 600);
  },
} as const;

export type Phase = keyof typeof PHASES | 'start-up';

/** One in three is through when the kill comes: so there are parts to join, logs that know of moves, and logs that begin. */
async function mayEnd(task: Promise<unknown>, random: () => number): Promise<void> {
  if (random() < 1 / 3) await Promise.race([task, sleep(TASK_MS)]);
}

/** It is killed before it can answer. */
function during(task: Promise<unknown>): void {
  task.catch(() => {});
}

export async function live(options: LifeOptions): Promise<Life> {
  const { folder, phase, random } = options;
  const log = join(folder, `${FILE_NAME}.wal`);
  if (phase === 'start-up') {
    await killWhileStarting({ folder, objectives: true }, random() * 1000);
    const { unanswered, firstNumber: nextNumber } = options;
    return { acknowledged: [], unanswered, nextNumber, salvaged: false, logBytes: logBytesOf(log) };
  }
  const appliance = await startAppliance({ folder, objectives: true });
  const { salvage } = await appliance.health();
  const traffic = new Traffic(options, log);
  const sending = traffic.run(appliance);
  await traffic.begun;
  await PHASES[phase]({ appliance, log, random });
  await appliance.kill();
  await sending;
  return { ...traffic.result(), salvaged: salvage !== null, logBytes: logBytesOf(log) };
}

const LANES = 4;

class Traffic {
  readonly #log: string;
  readonly #again: Sent[];
  readonly #open = new Map<number, Sent>();
  readonly #acknowledged: Acknowledged[] = [];
  readonly #begun = Promise.withResolvers<void>();
  #next: number;

  constructor({ unanswered, firstNumber }: LifeOptions, log: string) {
    this.#log = log;
    this.#again = [...unanswered];
    this.#next = firstNumber;
  }

  /** Resolves with the first answer, or the end. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Resolves when the appliance is gone. */
  async run({ up }: Appliance): Promise<void> {
    const lanes = await Promise.all(Array.from({ length: LANES }, () => openLane(up)));
    await Promise.all(lanes.map((lane) => this.#lane(lane)));
    for (const lane of lanes) lane.end();
    this.#begun.resolve();
  }

  result(): Pick<Life, 'acknowledged' | 'unanswered' | 'nextNumber'> {
    const unanswered = [...this.#again, ...this.#open.values()];
    return { acknowledged: this.#acknowledged, unanswered, nextNumber: this.#next };
  }

  async #lane(lane: Lane): Promise<void> {
    for (;;) {
      const request = this.#again.shift() ?? requestOf(this.#next++, Date.now());
      this.#open.set(request.number, request);
      const status = await lane.send(request);
      if (status !== 200) return;
      this.#open.delete(request.number);
      this.#acknowledged.push({ ...request, logBytes: logBytesOf(this.#log) });
      this.#begun.resolve();
      // Some senders never heard the answer, and send the same again.
      if (request.number % 5 === 4 && (await lane.send(request)) !== 200) return;
    }
  }
}
