import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import type { Protocol } from '../../../server/model.ts';
import { NOW } from '../store/duckdb/support.ts';
import { decoded, labelsOf, predictionsOf } from './plain.ts';
import { encode, encodeJson } from './support.ts';
import type { LogRecord, LogsRequest } from './support.ts';

const formats: readonly (readonly [Protocol, (request: LogsRequest) => Buffer])[] = [
  ['otlp-protobuf', (given) => encode(given)],
  ['otlp-json', encodeJson],
];

const resource = { 'service.name': 'assistant', 'service.version': '3' };
const INFERENCE = 'gen_ai.client.inference.operation.details';
const EVALUATION = 'gen_ai.evaluation.result';

/** As the conventions of today have it, every attribute of the event's table told. */
const TODAY: NonNullable<LogRecord['attributes']> = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.conversation.id': 'conv_5j66UpCpwteGg4YSxUnt7lPY',
  'gen_ai.output.type': 'json',
  'gen_ai.request.choice.count': 3,
  'gen_ai.request.model': 'gpt-4',
  'gen_ai.request.seed': 100,
  'gen_ai.request.stream': true,
  'gen_ai.request.top_k': 1.5,
  'server.port': 443,
  'gen_ai.request.frequency_penalty': 0.1,
  'gen_ai.request.max_tokens': 100,
  'gen_ai.request.presence_penalty': 0.2,
  'gen_ai.request.stop_sequences': ['forest', 'lived'],
  'gen_ai.request.temperature': 0.5,
  'gen_ai.request.top_p': 0.9,
  'gen_ai.response.finish_reasons': ['stop', 'length'],
  'gen_ai.response.id': 'chatcmpl-123',
  'gen_ai.response.model': 'gpt-4-0613',
  'gen_ai.response.time_to_first_chunk': 0.25,
  'gen_ai.usage.cache_creation.input_tokens': 25,
  'gen_ai.usage.cache_read.input_tokens': 50,
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 180,
  'gen_ai.usage.reasoning.output_tokens': 60,
  'server.address': 'example.com',
};

describe.each(formats)('GenAI events in %s', (protocol, encoded) => {
  const read = (...records: readonly LogRecord[]): Batch =>
    decoded(protocol, encoded({ resource, records: records.map((one) => ({ timeMs: NOW, ...one })) }));
  const inference = (attributes: NonNullable<LogRecord['attributes']>) =>
    predictionsOf(read({ event: INFERENCE, attributes }))[0];

  it('tell an inference as a prediction without a value', () => {
    expect(inference(TODAY)).toEqual({
      model: 'gpt-4',
      version: 'gpt-4-0613',
      id: 'chatcmpl-123',
      timeMs: NOW,
      inputTokens: 100,
      outputTokens: 180,
      features: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.output.type': 'json',
        'gen_ai.request.choice.count': 3,
        'gen_ai.request.stream': true,
        'gen_ai.request.top_k': 1.5,
        'gen_ai.request.frequency_penalty': 0.1,
        'gen_ai.request.max_tokens': 100,
        'gen_ai.request.presence_penalty': 0.2,
        'gen_ai.request.temperature': 0.5,
        'gen_ai.request.top_p': 0.9,
        'gen_ai.response.finish_reasons': 'stop,length',
        'gen_ai.response.time_to_first_chunk': 0.25,
        'gen_ai.usage.cache_creation.input_tokens': 25,
        'gen_ai.usage.cache_read.input_tokens': 50,
        'gen_ai.usage.reasoning.output_tokens': 60,
      },
    });
  });

  it.each([
    ['gen_ai.usage.prompt_tokens', 7, { inputTokens: 7 }],
    ['gen_ai.usage.completion_tokens', 7, { outputTokens: 7 }],
    ['gen_ai.latency.e2e', 1.5, { durationMs: 1500 }],
    ['gen_ai.client.operation.duration', 1.5, { durationMs: 1500 }],
    ['gen_ai.request.id', 'cmpl-1', { id: 'cmpl-1' }],
    ['error.type', 'timeout', { error: 'timeout' }],
    ['gen_ai.system', 'openai', { features: { 'gen_ai.provider.name': 'openai' } }],
    ['gen_ai.latency.time_to_first_token', 0.2, { features: { 'gen_ai.response.time_to_first_chunk': 0.2 } }],
    ['gen_ai.latency.time_in_queue', 0.1, { features: { 'gen_ai.latency.time_in_queue': 0.1 } }],
    ['llm.is_streaming', false, { features: { 'gen_ai.request.stream': false } }],
    ['gen_ai.response.finish_reason', 'stop', { features: { 'gen_ai.response.finish_reasons': 'stop' } }],
    ['gen_ai.response.finish_reasons', ['stop'], { features: { 'gen_ai.response.finish_reasons': 'stop' } }],
  ] as const)('know %s', (name, value, expected) => {
    const given = { 'gen_ai.request.model': 'g', 'gen_ai.operation.name': 'chat', [name]: value };
    expect(inference(given)).toMatchObject(expected);
  });

  it('prefer the name of today to an old one, in whatever order they come', () => {
    const both = { 'gen_ai.provider.name': 'azure', 'gen_ai.system': 'openai' };
    const turned = { 'gen_ai.system': 'openai', 'gen_ai.provider.name': 'azure' };
    for (const given of [both, turned])
      expect(inference({ 'gen_ai.request.model': 'g', ...given })).toMatchObject({
        features: { 'gen_ai.provider.name': 'azure' },
      });
  });

  it.each([
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.definitions',
  ])('never store %s, and say so', (name) => {
    const message = [{ role: 'user', parts: [{ type: 'text', content: 'Weather in Paris?' }] }];
    const batch = read({ event: INFERENCE, attributes: { ...TODAY, [name]: message } });
    expect(JSON.stringify(predictionsOf(batch))).not.toContain('Paris');
    expect(predictionsOf(batch)).toHaveLength(1);
    expect(batch.warnings).toEqual([
      {
        reason: 'unsupported_type',
        count: 1,
        message: `Attribute "${name}" holds the content of prompts or answers, which is never stored; the rest of the record was kept. Leave it out.`,
      },
    ]);
  });

  it.each([
    ['a label', { 'gen_ai.evaluation.score.label': 'relevant' }, 'relevant'],
    ['a score', { 'gen_ai.evaluation.score.value': 4.5 }, 4.5],
    [
      'a label and a score',
      { 'gen_ai.evaluation.score.value': 4.5, 'gen_ai.evaluation.score.label': 'pass' },
      'pass',
    ],
  ])('tell an evaluation with %s as a label', (_name, score, value) => {
    const attributes = {
      'gen_ai.request.model': 'gpt-4',
      'gen_ai.evaluation.name': 'Relevance',
      'gen_ai.response.id': 'chatcmpl-123',
      ...score,
    };
    const batch = read({ event: EVALUATION, attributes });
    expect(labelsOf(batch)).toEqual([
      { model: 'gpt-4', id: 'chatcmpl-123', timeMs: NOW, value, source: 'Relevance' },
    ]);
    const both = Object.keys(score).length > 1;
    expect(batch.warnings).toMatchObject(
      both
        ? [{ reason: 'unsupported_type', count: 1, message: expect.stringMatching(/the score was not/) }]
        : [],
    );
  });

  it('say that of two evaluations of one response under different names the last one holds', () => {
    const evaluation = (name: string, response: string): LogRecord => ({
      event: EVALUATION,
      attributes: {
        'gen_ai.request.model': 'gpt-4',
        'gen_ai.evaluation.name': name,
        'gen_ai.response.id': response,
        'gen_ai.evaluation.score.value': 1,
      },
    });
    const batch = read(
      evaluation('Relevance', 'a'),
      evaluation('Toxicity', 'a'),
      evaluation('Toxicity', 'b'),
    );
    expect(labelsOf(batch)).toHaveLength(3);
    expect(batch.warnings).toMatchObject([
      {
        reason: 'unsupported_type',
        count: 1,
        message: expect.stringMatching(/more than one gen_ai.evaluation.name/),
      },
    ]);
    expect(read(evaluation('Relevance', 'a'), evaluation('Relevance', 'a')).warnings).toEqual([]);
  });

  it('say that an evaluation without a model joins predictions of its service only', () => {
    const attributes = { 'gen_ai.response.id': 'r', 'gen_ai.evaluation.score.value': 1 };
    const batch = read({ event: EVALUATION, attributes });
    expect(labelsOf(batch)).toMatchObject([{ model: 'assistant', id: 'r' }]);
    expect(batch.warnings).toMatchObject([{ reason: 'missing_model', count: 1 }]);
  });

  it('never store what an evaluation explains', () => {
    const attributes = {
      'gen_ai.request.model': 'g',
      'gen_ai.response.id': 'r',
      'gen_ai.evaluation.score.value': 1,
      'gen_ai.evaluation.explanation': 'The answer names Paris.',
    };
    const batch = read({ event: EVALUATION, attributes });
    expect(JSON.stringify(labelsOf(batch))).not.toContain('Paris');
    expect(batch.warnings).toMatchObject([{ message: expect.stringMatching(/never stored/) }]);
  });

  it('are told by their event names: a log that only has such attributes is no prediction', () => {
    const batch = read({ attributes: { 'gen_ai.system': 'openai', 'gen_ai.operation.name': 'chat' } });
    expect(batch.rejected).toMatchObject([{ reason: 'unknown_event', count: 1 }]);
  });

  it('keep class probabilities as numeric features', () => {
    const batch = read({
      event: 'leeway.prediction',
      attributes: {
        'leeway.model.name': 'm',
        'leeway.prediction.value': 'late',
        'leeway.prediction.features': { hour: 5 },
        'leeway.prediction.scores': { late: 0.75, 'on time': 0.25 },
      },
    });
    expect(predictionsOf(batch)).toMatchObject([
      { value: 'late', features: { hour: 5, 'score.late': 0.75, 'score.on time': 0.25 } },
    ]);
    expect(batch.warnings).toEqual([]);
  });

  it('count embeddings and other lists as told, not stored', () => {
    const record: LogRecord = {
      event: 'leeway.prediction',
      attributes: { 'leeway.model.name': 'm', 'leeway.prediction.features': { hour: 5, text: [0.5, 0.25] } },
    };
    const batch = read(record, record);
    expect(predictionsOf(batch)).toHaveLength(2);
    expect(batch.warnings).toMatchObject([{ reason: 'unsupported_type', count: 2 }]);
  });
});
