import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runFuzz } from '../test/server/ingest/fuzzing/run.ts';
import type { Bench } from './kit/types.ts';

const CASES = 1_000_000;
const QUICK_CASES = 20_000;
/** Enough for what memory is kept from the first on; what grows beyond is a leak. */
const SETTLED_AFTER = 10_000;
const MEBIBYTE = 2 ** 20;

/**
 * A million requests gone wrong, or as many as `--seconds` allow, from `--seed` on. Says every seed that was not answered
 * as it should have been; such a seed becomes a test.
 */
export const fuzz: Bench = async ({ quick, seed, seconds, print }) => {
  const startedAt = performance.now();
  const isOver = () => seconds !== null && performance.now() - startedAt > seconds * 1000;
  let settledMib = 0;
  let toldAt = startedAt;
  const progress = (done: number) => {
    if (settledMib === 0 && done >= SETTLED_AFTER) settledMib = heapMib();
    if (performance.now() - toldAt < 10_000) return;
    toldAt = performance.now();
    print(`${done.toLocaleString('en-US')} cases, heap ${Math.round(heapMib())} MiB`);
  };
  const { cases, failures } = await runFuzz({
    from: seed,
    cases: quick ? QUICK_CASES : CASES,
    isOver,
    progress,
  });
  for (const { seed: failed, names, what } of failures.slice(0, 50))
    print(`seed ${failed} (${names.join(', ')}): ${what}`);
  const heap = heapMib();
  return {
    cases,
    failures: failures.length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    heapMib: Math.round(heap),
    heapGrowthMib: settledMib === 0 ? null : Math.round(heap - settledMib),
  };
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is left after a collection. */
function heapMib(): number {
  collect();
  return process.memoryUsage().heapUsed / MEBIBYTE;
}
