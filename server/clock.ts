/** The one source of time. Real time in production; tests and the demo set start and speed, or step it by hand. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
}

export interface SteppedClock extends Clock {
  /** Moves time forward to `toMs`; never back. */
  readonly advanceTo: (toMs: number) => void;
  /** From here on time runs by itself at real speed. */
  readonly release: () => void;
}

/** A length of time in words: "90 min", "8 h". */
export function lengthText(lengthMs: number): string {
  const minutes = Math.round(lengthMs / 60_000);
  return minutes >= 120 && minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

export function systemClock(): Clock {
  return { now: () => Date.now() };
}

/** A clock that stands still until it is stepped, and can be let go at real speed. */
export function steppedClock(startMs: number, realNow: () => number = Date.now): SteppedClock {
  let standsAtMs = startMs;
  let releasedAtMs: number | null = null;
  return {
    now: () => (releasedAtMs === null ? standsAtMs : standsAtMs + (realNow() - releasedAtMs)),
    advanceTo: (toMs) => {
      standsAtMs = Math.max(standsAtMs, toMs);
    },
    release: () => {
      releasedAtMs ??= realNow();
    },
  };
}
