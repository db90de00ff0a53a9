import type { Batch } from '../batch.ts';
import type { IngestRequest } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { NO_LABELS } from './columns.ts';

/** What is different for rows of a training set. */

/** However old a row of it is, nothing is watched by its time. */
export function limitsOf(
  request: Pick<IngestRequest, 'referenceSet' | 'receivedAtMs'>,
  limits: LimitSettings,
): LimitSettings {
  return request.referenceSet === undefined ? limits : { ...limits, maxAgeMs: request.receivedAtMs };
}

/** The batch as one of a set: labels are left out, and told. */
export function asReferenceSet(batch: Batch, { referenceSet }: Pick<IngestRequest, 'referenceSet'>): Batch {
  if (referenceSet === undefined) return batch;
  const labels = batch.models.reduce((sum, { labels: { rows } }) => sum + rows, 0);
  const told = {
    reason: 'unknown_event',
    count: labels,
    message: 'Labels of a training set are not stored; send those of predictions to /api/v1/labels.',
  } as const;
  return {
    ...batch,
    referenceSet: referenceSet.set,
    models: batch.models.map((part) => ({ ...part, labels: NO_LABELS })),
    warnings: labels === 0 ? batch.warnings : [...batch.warnings, told],
  };
}
