import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toRoute, type RouteFile } from '../../server/config-route.ts';
import type { Labels } from '../../server/model.ts';
import { matchersText, parseMatchers } from '../../server/route/matchers.ts';
import { routesFor } from '../../server/route/tree.ts';
import { anyLabels, anyTree } from '../server/route/any-tree.ts';
import { alertmanager } from './tools.ts';

const TREES = 1000;
/** Trees that share a file, each below a root that continues to the next: one start of amtool asks all of them. */
const SHARED = 25;
const LABELS = 25;
const SEED = 20_261_121;
const tool = await alertmanager();
const folder = mkdtempSync(join(tmpdir(), 'leeway-amtool-'));
afterAll(() => rmSync(folder, { recursive: true }));

const trees = fc.sample(anyTree, { numRuns: TREES, seed: SEED });
const labelSets = fc.sample(anyLabels, { numRuns: LABELS, seed: SEED });

/** One node as Alertmanager writes it. Ids are ours alone: receivers are named by them. */
function toAlertmanager({ match, continue: goesOn, receivers, routes }: RouteFile, tree: number): object {
  return {
    ...(receivers !== undefined && { receiver: `${tree}-${receivers[0]}` }),
    ...(match.length > 0 && { matchers: match }),
    ...(goesOn && { continue: true }),
    routes: routes.map((child) => toAlertmanager(child, tree)),
  };
}

function receiversOf({ receivers = [], routes }: RouteFile, tree: number): readonly string[] {
  return [...receivers.map((id) => `${tree}-${id}`), ...routes.flatMap((child) => receiversOf(child, tree))];
}

/** Two spellings: each tree as the root, or many below one. */
function writeConfig(name: string, numbered: readonly (readonly [RouteFile, number])[]): string {
  const route =
    numbered.length === 1 && numbered[0] !== undefined
      ? toAlertmanager(...numbered[0])
      : {
          receiver: 'none',
          routes: numbered.map(([tree, number]) => ({ ...toAlertmanager(tree, number), continue: true })),
        };
  const names = ['none', ...numbered.flatMap(([tree, number]) => receiversOf(tree, number))];
  const file = join(folder, `${name}.yml`);
  writeFileSync(file, JSON.stringify({ route, receivers: names.map((id) => ({ name: id })) }));
  return file;
}

async function amtool(file: string, labels: Labels): Promise<readonly string[]> {
  if (!tool.found) throw new Error(tool.why);
  const words = Object.entries(labels).map(([name, value]) => matchersText([{ name, op: '=', value }]));
  const { stdout } = await promisify(execFile)(
    join(dirname(tool.path), 'amtool'),
    ['config', 'routes', 'test', `--config.file=${file}`, ...words],
    { env: { ...process.env, HOME: folder } },
  );
  return stdout.trim().split(',');
}

function ours(tree: RouteFile, number: number, labels: Labels): readonly string[] {
  return routesFor(toRoute(tree), labels).flatMap(({ receivers }) =>
    receivers.map((id) => `${number}-${id}`),
  );
}

/** Texts as people and programs write them, some broken; spaces, braces, commas, quotes and escapes where they may stand. */
const space = fc.constantFrom('', '', ' ', '  ', '\t');
const bare = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '.', '*', '|', '-', '/', ':', '[', ']', '(', ')', '0'),
  minLength: 1,
  maxLength: 4,
});
const quoted = fc
  .string({
    unit: fc.constantFrom(
      'a',
      'b',
      ' ',
      ',',
      '{',
      '}',
      '=',
      String.raw`\\`,
      String.raw`\"`,
      String.raw`\n`,
      String.raw`\d`,
      '.',
      '*',
      'ü',
    ),
    maxLength: 5,
  })
  .map((text) => `"${text}"`);
const matcherText = fc
  .tuple(
    space,
    fc.constantFrom('a', 'b', 'a_1', 'x:y'),
    space,
    fc.constantFrom('=', '!=', '=~', '!~'),
    space,
    fc.oneof(bare, quoted),
    space,
  )
  .map((parts) => parts.join(''));
const anyText = fc
  .tuple(fc.array(matcherText, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.constantFrom('', '', ','))
  .map(([matchers, isBraced, end]) =>
    isBraced ? `{${matchers.join(',')}${end}}` : `${matchers.join(',')}${end}`,
  );
const anyValue = fc.oneof(bare, fc.constantFrom('', 'a', 'a,', 'a"', 'a\\', 'a\nb', 'aa', '1'));

describe.skipIf(!tool.found)('amtool config routes test', () => {
  it('tells whole trees alone what routesFor tells', async () => {
    for (const [number, tree] of trees.slice(0, 50).entries()) {
      const file = writeConfig(`alone-${number}`, [[tree, number]]);
      for (const labels of labelSets.slice(0, 4))
        expect([tree, labels, await amtool(file, labels)]).toEqual([
          tree,
          labels,
          ours(tree, number, labels),
        ]);
    }
  });

  it(`agrees on ${TREES} trees and ${LABELS} alerts each`, async () => {
    const told = { nodes: 0, several: 0 };
    const numbered = trees.map((tree, number) => [tree, number] as const);
    for (let first = 0; first < TREES; first += SHARED) {
      const some = numbered.slice(first, first + SHARED);
      const file = writeConfig(`shared-${first}`, some);
      const answers = await Promise.all(labelSets.map((labels) => amtool(file, labels)));
      for (const [index, labels] of labelSets.entries()) {
        const expected = some.flatMap(([tree, number]) => ours(tree, number, labels));
        expect([labels, answers[index]]).toEqual([labels, expected]);
        told.nodes += expected.length;
        told.several += expected.length > some.length ? 1 : 0;
      }
    }
    // Else the trees were too plain to tell anything.
    expect(told.nodes).toBeGreaterThan(TREES * LABELS * 1.1);
    expect(told.several).toBeGreaterThan(100);
  });

  it('reads every text of matchers that we read, and finds the same in it', async () => {
    const texts = fc.sample(anyText, { numRuns: 2000, seed: SEED }).filter((text) => parseMatchers(text).ok);
    expect(texts.length).toBeGreaterThan(1000);
    const rest = { active: [], muted: [] };
    const routes = texts.map((text, index) => ({
      ...rest,
      id: `r${index}`,
      match: [text],
      continue: true,
      receivers: [`${index}`],
      routes: [],
    }));
    const tree: RouteFile = { ...rest, id: 'r', match: [], continue: false, receivers: ['r'], routes };
    const file = writeConfig('texts', [[tree, 0]]);
    const named = fc.record(
      { a: anyValue, b: anyValue, 'x:y': anyValue },
      { requiredKeys: [], noNullPrototype: true },
    );
    const matched = new Set<string>();
    for (const labels of fc.sample(named, { numRuns: 100, seed: SEED })) {
      const found = await amtool(file, labels);
      expect([labels, found]).toEqual([labels, ours(tree, 0, labels)]);
      for (const receiver of found) matched.add(receiver);
    }
    expect(matched.size).toBeGreaterThan(500);
  });
});
