import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { RetryableError } from '../../errors.ts';
import { maySee, authenticate } from '../access.ts';
import { rawEndpoint } from '../endpoint.ts';
import type { ShowEnv, ShowOptions } from '../options.ts';
import type { Context } from 'hono';
import type { LiveEvent } from '../types.ts';

/** Proxies drop a silent connection after a minute or less. */
const HEARTBEAT_MS = 15_000;
/** A reader this far behind is let go; its browser connects again and loads anew. */
const MOST_WAITING = 1000;
const MOST_STREAMS = 500;

export const eventEndpoints = [
  rawEndpoint({
    method: 'get',
    path: '/api/v1/events',
    tag: 'Live',
    summary: 'Server-sent events: `event: change` with what changed, for the tenants the caller sees',
    description:
      'A comment line every 15 seconds keeps the connection open; it ends when the key or session does.',
    access: ['read'],
    produces: 'text/event-stream',
    handle: async (c, options) => {
      if (options.events.listeners() >= MOST_STREAMS)
        throw new RetryableError('Too many live connections; try again later.');
      c.header('cache-control', 'no-store');
      c.header('x-accel-buffering', 'no');
      return streamSSE(
        c,
        (stream) => follow(stream, c, options),
        async (error) => options.log.warn('A live connection ended.', { cause: error.message }),
      );
    },
  }),
];

async function follow(stream: SSEStreamingApi, c: Context<ShowEnv>, options: ShowOptions): Promise<void> {
  const { principal } = c.get('caller');
  const waiting: LiveEvent[] = [];
  let wake = sleepOn;
  const stop = options.events.subscribe((event) => {
    if (!maySee(principal, event.tenant)) return;
    waiting.push(event);
    wake();
  });
  stream.onAbort(() => wake());
  try {
    await stream.write(': connected\n\n');
    while (!stream.aborted && waiting.length <= MOST_WAITING) {
      const event = waiting.shift();
      if (event !== undefined) await stream.writeSSE({ event: 'change', data: JSON.stringify(event) });
      else if (await quietFor(options.heartbeatMs ?? HEARTBEAT_MS, (woken) => (wake = woken))) {
        if (!(await stillKnown(c, options))) return;
        await stream.write(': heartbeat\n\n');
      }
    }
  } finally {
    stop();
  }
}

/** Nobody sleeps yet. */
function sleepOn(): void {}

/** true: nothing happened for that long. false: woken before. */
function quietFor(lengthMs: number, onWait: (wake: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), lengthMs);
    onWait(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

async function stillKnown(c: Context<ShowEnv>, options: ShowOptions): Promise<boolean> {
  try {
    await authenticate(c, options);
    return true;
  } catch {
    return false;
  }
}
