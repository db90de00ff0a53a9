import { api } from './api.ts';
import type { LiveEvent } from './types.ts';

/** One connection to the server's events for the whole page; open while anybody listens. */

/** null: the connection was lost and is back, anything may have changed. */
type Listener = (event: LiveEvent | null) => void;

const listeners = new Set<Listener>();
let source: EventSource | null = null;
let lost = false;

/** Calls `listener` on every change; answers how to stop. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  source ??= open();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    source?.close();
    source = null;
  };
}

function open(): EventSource {
  const opened = new EventSource(api.eventsUrl);
  opened.addEventListener('change', (message) => tell(JSON.parse(String(message.data)) as LiveEvent));
  opened.addEventListener('error', () => {
    lost = true;
  });
  opened.addEventListener('open', () => {
    if (lost) tell(null);
    lost = false;
  });
  return opened;
}

function tell(event: LiveEvent | null): void {
  for (const listener of listeners) listener(event);
}
