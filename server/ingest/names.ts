import type { RejectReason } from '../model.ts';
import { quoted } from './refusals.ts';

/** As wide as a label of a metric, a line of a table and a part of an address can bear. */
const MAX_CHARACTERS = 128;
/** Parts of an address that stand for others. */
const DOTS = /^\.{1,2}$/;
const CONTROL = /\p{Cc}/u;

/** Why the name of a model or a version is not taken, in words; null when it is. Spaces, `/` and `:` are. */
export function nameFault(
  what: 'model' | 'version',
  name: string,
): { readonly reason: RejectReason; readonly message: string } | null {
  const limit = `send a name of 1 to ${MAX_CHARACTERS} characters, none of them a control character.`;
  const characters = name.length <= MAX_CHARACTERS ? name.length : Array.from(name).length;
  if (characters > MAX_CHARACTERS)
    return {
      reason: 'too_long',
      message: `The ${what} ${quoted(name)} has ${characters} characters; ${limit}`,
    };
  if (what === 'model' && DOTS.test(name))
    return {
      reason: 'malformed',
      message: `The model ${quoted(name)} could not be asked for: addresses leave such a part out; send another name.`,
    };
  if (!CONTROL.test(name)) return null;
  return { reason: 'malformed', message: `The ${what} ${quoted(name)} has a control character; ${limit}` };
}
