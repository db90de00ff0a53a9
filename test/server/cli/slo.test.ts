import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { check } from '../../../server/cli/check.ts';
import { slo } from '../../../server/cli/slo.ts';
import type { Command } from '../../../server/cli/types.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-slo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(command: Command, ...words: readonly string[]) {
  const lines: string[] = [];
  const args = [...words, '--config', join(folder, 'leeway.yaml')];
  const code = await command.run({ args, environment: {}, print: (line) => lines.push(line) });
  return { code, lines, text: lines.join('\n') };
}

const configure = (slos: string, model = '') =>
  writeFileSync(
    join(folder, 'leeway.yaml'),
    `tenants: [{ id: acme }]\nmodels:\n  - tenant: acme\n    name: fraud\n${model}    slos:\n${slos}`,
  );
const UP = '      - { id: up, kind: availability, target: 95 }\n';
const SPEND = '      - { id: spend, kind: cost, monthly: 500, currency: USD, timeZone: Europe/Prague }\n';

describe('leeway slo rules', () => {
  it('prints the groups of each objective but a cost, which has no share', async () => {
    configure(UP + SPEND);
    const { code, text } = await run(slo, 'rules');
    expect(code).toBe(0);
    expect(parse(text)).toMatchObject({
      groups: [
        { name: 'sloth-slo-sli-recordings-acme-fraud-up' },
        { name: 'sloth-slo-meta-recordings-acme-fraud-up' },
        { name: 'sloth-slo-alerts-acme-fraud-up' },
      ],
    });
    expect(text).toContain('> (10 * 0.05)');
  });

  it.each([
    [['--slo', 'spend'], 'no objective "spend" that Prometheus could judge; there are up'],
    [['more'], 'expected slo rules or slo import FILE, got "slo rules more"'],
  ])('refuses %j', async (words, message) => {
    configure(UP + SPEND);
    await expect(run(slo, 'rules', ...words)).rejects.toThrow(message);
  });

  it('refuses names that Sloth cannot have', async () => {
    configure('      - { id: up-, kind: availability, target: 95 }\n');
    await expect(run(slo, 'rules')).rejects.toThrow('need names with a letter or digit at both ends');
  });
});

describe('leeway slo import', () => {
  it('prints what leeway check accepts, with its warnings as comments', async () => {
    const file = join(folder, 'openslo.yaml');
    writeFileSync(
      file,
      `apiVersion: openslo/v1
kind: SLO
metadata: { name: answers }
spec:
  service: fraud
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 28d, isRolling: true }]
  indicator: { spec: { ratioMetric: { counter: true, good: {}, total: {} } } }
  objectives: [{ target: 0.995 }]
`,
    );
    writeFileSync(join(folder, 'leeway.yaml'), 'tenants: [{ id: acme }]\n');
    const { code, text } = await run(slo, 'import', file);
    expect(code).toBe(0);
    expect(text).toContain('# warning: ');
    writeFileSync(join(folder, 'leeway.yaml'), `tenants: [{ id: acme }]\n${text}\n`);
    expect((await run(check)).text).toContain('acme/fraud answers: 99.5 % of predictions answered');
  });

  it('ends with 1 when nothing could be taken, and refuses a file that is not there', async () => {
    writeFileSync(join(folder, 'leeway.yaml'), '');
    const file = join(folder, 'openslo.yaml');
    writeFileSync(file, 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: a }\nspec: {}\n');
    expect(await run(slo, 'import', file)).toEqual({
      code: 1,
      lines: ['# nothing to import'],
      text: '# nothing to import',
    });
    await expect(run(slo, 'import', join(folder, 'gone.yaml'))).rejects.toThrow('no such file');
  });
});

describe('leeway check', () => {
  it('prints the windows that each objective is judged by, and why they are not those of the table', async () => {
    configure(UP + SPEND + '      - { id: slow, kind: latency, target: 99, threshold: 1s, period: 14d }\n');
    const { lines } = await run(check);
    const start = lines.indexOf('acme/fraud up: 95 % of predictions answered without an error, over 28 days');
    expect(lines.slice(start, start + 3)).toEqual([
      'acme/fraud up: 95 % of predictions answered without an error, over 28 days',
      '  page 1h and 5m: 10 times the even pace (lowered: where everything is bad the budget burns 20 times, never more)',
      '  page 6h and 30m: 5.6 times the even pace',
    ]);
    expect(lines).toContain(
      'acme/fraud spend: 500 USD for the predictions of a calendar month (Europe/Prague)',
    );
    expect(lines).toContain(
      '  a period of 14d is none of 7d, 28d, 30d, 90d, by which others compare budgets',
    );
  });

  const fair = '{ id: x, kind: fairness, target: 95, attribute: region, threshold: 0.1 }';
  it.each([
    [
      'an explicit pair that nothing could reach',
      '{ id: x, kind: availability, target: 90, burn: [{ severity: page, long: 1h, short: 5m, factor: 14.4 }] }',
      '',
      /leeway\.yaml:6:\d+ .*can never fire: with a target of 90 % even a window of nothing but bad burns 10 times; expected less than that, got 14\.4/,
    ],
    ['a target of 0', '{ id: x, kind: availability, target: 0 }', '', /leeway\.yaml:6:\d+ .*target/],
    [
      'slices too long for the period',
      '{ id: x, kind: drift, target: 95, threshold: 0.2, period: 7d }',
      '',
      /leeway\.yaml:6:\d+ .*can never fire: a window takes at least 12 slices of 24 h/,
    ],
    [
      'a short window as long as the long one',
      '{ id: x, kind: latency, threshold: 1s, target: 99, burn: [{ severity: page, long: 1h, short: 1h, factor: 2 }] }',
      '',
      /expected less than the long window/,
    ],
    [
      'a long window beyond the period',
      '{ id: x, kind: latency, threshold: 1s, target: 99, period: 7d, burn: [{ severity: page, long: 8d, short: 1h, factor: 2 }] }',
      '',
      /expected at most the period/,
    ],
    [
      'a pair with too few slices',
      '{ id: x, kind: freshness, maxAge: 1h, every: 1h, target: 99, burn: [{ severity: page, long: 6h, short: 1h, factor: 2 }] }',
      '',
      /expected at least 12 slices of 1 h/,
    ],
    [
      'a short window below the grain of labels',
      '{ id: x, kind: quality, target: 90, burn: [{ severity: page, long: 6h, short: 5m, factor: 2 }] }',
      '',
      /expected at least 1h: labels that come late are counted by the hour/,
    ],
    [
      'a zone that does not exist',
      '{ id: x, kind: cost, monthly: 1, timeZone: Europe/Nowhere }',
      '',
      /the name of a time zone/,
    ],
    [
      'a period of no whole hours',
      '{ id: x, kind: availability, target: 99, period: 90m }',
      '',
      /whole hours, at least 1d/,
    ],
    [
      'slices that do not divide a day',
      '{ id: x, kind: freshness, target: 99, maxAge: 1h, every: 7m }',
      '',
      /divides a day/,
    ],
    [
      'fairness of an attribute nobody counts',
      fair,
      '    positive: fraud\n',
      /one of the model's groups, got "region"/,
    ],
    [
      'fairness without a positive prediction',
      fair,
      '    groups: [region]\n',
      /which prediction is positive/,
    ],
    [
      'quality of a regression without tolerance',
      '{ id: x, kind: quality, target: 90 }',
      '    task: regression\n',
      /expected a tolerance/,
    ],
    [
      'a tolerance of classes',
      '{ id: x, kind: quality, target: 90, tolerance: 1 }',
      '',
      /expected none: the classes of a binary model/,
    ],
    [
      'freshness of a feature without its name',
      '{ id: x, kind: freshness, target: 99, maxAge: 1h, of: feature }',
      '',
      /`feature: NAME`/,
    ],
    [
      'drift against what the model is not compared with',
      '{ id: x, kind: drift, target: 95, threshold: 0.2, against: moving }',
      '',
      /drift\.against/,
    ],
  ])('refuses %s, with file, line and column', async (_name, one, model, message) => {
    configure(`      - ${one}\n`, model);
    await expect(run(check)).rejects.toThrow(message);
    await expect(run(check)).rejects.toThrow(/leeway\.yaml:\d+:\d+ /);
  });

  it('refuses two objectives with one id', async () => {
    configure(UP + UP);
    await expect(run(check)).rejects.toThrow(
      /leeway\.yaml:7:\d+ "up" is the id of two objectives of the model/,
    );
  });

  it('refuses an objective that no pair of the table fits', async () => {
    configure(
      '      - { id: x, kind: drift, target: 95, threshold: 0.2, period: 90d }\n',
      '    window: 7d\n',
    );
    await expect(run(check)).rejects.toThrow(
      'acme/fraud: the objective x can never fire: no pair of burn-windows.yaml fits',
    );
  });
});
