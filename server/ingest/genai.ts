import { FIELD } from './fields.ts';
import type { RecordScratch } from './record.ts';

/**
 * What OpenTelemetry's conventions for generative AI send as logs: an inference is a prediction, an evaluation its
 * label, joined by gen_ai.response.id. Tokens, model and errors have columns; the rest of what can be counted are
 * features. Content is never stored.
 */

export const INFERENCE = 'gen_ai.client.inference.operation.details';
export const EVALUATION = 'gen_ai.evaluation.result';

/** Features under the name of today's conventions, which comes first; older and other spellings follow. */
export const GENAI_FEATURES: ReadonlyMap<string, readonly string[]> = new Map(
  [
    ['gen_ai.operation.name', 'llm.request.type'],
    ['gen_ai.provider.name', 'gen_ai.system', 'llm.vendor'],
    ['gen_ai.output.type', 'gen_ai.openai.request.response_format'],
    ['gen_ai.response.finish_reasons', 'gen_ai.response.finish_reason', 'llm.response.finish_reason'],
    ['gen_ai.response.time_to_first_chunk', 'gen_ai.latency.time_to_first_token'],
    ['gen_ai.latency.time_in_queue'],
    ['gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_tokens'],
    ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'],
    ['gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_creation_input_tokens'],
    ['gen_ai.request.stream', 'llm.is_streaming'],
    ['gen_ai.request.choice.count', 'gen_ai.request.n'],
    ['gen_ai.request.max_tokens'],
    ['gen_ai.request.temperature'],
    ['gen_ai.request.top_p'],
    ['gen_ai.request.top_k'],
    ['gen_ai.request.frequency_penalty'],
    ['gen_ai.request.presence_penalty'],
  ].map((names) => [names[0] as string, names]),
);

/** Words of people and models. */
export const GENAI_CONTENT: readonly string[] = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.evaluation.explanation',
  'gen_ai.prompt',
  'gen_ai.completion',
];

/** An evaluation names no model in the conventions, so that it would be kept apart from the predictions it is about. */
export const UNNAMED_EVALUATION =
  'gen_ai.evaluation.result names no model, so its service.name stands in; labels join predictions of the same model only. Send gen_ai.request.model (or leeway.model.name) with it, as with the inference.';

export const TWO_VALUES =
  'gen_ai.evaluation.result has both a label and a score; the label was stored, the score was not. Send the score without gen_ai.evaluation.score.label to have it stored instead.';

const OTHER_EVALUATION =
  'A response was evaluated under more than one gen_ai.evaluation.name; a prediction has one label, and the evaluation received last is it. Send one evaluation of each response, or the others as features of the inference.';

/** The evaluations of one request: of a response under two names only the last one holds, and that is told. */
export class Evaluations {
  readonly #names = new Map<string, string | null>();

  look(record: RecordScratch): void {
    const id = record.fields.text(FIELD.id);
    if (id === null) return;
    const name = record.fields.text(FIELD.source);
    const known = this.#names.get(id);
    if (known !== undefined && known !== name) record.warn('unsupported_type', OTHER_EVALUATION);
    this.#names.set(id, name);
  }
}
