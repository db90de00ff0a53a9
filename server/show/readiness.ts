import type { Handler } from 'hono';
import type { ShowEnv, ShowOptions } from './options.ts';

/** Longer than a checkpoint takes, shorter than a health check waits. */
const ANSWER_WITHIN_MS = 3000;

export function alive(): Handler<ShowEnv> {
  return (c) => c.json({ status: 'alive' });
}

/** 200 when rows can be accepted and stored, else 503 and why in words; without names of files, as anybody may ask. */
export function ready(options: ShowOptions): Handler<ShowEnv> {
  return async function checkStore(c) {
    const why = await whyNot(options);
    c.header('cache-control', 'no-store');
    return why === null ? c.json({ status: 'ready' }) : c.json({ status: 'not ready', reason: why }, 503);
  };
}

async function whyNot({ telemetry, control, log, isBeating }: ShowOptions): Promise<string | null> {
  try {
    const health = await within(Promise.all([telemetry.health(), control.counters()]));
    if (health === null) return 'The stores do not answer.';
    const [{ canStore, lastError }] = health;
    if (canStore && !isBeating()) return 'Detection has not run for two minutes; the log says why.';
    if (canStore) return null;
    log.warn('The telemetry store cannot accept rows.', { cause: lastError });
    return 'The telemetry store cannot accept rows; the log says why.';
  } catch (error) {
    log.warn('The stores could not be asked.', { cause: String(error) });
    return 'The stores could not be asked; the log says why.';
  }
}

async function within<T>(work: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ANSWER_WITHIN_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
