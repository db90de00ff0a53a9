import type { ChildProcess } from 'node:child_process';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Questions to a child process over its message channel. Number 0 is what it says first, by itself. */
export function callsTo(child: ChildProcess): {
  readonly ask: (question: object) => Promise<unknown>;
  readonly first: Promise<unknown>;
} {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  const expected = (id: number) => {
    const made = Promise.withResolvers<unknown>();
    waiting.set(id, made);
    return made.promise;
  };
  const first = expected(0);
  // A child that is ended before anybody asked is no failure.
  first.catch(() => {});
  child.on('message', ({ id, value, error }: Answer) => {
    const open = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) open?.resolve(value);
    else open?.reject(new Error(error));
  });
  child.on('exit', (code, signal) => {
    for (const open of waiting.values())
      open.reject(new Error(`A process of the bench ended with ${code ?? signal ?? 'nothing'}.`));
    waiting.clear();
  });
  const ask = (question: object) => {
    next += 1;
    child.send({ ...question, id: next });
    return expected(next);
  };
  return { ask, first };
}
