import type { ReceiverAttempts } from '../../ports.ts';
import type { ReceiverEntry, ReceiverTold } from '../types/receivers.ts';

/** Receivers with what became of what was sent to each; one that nothing was sent to has failed at nothing. */
export function withAttempts(
  entries: readonly ReceiverEntry[],
  attempts: readonly ReceiverAttempts[],
): readonly ReceiverTold[] {
  return entries.map((entry) => {
    const found = attempts.find(({ receiver }) => receiver === entry.id);
    return {
      ...entry,
      lastSuccessMs: found?.lastSuccessMs ?? null,
      lastFailureMs: found?.lastFailureMs ?? null,
      lastFailure: found?.lastFailure ?? null,
      waiting: found?.waiting ?? 0,
      oldestWaitingMs: found?.oldestWaitingMs ?? null,
    };
  });
}
