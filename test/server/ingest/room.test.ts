import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../server/errors.ts';
import { BytesInFlight } from '../../../server/ingest/room.ts';
import type { Room, Timer } from '../../../server/ingest/room.ts';

/** A timer that is told how much time has passed. */
function handTimer() {
  const due = new Map<object, { readonly atMs: number; readonly task: () => void }>();
  let nowMs = 0;
  const timer: Timer = (task, afterMs) => {
    const id = {};
    due.set(id, { atMs: nowMs + afterMs, task });
    return () => due.delete(id);
  };
  const pass = (ms: number) => {
    nowMs += ms;
    for (const [id, { atMs, task }] of due) if (atMs <= nowMs && due.delete(id)) task();
  };
  return { timer, pass, pending: () => due.size };
}

type State = 'granted' | 'waiting' | RetryableError;

/** One request, and what has become of what it asked for last. */
class Asker {
  readonly tenant: string;
  readonly #room: Room;
  held = 0;
  asked = 0;
  state: State = 'granted';
  ended = false;

  constructor(inFlight: BytesInFlight, tenant: string) {
    this.tenant = tenant;
    this.#room = inFlight.open(tenant);
  }

  take(bytes: number): this {
    this.asked = bytes;
    const waiting = this.#room.take(bytes);
    if (waiting === null) this.#granted();
    else {
      this.state = 'waiting';
      waiting.then(
        () => this.#granted(),
        (error: unknown) => {
          this.state = error as RetryableError;
        },
      );
    }
    return this;
  }

  #granted(): void {
    this.state = 'granted';
    this.held += this.asked;
  }

  release(): void {
    this.held = 0;
    this.ended = true;
    this.#room.release();
  }
}

/** Lets promises that are settled be heard. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const sum = (askers: readonly Asker[]) => askers.reduce((bytes, { held }) => bytes + held, 0);
const crowded = expect.objectContaining({ name: 'RetryableError', retryAfterMs: 1000 });

describe('room for bodies', () => {
  it('is there at once while all fits, and again when one is released', async () => {
    const inFlight = new BytesInFlight(100);
    const [first, second] = [new Asker(inFlight, 'a').take(50), new Asker(inFlight, 'b').take(50)];
    expect([first.state, second.state]).toEqual(['granted', 'granted']);
    const third = new Asker(inFlight, 'c').take(10);
    expect(third.state).toBe('waiting');
    first.release();
    await settled();
    expect(third.state).toBe('granted');
  });

  it('is refused after three seconds, to be asked for again in one', async () => {
    const { timer, pass, pending } = handTimer();
    const inFlight = new BytesInFlight(100, timer);
    const first = new Asker(inFlight, 'a').take(100);
    const second = new Asker(inFlight, 'b').take(10);
    pass(2999);
    await settled();
    expect(second.state).toBe('waiting');
    pass(1);
    await settled();
    expect(second.state).toEqual(crowded);
    first.release();
    expect(pending()).toBe(0);
  });

  it('is half of it for one tenant at most, and another goes on meanwhile', async () => {
    const inFlight = new BytesInFlight(100);
    new Asker(inFlight, 'a').take(40);
    const more = new Asker(inFlight, 'a').take(20);
    const other = new Asker(inFlight, 'b').take(50);
    expect([more.state, other.state]).toEqual(['waiting', 'granted']);
  });

  it('is there for a lone request, however large', () => {
    expect(new Asker(new BytesInFlight(10), 'a').take(1000).state).toBe('granted');
  });

  it('goes to tenants in turns, however many requests one has waiting', async () => {
    const inFlight = new BytesInFlight(1000);
    const holder = new Asker(inFlight, 'x').take(1000);
    const greedy = Array.from({ length: 5 }, () => new Asker(inFlight, 'a').take(30));
    const modest = new Asker(inFlight, 'b').take(500);
    const others = new Asker(inFlight, 'c').take(480);
    holder.release();
    await settled();
    expect([greedy.map(({ state }) => state), modest.state, others.state]).toEqual([
      ['granted', 'waiting', 'waiting', 'waiting', 'waiting'],
      'granted',
      'waiting',
    ]);
  });

  it('is not overtaken by who comes later and needs less', async () => {
    const inFlight = new BytesInFlight(100);
    const holder = new Asker(inFlight, 'a').take(80);
    const large = new Asker(inFlight, 'b').take(60);
    const small = new Asker(inFlight, 'c').take(10);
    expect([large.state, small.state]).toEqual(['waiting', 'waiting']);
    holder.release();
    await settled();
    expect([large.state, small.state]).toEqual(['granted', 'granted']);
  });

  it('goes first to who holds some already, so that it is given back', async () => {
    const inFlight = new BytesInFlight(100);
    const begun = new Asker(inFlight, 'a').take(30);
    const holder = new Asker(inFlight, 'b').take(50);
    const fresh = new Asker(inFlight, 'c').take(50);
    begun.take(20);
    expect([fresh.state, begun.state]).toEqual(['waiting', 'granted']);
    const last = new Asker(inFlight, 'd').take(1);
    holder.release();
    await settled();
    expect([fresh.state, last.state]).toEqual(['granted', 'waiting']);
  });

  it('is not waited for by more than so many, but by one of every tenant', async () => {
    const inFlight = new BytesInFlight(1_000_000);
    new Asker(inFlight, 'holder').take(1_000_000);
    const many = (tenant: string) => Array.from({ length: 600 }, () => new Asker(inFlight, tenant).take(1));
    const [first, second, third] = [many('a'), many('b'), many('c')];
    await settled();
    const waiting = (askers: readonly Asker[]) => askers.filter(({ state }) => state === 'waiting').length;
    expect([first, second, third].map(waiting)).toEqual([512, 512, 1]);
    expect(first.at(-1)?.state).toEqual(crowded);
  });

  it('is not waited for by more bytes than half of it, a quarter of one tenant', async () => {
    const inFlight = new BytesInFlight(1000);
    new Asker(inFlight, 'holder').take(1000);
    const [first, second] = [new Asker(inFlight, 'a').take(200), new Asker(inFlight, 'a').take(60)];
    await settled();
    expect([first.state, second.state]).toEqual(['waiting', crowded]);
  });

  it('is taken back from who is gone while it waits', async () => {
    const { timer, pending } = handTimer();
    const inFlight = new BytesInFlight(100, timer);
    const holder = new Asker(inFlight, 'a').take(100);
    const gone = new Asker(inFlight, 'b').take(100);
    const next = new Asker(inFlight, 'c').take(100);
    gone.release();
    holder.release();
    await settled();
    expect([gone.state, next.state]).toEqual([expect.any(RetryableError), 'granted']);
    expect(pending()).toBe(0);
  });
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('ask' as const), tenant: fc.nat(3), bytes: fc.nat(70) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('more' as const), who: fc.nat(), bytes: fc.nat(40) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2000) }) },
);

describe('whatever is asked for and released in whatever order', () => {
  const MAX = 100;

  /** What may never be seen between two steps. */
  function check(askers: readonly Asker[]): void {
    const open = askers.filter(({ ended }) => !ended);
    const waiting = open.filter(({ state }) => state === 'waiting');
    const holders = open.filter(({ held }) => held > 0);
    if (holders.length > 1) expect(sum(open)).toBeLessThanOrEqual(MAX);
    for (const tenant of new Set(open.map((one) => one.tenant))) {
      const own = open.filter((one) => one.tenant === tenant);
      if (own.filter(({ held }) => held > 0).length > 1) expect(sum(own)).toBeLessThanOrEqual(MAX / 2);
    }
    const fits = ({ tenant, asked, held }: Asker) => {
      const own = open.filter((one) => one.tenant === tenant);
      const shared = sum(own) === held || sum(own) + asked <= MAX / 2;
      return shared && (sum(open) === held || sum(open) + asked <= MAX);
    };
    // Who waits may do so behind another, but never all of them although all would fit.
    if (waiting.length > 0) expect(waiting.every(fits)).toBe(false);
  }

  it('never more is held than may be, nobody waits for nothing, and everybody is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { timer, pass, pending } = handTimer();
        const inFlight = new BytesInFlight(MAX, timer);
        const askers: Asker[] = [];
        const open = () => askers.filter(({ ended, state }) => !ended && state === 'granted');
        for (const one of steps) {
          if (one.do === 'ask') askers.push(new Asker(inFlight, `t${one.tenant}`).take(one.bytes));
          else if (one.do === 'pass') pass(one.ms);
          else if (one.do === 'more')
            open()
              .at(one.who % Math.max(open().length, 1))
              ?.take(one.bytes);
          else
            askers
              .filter(({ ended }) => !ended)
              .at(one.who % Math.max(askers.length, 1))
              ?.release();
          await settled();
          for (const refused of askers)
            if (refused.state instanceof RetryableError && !refused.ended) refused.release();
          await settled();
          check(askers);
        }
        pass(3000);
        await settled();
        expect(askers.filter(({ state }) => state === 'waiting')).toEqual([]);
        for (const asker of askers) asker.release();
        expect(pending()).toBe(0);
        const [a, b] = [new Asker(inFlight, 'a').take(MAX / 2), new Asker(inFlight, 'b').take(MAX / 2)];
        expect([a.state, b.state]).toEqual(['granted', 'granted']);
      }),
      { numRuns: 300 },
    );
  });
});
