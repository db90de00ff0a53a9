import type { Severity } from '../model.ts';
import type { DeliveryRecord, ReceiverHealth } from '../ports.ts';
import type { AsOf } from './types.ts';

/** A delivery without what it carries. */
export interface DeliveryRow extends Pick<
  DeliveryRecord,
  | 'id'
  | 'tenant'
  | 'model'
  | 'receiver'
  | 'kind'
  | 'state'
  | 'attempt'
  | 'detail'
  | 'mayRepeat'
  | 'supersededBy'
  | 'incidentId'
  | 'createdAtMs'
  | 'dueAtMs'
  | 'expiresAtMs'
> {
  readonly title: string;
  readonly severity: Severity | null;
}

export interface ReceiverRow extends Omit<ReceiverHealth, 'probeAtMs'> {
  readonly state: 'open' | 'closed';
  readonly nextTryMs: number | null;
}

export interface DeliveryList extends AsOf {
  readonly deliveries: readonly DeliveryRow[];
  readonly receivers: readonly ReceiverRow[];
}
