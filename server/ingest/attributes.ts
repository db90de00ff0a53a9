import { FIELD } from './fields.ts';
import type { Field } from './fields.ts';
import { EVALUATION, GENAI_CONTENT, GENAI_FEATURES, INFERENCE } from './genai.ts';

/**
 * What an attribute of OTLP means: a scalar field under one of its names, a feature of its own (a list of texts is one
 * text then), a map of many values, or nothing that is stored.
 */
export type Target =
  | { readonly kind: 'field'; readonly field: Field; readonly alias: number }
  | { readonly kind: 'feature'; readonly name: string; readonly alias: number }
  | { readonly kind: 'features' | 'segments' | 'protected' | 'schema'; readonly prefix: string }
  | { readonly kind: 'unstored'; readonly content?: boolean };

/** Class probabilities are numeric features, `score.<class>`. */
export const SCORES = { kind: 'features', prefix: 'score' } as const;

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
  [
    FIELD.id,
    ['leeway.prediction.id', 'gen_ai.response.id', 'request_id', 'triton.request_id', 'gen_ai.request.id'],
  ],
  [FIELD.value, ['leeway.prediction.value']],
  [FIELD.score, ['leeway.prediction.score']],
  [FIELD.label, ['leeway.label.value', 'gen_ai.evaluation.score.label', 'gen_ai.evaluation.score.value']],
  [
    FIELD.durationSeconds,
    ['leeway.prediction.duration', 'gen_ai.client.operation.duration', 'gen_ai.latency.e2e'],
  ],
  [FIELD.error, ['error.type']],
  [FIELD.dataset, ['leeway.dataset']],
  [FIELD.tenant, ['leeway.tenant']],
  [FIELD.inputTokens, ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens']],
  [FIELD.outputTokens, ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens']],
  [FIELD.cost, ['leeway.cost.amount']],
  [FIELD.currency, ['leeway.cost.currency']],
  [FIELD.batchIndex, ['leeway.batch.index']],
  [FIELD.source, ['leeway.label.source', 'gen_ai.evaluation.name']],
  [FIELD.instance, ['service.instance.id']],
];

/** Place of service.name among the names of a model. */
export const SERVICE_ALIAS = 4;

const TARGETS = new Map<string, Target>([
  ...NAMES.flatMap(([field, names]) =>
    names.map((name, alias): [string, Target] => [name, { kind: 'field', field, alias }]),
  ),
  ...[...GENAI_FEATURES].flatMap(([name, names]) =>
    names.map((spelling, alias): [string, Target] => [spelling, { kind: 'feature', name, alias }]),
  ),
  ...GENAI_CONTENT.map((name): [string, Target] => [name, { kind: 'unstored', content: true }]),
  ['leeway.prediction.features', { kind: 'features', prefix: '' }],
  ['leeway.prediction.scores', SCORES],
  ['leeway.segments', { kind: 'segments', prefix: '' }],
  ['leeway.protected', { kind: 'protected', prefix: '' }],
  ['leeway.model.features', { kind: 'schema', prefix: '' }],
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
  [INFERENCE, 'prediction'],
  [EVALUATION, 'label'],
]);
