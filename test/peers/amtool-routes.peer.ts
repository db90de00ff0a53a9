import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toRoute, type RouteFile } from '../../server/config-route.ts';
import type { Labels } from '../../server/model.ts';
import { matchersText } from '../../server/route/matchers.ts';
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
});
