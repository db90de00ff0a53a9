import type { FuzzCase } from './case.ts';
import { caseOf } from './cases.ts';
import { FuzzSubject } from './subject.ts';
import type { Failure } from './subject.ts';

export interface FuzzRun {
  readonly cases: number;
  readonly failures: readonly Failure[];
}

const WAVE = 100;
/** Between two restarts of the store. */
const CHECK_EVERY = 2500;

/** Plays the seeds from `from` on until there were `cases` of them or `isOver` says so. */
export async function runFuzz(options: {
  readonly from: number;
  readonly cases: number;
  readonly make?: (seed: number) => FuzzCase;
  readonly isOver?: () => boolean;
  readonly progress?: (done: number) => void;
}): Promise<FuzzRun> {
  const { from, cases, make = caseOf, isOver = () => false, progress = () => {} } = options;
  const subject = new FuzzSubject();
  await subject.open();
  const failures: Failure[] = [];
  let done = 0;
  let checked = 0;
  const check = async () => {
    const names = [`seeds ${from + checked} to ${from + done - 1}`];
    for (const what of await subject.check()) failures.push({ seed: from + checked, names, what });
    checked = done;
  };
  while (done < cases && !isOver()) {
    const count = Math.min(WAVE, cases - done);
    failures.push(...(await subject.send(Array.from({ length: count }, (_, at) => make(from + done + at)))));
    done += count;
    await subject.freeze();
    if (done - checked >= CHECK_EVERY) await check();
    progress(done);
  }
  await check();
  await subject.close();
  return { cases: done, failures };
}
