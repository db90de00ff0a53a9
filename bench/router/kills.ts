import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from '../kit/appliance.ts';
import { randomFrom } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { verdictOf } from './ledger.ts';
import type { LifeNews, LifeOrders } from './life.ts';
import { outside, type Outside } from './receivers.ts';

const LIFE = fileURLToPath(new URL('life.ts', import.meta.url));
/** Waits of minutes are seconds; a lease of five minutes still outlasts the longest attempt, which takes some eight seconds. */
const SPEED = 20;
/** From when it is ready: long enough for some pages to be on their way. */
const LIVES_MS = 700;
/** One in so many is killed while it starts. */
const START_KILLS = 10;
const START_MS = 600;

/** Kills a process that tells pages with signal 9, again and again: each page arrives, and what comes twice says so. */
export const kills: Bench = async ({ quick, seed, print }) => {
  const wanted = quick ? 20 : 200;
  const random = randomFrom(seed);
  const { folder, remove } = scratchFolder();
  await using receivers = await outside(random);
  const story = new Story({ folder, receivers, random });
  for (let kill = 1; kill <= wanted; kill += 1) {
    await story.liveAndDie(kill % START_KILLS === 0);
    if (kill % 20 === 0) print(`${kill} of ${wanted} kills, ${story.fired.size} pages due`);
  }
  receivers.calm();
  const { open, firing } = await story.drain();
  const verdict = verdictOf({ fired: story.fired, firing: new Set(firing) }, receivers);
  remove();
  const found = { kills: wanted, pages: story.fired.size, resolved: story.resolved.size, ...verdict, open };
  for (const line of table(['', ''], Object.entries(found))) print(line);
  return found;
};

interface Stage {
  readonly folder: string;
  readonly receivers: Outside;
  readonly random: () => number;
}

type Drained = Extract<LifeNews, { readonly kind: 'drained' }>;

class Story {
  readonly fired = new Set<number>();
  readonly resolved = new Set<number>();
  readonly #stage: Stage;
  readonly #startedAtMs = Date.now();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async liveAndDie(whileStarting: boolean): Promise<void> {
    const { random } = this.#stage;
    const child = this.#start(false);
    if (whileStarting) await sleep(random() * START_MS);
    else {
      await child.ready;
      await sleep(random() * LIVES_MS);
    }
    await child.kill();
  }

  /** A last life in which nothing new happens, until everything has arrived. */
  async drain(): Promise<Drained> {
    const child = this.#start(true);
    const drained = await child.drained;
    await child.kill();
    return drained;
  }

  #start(drains: boolean) {
    const child = fork(LIFE, [JSON.stringify(this.#orders(drains))], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit');
    const ready = Promise.withResolvers<void>();
    const drained = Promise.withResolvers<Drained>();
    child.on('exit', () => ready.resolve());
    child.on('message', (news: LifeNews) => {
      if (news.kind === 'ready') ready.resolve();
      else if (news.kind === 'drained') drained.resolve(news);
      else this[news.kind].add(news.page);
    });
    const kill = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    return { ready: ready.promise, drained: drained.promise, kill };
  }

  #orders(drains: boolean): LifeOrders {
    const { folder, receivers } = this.#stage;
    return {
      folder,
      webhookUrl: receivers.hook.url,
      slackUrl: receivers.slack.url,
      speed: SPEED,
      startedAtMs: this.#startedAtMs,
      firstPage: Math.max(-1, ...this.fired) + 1,
      resolve: drains ? [] : this.#toResolve(),
      drains,
    };
  }

  /** Some that fired are resolved in a later life, again when nobody heard that it was. */
  #toResolve(): readonly number[] {
    return [...this.fired].filter((page) => page % 3 === 0 && !this.resolved.has(page)).slice(0, 4);
  }
}
