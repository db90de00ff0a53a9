import type { Alert, Silence } from '../model.ts';
import type { Inhibitions } from './inhibit.ts';
import { labelsOf } from './labels.ts';
import { silencedBy } from './silence.ts';
import type { Telling } from './types.ts';

/** What holds alerts back: silences, and other alerts that speak for them. */

/** Which of these firing alerts are held back by something else than before, as they are now. */
export function suppressed(
  firing: readonly Alert[],
  { silences, inhibitions }: { readonly silences: readonly Silence[]; readonly inhibitions: Inhibitions },
  nowMs: number,
): readonly Alert[] {
  return firing.flatMap((alert) => {
    const silence = silencedBy(labelsOf(alert), silences, nowMs)?.id ?? null;
    const inhibitor = inhibitions.of(alert.id)?.sourceId ?? null;
    const isSame = silence === alert.silencedBy && inhibitor === alert.inhibitedBy;
    return isSame ? [] : [{ ...alert, silencedBy: silence, inhibitedBy: inhibitor }];
  });
}

/** The near end of a silence is told so long before. */
const ENDING_MS = 15 * 60_000;

export interface EndingSilence {
  readonly silence: Silence;
  readonly telling: Telling;
}

/** Silences that end soon, were longer than that, and still hold back something that fires; each is told once. */
export function endingSilences(
  silences: readonly Silence[],
  firing: readonly Alert[],
  nowMs: number,
): readonly EndingSilence[] {
  return silences
    .filter(
      ({ fromMs, toMs, endToldAtMs }) =>
        endToldAtMs === null &&
        fromMs <= nowMs &&
        nowMs < toMs &&
        toMs - nowMs <= ENDING_MS &&
        toMs - fromMs > ENDING_MS,
    )
    .flatMap((silence) => {
      const alertIds = firing.filter((alert) => alert.silencedBy === silence.id).map(({ id }) => id);
      if (alertIds.length === 0) return [];
      const update = endingWords(silence, alertIds.length, nowMs);
      return [{ silence, telling: { reason: 'silence_ending' as const, alertIds, update } }];
    });
}

function endingWords({ author, reason, toMs }: Silence, count: number, nowMs: number): string {
  const minutes = Math.max(1, Math.round((toMs - nowMs) / 60_000));
  const alerts =
    count === 1 ? 'an alert that it holds back still fires' : `${count} alerts that it holds back still fire`;
  return `The silence of ${author} (${reason}) ends in ${minutes} min, and ${alerts}.`;
}
