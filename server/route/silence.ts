import { secretIn } from '../masked.ts';
import type { Labels, Silence } from '../model.ts';
import type { Matcher } from '../settings.ts';
import { expressionMistake, matchesAll } from './matchers.ts';

/** What is wrong with a silence's matchers, in words; null when nothing is. */
export function matcherMistake(matchers: readonly Matcher[]): string | null {
  if (matchers.length === 0)
    return 'A silence needs at least one matcher, such as model="fraud"; it has none.';
  const secret = matchers.find(({ value }) => secretIn(value) !== null);
  if (secret !== undefined)
    return `The value of the matcher on ${secret.name} looks like ${secretIn(secret.value)}; silences are shown to everybody, so match by another label.`;
  const broken = matchers.findIndex((matcher) => expressionMistake(matcher) !== null);
  const matcher = matchers[broken];
  if (matcher !== undefined)
    return `A matcher of the silence cannot be used, number ${broken + 1} of ${matchers.length}: ${expressionMistake(matcher)}`;
  return matchesAll(matchers, {})
    ? 'A silence needs a matcher that asks for a value; these fit alerts that have none of their labels, so nearly everything.'
    : null;
}

/** The silence that mutes an alert with these labels at `nowMs`: active, every matcher fits. */
export function silencedBy(labels: Labels, silences: readonly Silence[], nowMs: number): Silence | undefined {
  return silences.find(
    (silence) =>
      silence.tenant === labels['tenant'] &&
      silence.fromMs <= nowMs &&
      nowMs < silence.toMs &&
      matchesAll(silence.matchers, labels),
  );
}
