import { execFile, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promisify } from 'node:util';
import { startAppliance } from '../peers/appliance.ts';
import type { Appliance } from '../peers/appliance.ts';
import { copySnippet, expectFromSnippets, snippetFolder } from '../peers/snippets.ts';

const ANSWERS = '{"accepted":1,"repeated":0,"rejected":[]}'.repeat(2);

/** Those that need nothing but what a machine usually has; the others run by `npm run test:peers`. */
const HERE = [
  { name: 'curl.sh', command: 'sh', needs: 'curl', id: 'curl-1', says: ANSWERS },
  { name: 'python.py', command: 'python3', needs: 'python3', id: 'python-1', says: ANSWERS },
  { name: 'typescript.ts', command: process.execPath, needs: process.execPath, id: 'typescript-1', says: '' },
];
const has = (command: string) => spawnSync(command, ['--version']).status === 0;

describe('the snippets', () => {
  const folder = snippetFolder();
  const ran: string[] = [];
  let appliance: Appliance;
  beforeAll(async () => {
    appliance = await startAppliance();
  });
  afterAll(async () => {
    await appliance.kill();
    appliance.remove();
    folder.remove();
  });

  it.for(HERE)('$name runs as it stands', async ({ name, command, needs, id, says }, { skip }) => {
    if (!has(needs)) skip(`needs ${needs}: install it, for instance by apt-get install ${needs}`);
    const path = copySnippet(name, { ...appliance, to: folder.path });
    const environment = { ...process.env, LEEWAY_KEY: appliance.key };
    const { stdout } = await promisify(execFile)(command, [path], { env: environment });
    expect(stdout.replaceAll(/\s/g, '')).toBe(says);
    ran.push(id);
  });

  it('are stored with all they sent', async () => {
    await appliance.stop();
    expect(ran).toContain('typescript-1');
    await expectFromSnippets(appliance.folder, ran);
  });
});
