import type { RejectReason } from '../../model.ts';
import type { QuarantineTotal } from '../../ports.ts';
import type { RefusedTotal } from '../types.ts';

const WHAT_TO_DO: Readonly<Record<RejectReason, string>> = {
  malformed: 'Correct what the message names in the sender, then send again.',
  too_large: 'Send smaller requests: fewer records in each.',
  unknown_event: 'Name the event leeway.prediction or leeway.label, or route other logs elsewhere.',
  missing_model: 'Send leeway.model.name, or set service.name in the resource.',
  missing_id: 'Send the prediction id with the label, as leeway.prediction.id.',
  missing_value: 'Send a value with each prediction and each label, or an error.',
  time_out_of_range: "Check the sender's clock and the unit of its times: nanoseconds in OTLP.",
  tenant_mismatch: 'Send with the key of the tenant, or leave leeway.tenant out.',
  bad_feature: 'Send features as numbers, texts, true or false, under names that do not start with $.',
  too_many_features: 'Send fewer features, or raise limits.maxFeatures.',
  too_many_models:
    'Look for a model name that is made up anew each time; or raise limits.maxModelsPerTenant.',
  too_long: 'Send shorter texts, or raise limits.maxStringBytes.',
  too_deep: 'Send flatter maps, or raise limits.maxDepth.',
  unsupported_type: 'Send OTLP or JSON, with single values.',
  missing_time: 'Send the time of each record.',
  unpaired: 'Have the logger send both events of a call, the request and the response, to the same tenant.',
  unauthenticated: 'Send a key as "Authorization: Bearer <key>".',
  forbidden: 'Send with a key that has the scope ingest.',
  unknown_path: 'Send to /v1/logs, /api/v1/predictions or /api/v1/labels.',
  wrong_method: 'Send with POST.',
};

/** Totals of what was refused, each with what to do about it; pure. */
export function refusedTotals(totals: readonly QuarantineTotal[]): readonly RefusedTotal[] {
  return totals.map((total) => ({ ...total, whatToDo: WHAT_TO_DO[total.reason] }));
}
