import type { Context } from 'hono';
import { withoutSecrets } from '../masked.ts';
import type { ShowEnv, ShowOptions } from './options.ts';

/** What people type is kept for good, in timelines, the audit log and post-mortems: secrets are taken out before that. */

/** A person's own words are called one of these in every request. */
const WORDS = ['reason', 'comment', 'createdBy', 'text'];

export const LEFT_OUT = 'What looked like a secret was left out.';

interface Typed<T> {
  readonly value: T;
  readonly hasLeftOut: boolean;
}

/** A request with its words as they may be kept. */
export function typed<T>(body: T, { secrets }: Pick<ShowOptions, 'secrets'>): Typed<T> {
  if (typeof body !== 'object' || body === null) return { value: body, hasLeftOut: false };
  const words = Object.entries(body).filter(
    (entry): entry is [string, string] => WORDS.includes(entry[0]) && typeof entry[1] === 'string',
  );
  const kept = words.map(([name, text]) => [name, withoutSecrets(text, secrets())] as const);
  const hasLeftOut = kept.some(([, text], index) => text !== words[index]?.[1]);
  return hasLeftOut
    ? { value: { ...body, ...Object.fromEntries(kept) }, hasLeftOut }
    : { value: body, hasLeftOut };
}

/** The same where the answer has no place for a note; a header has. */
export function typedBy<T>(c: Context<ShowEnv>, body: T, options: ShowOptions): T {
  const { value, hasLeftOut } = typed(body, options);
  if (hasLeftOut) c.header('leeway-note', LEFT_OUT);
  return value;
}
