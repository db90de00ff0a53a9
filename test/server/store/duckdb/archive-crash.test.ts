import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Subject } from './subject.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW } from './support.ts';

const WORKER = join(import.meta.dirname, 'archive-worker.ts');
const LIVES = Number(process.env['LEEWAY_KILLS'] ?? 6);
/** On a busy machine a life may end before anything was erased or frozen: it gets more of them. */
const MOST_LIVES = 4 * LIVES;

/** Runs the worker, kills it after a while, and returns what it had said. */
async function live(folder: string, life: number, ms: number): Promise<readonly string[]> {
  const options = { folder, limits: LIMITS, models: [MODEL], life, nowMs: NOW };
  const child = spawn(process.execPath, [WORKER, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'close');
  while (!said.includes('open\n') && child.exitCode === null) await delay(5);
  await delay(ms);
  const killed = child.kill('SIGKILL');
  await ended;
  expect(killed).toBe(true);
  return said.slice(0, said.lastIndexOf('\n')).split('\n');
}

describe('kill -9 while days move, parts are joined, ids erased and baselines replaced', () => {
  it('loses no acknowledged row or baseline, doubles none, mixes no cells, and leaves no file that is not recorded', async () => {
    const subject = new Subject();
    const stored: string[] = [];
    const erasing = new Set<string>();
    const erased = new Set<string>();
    const frozen: string[] = [];
    let cut = 0;
    const isLacking = () => erased.size === 0 || frozen.length === 0;
    for (let life = 0; life < LIVES || (life < MOST_LIVES && isLacking()); life += 1) {
      const said = await live(subject.home.folder, life, 150 + ((life * 397) % 1500));
      for (const line of said) {
        const [what = '', id = '', count] = line.split(' ');
        if (what === 'stored') stored.push(...Array.from({ length: 100 }, (_, index) => `${id}.${index}`));
        if (what === 'erasing') erasing.add(id);
        if (what === 'erased' && count === '1') erased.add(id);
        if (what === 'frozen') frozen.push(id);
      }
      if (said.findLast((line) => line.startsWith('fr'))?.startsWith('freezing')) cut += 1;
      await subject.open();
      expect(await subject.store.recount(KEY)).toEqual([]);
      const known = await subject.store.baselines.baselines(KEY);
      expect(known.map(({ id }) => id)).toEqual(expect.arrayContaining(frozen));
      expect(known.filter(({ isCurrent }) => isCurrent)).toEqual(known.slice(0, 1));
      expect(subject.files('export')).toEqual([]);
      const { file = '' } =
        (await subject.store.exportRange(KEY, { ...ALL_TIME, kind: 'predictions' })) ?? {};
      const found = await subject.ids(file);
      expect(new Set(found).size).toBe(found.length);
      const there = new Set(found);
      expect(stored.filter((id) => !there.has(id) && !erasing.has(id))).toEqual([]);
      expect([...erased].filter((id) => there.has(id))).toEqual([]);
      const [counts] = await subject.store.counts({ ...KEY, ...ALL_TIME });
      expect(counts?.rows).toBeGreaterThanOrEqual(found.length);
      expect(counts?.rows).toBeLessThanOrEqual(found.length + erasing.size);
      const { archive } = await subject.store.health();
      await subject.store.close();
      expect(archive).toMatchObject({ damaged: [], files: countFiles(subject) });
    }
    expect(stored.length).toBeGreaterThan(0);
    expect(erased.size).toBeGreaterThan(0);
    expect(frozen.length).toBeGreaterThan(0);
    process.stdout.write(`killed ${cut} of ${LIVES} times while a baseline was frozen\n`);
    subject.home.remove();
  }, 600_000);
});

function countFiles(subject: Subject): number {
  return ['archive', 'archive-protected', 'archive-labels'].flatMap((kind) => subject.files(kind)).length;
}
