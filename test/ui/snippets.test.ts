import { describe, expect, it } from 'vitest';
import README from '../../README.md?raw';
import { keyLine, placed } from '../../ui/places.ts';
import { SNIPPETS } from '../../ui/snippets.ts';

const PLACES = {
  jsonUrl: 'https://leeway.example/api/v1/predictions',
  otlpUrl: 'http://leeway.example:14318/v1/logs',
  grpcAddress: 'leeway.example:14317',
};
const DEFAULT_ADDRESS = /127\.0\.0\.1:(?:8080|4318|4317)\b/;
const codeOf = (id: string) => SNIPPETS.find((snippet) => snippet.id === id)?.code ?? '';

describe.each(SNIPPETS)('the snippet for $title', ({ code }) => {
  it('is sent to the default addresses, and once placed to those of the server alone', () => {
    expect(code).toMatch(DEFAULT_ADDRESS);
    expect(placed(code, PLACES)).not.toMatch(DEFAULT_ADDRESS);
    expect(placed(code, PLACES)).toMatch(/https?:\/\/leeway\.example|leeway\.example:14317/);
  });

  it('takes its key from the environment and has none of its own', () => {
    expect(code).toContain('LEEWAY_KEY');
    expect(code).not.toMatch(/\blw_/);
  });
});

it.each([
  ['curl', 'https://leeway.example/api/v1/labels'],
  ['typescript', "'http://leeway.example:14318/v1/logs'"],
  ['go', '"leeway.example:14317"'],
  ['collector', 'endpoint: http://leeway.example:14318\n'],
])('the snippet %s is placed at %s', (id, address) => {
  expect(placed(codeOf(id), PLACES)).toContain(address);
});

it('a server without gRPC keeps the default address in what speaks gRPC', () => {
  expect(placed(codeOf('go'), { ...PLACES, grpcAddress: null })).toContain('"127.0.0.1:4317"');
});

it('the key is one line of its own, filled in once it is made', () => {
  expect([keyLine(null), keyLine('lw_x')]).toEqual([
    'export LEEWAY_KEY=YOUR_INGEST_KEY',
    'export LEEWAY_KEY=lw_x',
  ]);
});

describe('README', () => {
  const blocks = README.split('```').filter((block) => /^(?:sh|python|ts)\n/.test(block));

  it.each([
    ['curl', 'sh', '/api/v1/predictions'],
    ['python', 'python', 'urllib'],
    ['typescript', 'ts', 'LoggerProvider'],
  ])('shows the snippet %s letter for letter', (id, language, containing) => {
    const shown = blocks.filter((block) => block.startsWith(`${language}\n`) && block.includes(containing));
    expect(shown).toEqual([`${language}\n${codeOf(id)}`]);
  });

  it('links every other snippet', () => {
    const linked = [...README.matchAll(/\]\(ui\/snippets\/([\w./-]+)\)/g)].map(([, path]) => path);
    expect(new Set(linked).size).toBe(SNIPPETS.length - 3);
  });
});
