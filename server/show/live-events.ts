import type { LiveEvent } from './types.ts';

export interface LiveEvents {
  readonly publish: (event: LiveEvent) => void;
  /** Returns how to stop listening. A listener must not throw. */
  readonly subscribe: (listener: (event: LiveEvent) => void) => () => void;
  readonly listeners: () => number;
}

/** The bus between what changes and who watches, within this process. */
export function createLiveEvents(): LiveEvents {
  const listeners = new Set<(event: LiveEvent) => void>();
  return {
    publish: (event) => {
      for (const listener of listeners) listener(event);
    },
    listeners: () => listeners.size,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
