import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadParameters, parametersFor, parseParameters } from '../../server/parameters.ts';

const FOLDER = join(import.meta.dirname, '../../alert-rules');
const SHIPPED = readFileSync(join(FOLDER, 'detectors.yaml'), 'utf8');

const parsed = (text: string) => {
  const result = parseParameters(text, 'alert-rules/detectors.yaml');
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.value;
};
const errors = (text: string) => {
  const result = parseParameters(text, 'alert-rules/detectors.yaml');
  return result.ok ? [] : result.errors;
};

describe('the shipped parameters', () => {
  it('are those of the reference', () => {
    expect(loadParameters(FOLDER).all).toMatchObject({
      drift: {
        falseDiscoveryRate: 0.01,
        dependence: 'independent',
        rankShare: 0.0015,
        rankWindows: 100,
        leastWindows: 5,
        leastRows: 50,
        rowsPerCell: 5,
      },
      baseline: { leastRows: 2000, embargoWindows: 1, seasonWeeks: 4 },
      windows: { mostSummed: 4 },
      ranking: { comovingCorrelation: 0.8 },
    });
  });

  it('have a source beside each number', () => {
    const lines = SHIPPED.split('\n');
    const unsourced = lines.filter((line, at) => {
      if (/^\s*#|: *$|^\s*$/.test(line)) return false;
      const before = lines.slice(0, at);
      const start = before.findLastIndex((each) => /^\s*$/.test(each));
      const comments = before.slice(start + 1).filter((each) => /^\s*#/.test(each));
      return !/\b[1-9]\.\d|judgement|npm run bench/.test(comments.join(' '));
    });
    expect(unsourced).toEqual([]);
  });
});

describe('a file of parameters', () => {
  it.each([
    ['a rate of everything', 'Rate: 0.01', 'Rate: 1', '6:23 drift.falseDiscoveryRate: Too big'],
    [
      'a word for a number',
      'leastRows: 50',
      'leastRows: many',
      'drift.leastRows: expected number, got string',
    ],
    ['another dependence', 'independent\n', 'some\n', 'drift.dependence: Invalid option'],
    ['an unknown key', 'rankWindows:', 'rankWindow:', 'expected no key "rankWindow" in drift; remove it'],
    ['a missing section', 'windows:\n  mostSummed: 4', '', ' windows: expected object, got undefined'],
    ['broken YAML', 'windows:', 'windows: [', ' expected YAML, got'],
  ])('with %s is refused with its place', (_name, from, to, expected) => {
    const found = errors(SHIPPED.replace(from, to));
    expect(found[0] === undefined ? '' : found.join('\n')).toMatch(/^alert-rules\/detectors\.yaml:\d+:\d+ /);
    expect(found.join('\n')).toContain(expected);
  });

  it('that is missing is told by its name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leeway-parameters-'));
    expect(() => loadParameters(folder)).toThrow('detectors.yaml: no such file');
    rmSync(folder, { recursive: true });
  });

  it('may say otherwise for some models, the most specific entry winning whole', () => {
    const set = parsed(`${SHIPPED}
models:
  - { tenant: acme, drift: { leastRows: 10, rowsPerCell: 2 } }
  - { model: 'fraud*', drift: { leastRows: 20 } }
  - { model: fraud, tenant: acme, windows: { mostSummed: 1 } }
`);
    const of = (tenant: string, model: string) => {
      const { drift, windows } = parametersFor(set, { tenant, model });
      return [drift.leastRows, drift.rowsPerCell, windows.mostSummed];
    };
    expect(of('acme', 'churn')).toEqual([10, 2, 4]);
    expect(of('acme', 'fraud-2')).toEqual([20, 5, 4]);
    expect(of('acme', 'fraud')).toEqual([50, 5, 1]);
    expect(of('other', 'churn')).toEqual([50, 5, 4]);
  });

  it('with two entries that fit the same models equally is refused with the place of the second', () => {
    const text = `${SHIPPED}\nmodels:\n  - { model: 'a*', drift: { leastRows: 10 } }\n  - { model: '*b' }\n`;
    const line = text.split('\n').findIndex((each) => each.includes("'*b'")) + 1;
    expect(errors(text)).toEqual([
      `alert-rules/detectors.yaml:${line}:5 models.1: expected one entry to be more specific than the other, but this one and models.0 fit the same models equally; name the model in one of them`,
    ]);
  });
});
