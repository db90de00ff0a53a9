import type { Notice } from '../model.ts';
import type { Router } from './router.ts';
import type { Outgoing, RouteContext } from './types.ts';

/** One notice that a router would have sent. */
export interface Simulated {
  readonly atMs: number;
  readonly notice: Notice;
}

/** More than any range needs; a router that goes round in a circle ends here. */
const MOST_STEPS = 1_000_000;

/**
 * Lets a router live until `untilMs` as if every notice arrived at once, and answers all of them. The router is changed;
 * nothing is written or sent.
 */
export function simulate(router: Router, context: RouteContext, untilMs: number): readonly Simulated[] {
  const told: Simulated[] = [];
  let { nowMs } = context;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    router.run({ ...context, nowMs });
    const { outgoing } = router.take();
    for (const each of outgoing) told.push(...arrived(router, each, { ...context, nowMs }));
    if (outgoing.length > 0) continue;
    const nextMs = router.nextDueMs();
    if (nextMs === null || nextMs > untilMs) return told;
    nowMs = Math.max(nextMs, nowMs + 1);
  }
  return told;
}

function arrived(
  router: Router,
  { stream, receiver, payload }: Outgoing,
  context: RouteContext,
): readonly Simulated[] {
  if (!('believed' in payload)) return [];
  const settled = { receiver, notice: payload, arrived: true, othersOpen: false };
  router.settle(stream.slice(0, stream.indexOf('/')), settled, context);
  return [{ atMs: context.nowMs, notice: payload }];
}
