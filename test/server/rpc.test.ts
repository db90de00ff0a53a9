import { afterEach, describe, expect, it } from 'vitest';
import { BadRequestError, FatalError } from '../../server/errors.ts';
import { startThread, type Thread } from '../../server/rpc.ts';

interface Echo {
  double(value: number): Promise<number>;
  refuse(): Promise<void>;
  bytes(input: { readonly body: Uint8Array }): Promise<number>;
  hang(): Promise<void>;
  die(): Promise<void>;
  unknown(): Promise<void>;
}

const file = (name: string) => new URL(`../fixtures/${name}.ts`, import.meta.url);
const threads: Thread<Echo>[] = [];
const start = async (onLost: (error: Error) => void = () => {}) => {
  const thread = await startThread<Echo>(file('echo-thread'), null, onLost);
  threads.push(thread);
  return thread.methods;
};
afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.end())));

describe('a thread', () => {
  it('answers calls, many at once', async () => {
    const echo = await start();
    expect(await Promise.all([1, 2, 3].map((value) => echo.double(value)))).toEqual([2, 4, 6]);
  });

  it('tells an error to the same audience on this side', async () => {
    const echo = await start();
    const error = await echo.refuse().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ message: 'expected a name', status: 409 });
  });

  it('takes a request body over without a copy', async () => {
    const echo = await start();
    const body = new Uint8Array(1000);
    expect(await echo.bytes({ body })).toBe(1000);
    expect(body.length).toBe(0);
  });

  it('refuses a method it does not have', async () => {
    const echo = await start();
    await expect(echo.unknown()).rejects.toThrow('No method unknown in this thread.');
  });

  it('that ends by itself fails every open and later call, and says so once', async () => {
    const lost: string[] = [];
    const echo = await start((error) => lost.push(error.message));
    await expect(echo.die()).rejects.toThrow('ended with code 3');
    await expect(echo.double(1)).rejects.toThrow('ended with code 3');
    expect(lost).toHaveLength(1);
  });

  it('runs out by itself when it is ended, and is terminated only where it hangs', async () => {
    const ends: string[] = [];
    const started = async () =>
      startThread<Echo>(file('echo-thread'), null, (error) => void ends.push(error.message));
    const calm = await started();
    await calm.end();
    await expect(calm.methods.double(1)).rejects.toThrow('ended with code 0');
    const hanging = await started();
    await hanging.methods.hang();
    await hanging.end();
    await expect(hanging.methods.double(1)).rejects.toThrow('ended with code 1');
    expect(ends).toEqual([]);
  });

  it('that cannot start is fatal, in its own words', async () => {
    const failing = startThread(file('failing-thread'), null, () => {});
    await expect(failing).rejects.toThrow(FatalError);
    await expect(failing).rejects.toThrow('the file is of a newer Leeway');
    await expect(failing).rejects.toMatchObject({ exitCode: 2 });
  });
});
