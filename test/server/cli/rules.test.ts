import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rules } from '../../../server/cli/rules.ts';
import { FatalError } from '../../../server/errors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-cases-'));
  cpSync(join(import.meta.dirname, '../../../alert-rules'), join(folder, 'rules'), { recursive: true });
  writeFileSync(join(folder, 'leeway.yaml'), 'rules: ./rules\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = async (...words: readonly string[]) => {
  const lines: string[] = [];
  const args = [...words, '--config', join(folder, 'leeway.yaml')];
  const code = await rules.run({ args, environment: {}, print: (line) => lines.push(line) });
  return { code, lines };
};
const mine = (text: string) => {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, text);
  return file;
};
const CASE = 'cases:\n  - name: mine\n    rule: feature-drift\n    windows:\n      - { value: 0.3 }\n';

describe('leeway rules test', () => {
  it('judges the cases of the rules folder and ends with 0', async () => {
    const { code, lines } = await run('test');
    expect([code, lines.length]).toEqual([0, 1]);
    expect(lines[0]).toMatch(/^\d+ cases, \d+ windows: all as expected$/);
  });

  it('prints what differs with its line and ends with 1', async () => {
    const { code, lines } = await run('test', mine(CASE));
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/mine\.yaml:5:9 mine, window 1: expected nothing, got opens page \(breach\)$/);
    expect(lines[1]).toBe('1 of 1 cases differ');
  });

  it.each([
    ['a case that cannot be read', () => ['test', mine(CASE.replace('0.3', 'x'))], 'mine.yaml:5:18 '],
    [
      'a rule that does not exist',
      () => ['test', mine(CASE.replace('-drift', ''))],
      'expected the id of a rule',
    ],
    ['a file that is not there', () => ['test', join(folder, 'other.yaml')], 'other.yaml: no such file'],
    ['another word', () => ['check'], 'expected rules test, got "rules check"'],
    [
      'a folder without cases',
      () => {
        rmSync(join(folder, 'rules/tests'), { recursive: true });
        mkdirSync(join(folder, 'rules/tests'));
        return ['test'];
      },
      'expected files of cases, found none',
    ],
  ])('ends with 2 for %s', async (_name, words, expected) => {
    const error = await run(...words()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FatalError);
    expect((error as FatalError).exitCode).toBe(2);
    expect((error as FatalError).message).toContain(expected);
  });
});
