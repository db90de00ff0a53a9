import { FIELD } from './fields.ts';
import type { Field } from './fields.ts';

/** What an attribute of OTLP means: a scalar field under one of its names, or a map of many values. */
export type Target =
  | { readonly kind: 'field'; readonly field: Field; readonly alias: number }
  | { readonly kind: 'features' | 'segments' | 'protected' | 'schema' | 'unstored' };

/** The contract's own name first, then the fallbacks in the order they are tried. */
const NAMES: readonly (readonly [Field, readonly string[]])[] = [
  [FIELD.event, ['event.name']],
  [
    FIELD.model,
    ['leeway.model.name', 'ml.model.name', 'gen_ai.request.model', 'triton.model_name', 'service.name'],
  ],
  [
    FIELD.version,
    [
      'leeway.model.version',
      'ml.model.version',
      'gen_ai.response.model',
      'triton.model_version',
      'service.version',
    ],
  ],
  [FIELD.id, ['leeway.prediction.id', 'gen_ai.response.id', 'request_id', 'triton.request_id']],
  [FIELD.value, ['leeway.prediction.value']],
  [FIELD.score, ['leeway.prediction.score']],
  [FIELD.label, ['leeway.label.value', 'gen_ai.evaluation.score.label', 'gen_ai.evaluation.score.value']],
  [FIELD.durationSeconds, ['leeway.prediction.duration', 'gen_ai.latency.e2e']],
  [FIELD.error, ['error.type']],
  [FIELD.dataset, ['leeway.dataset']],
  [FIELD.tenant, ['leeway.tenant']],
  [FIELD.inputTokens, ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens']],
  [FIELD.outputTokens, ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens']],
  [FIELD.cost, ['leeway.cost.amount']],
  [FIELD.currency, ['leeway.cost.currency']],
  [FIELD.batchIndex, ['leeway.batch.index']],
  [FIELD.source, ['leeway.label.source', 'gen_ai.evaluation.name']],
];

const TARGETS = new Map<string, Target>([
  ...NAMES.flatMap(([field, names]) =>
    names.map((name, alias): [string, Target] => [name, { kind: 'field', field, alias }]),
  ),
  ['leeway.prediction.features', { kind: 'features' }],
  ['leeway.segments', { kind: 'segments' }],
  ['leeway.protected', { kind: 'protected' }],
  ['leeway.prediction.scores', { kind: 'unstored' }],
  ['leeway.model.features', { kind: 'schema' }],
]);

export function targetOf(name: string): Target | undefined {
  return TARGETS.get(name);
}

/** Names a bare map body may use beside its features. */
export const BODY_TARGETS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['prediction', { kind: 'field', field: FIELD.value, alias: 1 }],
  ['request_id', { kind: 'field', field: FIELD.id, alias: 2 }],
]);

/** The flat spellings: `leeway.feature.<name>` and its like. */
export const FLAT: readonly {
  readonly prefix: string;
  readonly kind: 'features' | 'segments' | 'protected';
}[] = [
  { prefix: 'leeway.feature.', kind: 'features' },
  { prefix: 'leeway.segment.', kind: 'segments' },
  { prefix: 'leeway.protected.', kind: 'protected' },
];

export type EventKind = 'prediction' | 'label' | 'schema';
export const EVENTS: ReadonlyMap<string, EventKind> = new Map([
  ['leeway.prediction', 'prediction'],
  ['leeway.label', 'label'],
  ['leeway.model.schema', 'schema'],
  ['gen_ai.client.inference.operation.details', 'prediction'],
  ['gen_ai.evaluation.result', 'label'],
]);
