import { BadRequestError } from '../errors.ts';
import type { Answer, Change } from '../ports.ts';
import type { ShowOptions } from './options.ts';

/** The value of an operator's call, or 404 / 409 in its words. */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new BadRequestError(answer.message, { status: answer.reason === 'not_found' ? 404 : 409 });
}

/** Tells the watchers what changed, so that open pages load again. */
export function announce({ events, clock }: ShowOptions, changes: readonly Change[]): void {
  const atMs = clock.now();
  for (const change of changes) events.publish({ ...change, atMs });
}
