import type { DeliveryOutcome } from '../../model.ts';
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

/** `unknown`: no answer came, it may have arrived. */
export interface ReceiverTest {
  readonly result: DeliveryOutcome['kind'];
  readonly detail: string;
}

export interface ReceiverList extends AsOf {
  readonly receivers: readonly ReceiverEntry[];
}
