import type { DeliveryOutcome } from '../../model.ts';
import type { ReceiverAttempts } from '../../ports.ts';
import type { ReceiverSettings } from '../../settings.ts';
import type { AsOf } from '../types.ts';

export interface ReceiverEntry {
  readonly id: string;
  readonly type: ReceiverSettings['type'];
  /** Where it tells, without secrets. */
  readonly target: string;
  /** Verifies signatures of the kind v1a; null where none are made. */
  readonly publicKey: string | null;
}

/** A receiver with what became of what was sent to it, as far as the asker may know. */
export interface ReceiverTold extends ReceiverEntry, Omit<ReceiverAttempts, 'receiver'> {}

/** `unknown`: no answer came, it may have arrived. */
export interface ReceiverTest {
  readonly result: DeliveryOutcome['kind'];
  readonly detail: string;
}

export interface ReceiverList extends AsOf {
  readonly receivers: readonly ReceiverTold[];
}
