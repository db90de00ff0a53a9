import { describe, expect, it } from 'vitest';
import {
  addresses,
  ingestStatus,
  type IngestStatusInput,
} from '../../../../server/show/views/ingest-status.ts';
import { entryOf, KEY, modelSettings, NOW_MS, settingsOf } from '../fixtures.ts';

const input: IngestStatusInput = {
  settings: settingsOf(),
  models: [],
  quarantine: [],
  refused: [],
  seen: { requests: 0, accepted: 0, refused: 0 },
  judged: 0,
  asOf: { asOfMs: NOW_MS, nextRunMs: null },
};
const model = { ...KEY, settings: modelSettings(), entry: entryOf() };
const mistake = {
  atMs: NOW_MS,
  tenant: 'acme',
  protocol: 'json',
  reason: 'missing_model',
  count: 1,
  message: 'expected a model name',
} as const;

describe('the four lights', () => {
  it.each([
    ['before anything', {}, []],
    [
      'after a request without a known key',
      { seen: { requests: 0, accepted: 0, refused: 1 } },
      ['connected'],
    ],
    [
      'after a request that was not understood',
      { seen: { requests: 1, accepted: 0, refused: 0 }, quarantine: [mistake] },
      ['connected', 'authenticated'],
    ],
    [
      'after a row, also when Leeway was started again',
      { models: [model] },
      ['connected', 'authenticated', 'parsed', 'stored'],
    ],
  ] as const)('%s', (_when, changes, lit) => {
    const { lights } = ingestStatus({ ...input, ...changes });
    expect(lights.filter((light) => light.lit).map((light) => light.id)).toEqual(lit);
  });

  it('tell the last mistake in words', () => {
    const seen = { requests: 1, accepted: 0, refused: 0 };
    const { lights } = ingestStatus({ ...input, seen, quarantine: [mistake] });
    expect(lights[2]).toEqual({ id: 'parsed', lit: false, text: 'expected a model name.' });
  });
});

describe('what comes next', () => {
  it.each([
    [{}, 'Send one prediction; this page changes by itself.'],
    [{ models: [model] }, 'fraud: baseline after 5,000 predictions, has 1,000.'],
    [{ models: [model], judged: 1 }, 'The baseline is frozen; every closed window is compared with it.'],
    [
      { models: [{ ...model, settings: modelSettings({ baseline: { kind: 'first', rows: 10 } }) }] },
      'The baseline is frozen when the first window closes.',
    ],
  ])('is said: %#', (changes, next) => {
    expect(ingestStatus({ ...input, ...changes }).next).toBe(next);
  });
});

it.each([
  [4317, 'leeway.example:4317'],
  [undefined, null],
])('names the OTLP ports on the host people know, gRPC at %s', (grpcPort, grpcAddress) => {
  const listen = { host: '0.0.0.0', port: 8080, otlpPort: 4318, ...(grpcPort !== undefined && { grpcPort }) };
  expect(addresses(settingsOf({ publicUrl: 'https://leeway.example/', listen }))).toEqual({
    otlpUrl: 'http://leeway.example:4318/v1/logs',
    jsonUrl: 'https://leeway.example/api/v1/predictions',
    grpcAddress,
  });
});
