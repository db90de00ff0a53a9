import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, Worker, type Transferable } from 'node:worker_threads';
import { BadRequestError, FatalError, RetryableError } from './errors.ts';

/** Calls between threads: an object of async methods on one side, the same interface on the other. */

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly status: BadRequestError['status'] | undefined;
}
type Reply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: SentError };
/** Asks a thread to run out by itself. */
const END = 'end';
const LONGEST_END_MS = 2_000;

type Started = { readonly started: true } | { readonly fatal: string; readonly exitCode: number };

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Serves `build(workerData)` to the thread that started this one; a failing build is told as fatal. */
export async function serveThread(build: () => Promise<object>): Promise<void> {
  const port = parentPort;
  if (port === null)
    throw new FatalError('This file is a worker thread of Leeway; start `./leeway serve` instead.');
  try {
    const methods = (await build()) as Methods;
    port.on('message', (call: Call | typeof END) =>
      call === END ? port.close() : void answer(methods, call).then((reply) => port.postMessage(reply)),
    );
    port.postMessage({ started: true } satisfies Started);
  } catch (error) {
    const fatal = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof FatalError ? error.exitCode : 1;
    port.postMessage({ fatal, exitCode } satisfies Started);
  }
}

async function answer(methods: Methods, call: Call): Promise<Reply> {
  try {
    const method = methods[call.method];
    if (method === undefined) throw new Error(`No method ${call.method} in this thread.`);
    return { id: call.id, value: await method.apply(methods, call.args as never[]) };
  } catch (cause) {
    return { id: call.id, error: sentError(cause) };
  }
}

function sentError(cause: unknown): SentError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const status = error instanceof BadRequestError ? error.status : undefined;
  return { name: error.name, message: error.message, stack: error.stack, status };
}

/** Classes do not cross threads: the audience of an error is told again by its name. */
function revived({ name, message, stack, status }: SentError): Error {
  const error =
    name === 'BadRequestError'
      ? new BadRequestError(message, status === undefined ? {} : { status })
      : name === 'RetryableError'
        ? new RetryableError(message)
        : Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

export interface Thread<T> {
  readonly methods: T;
  readonly end: () => Promise<void>;
}

interface Calls {
  readonly waiting: Map<number, Waiting>;
  lost: Error | null;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts `file` as a thread with `options` as its workerData and returns its methods.
 * `onLost` is told when the thread ends by itself: every open call rejects and the process should stop.
 */
export async function startThread<T extends object>(
  file: URL,
  options: unknown,
  onLost: (error: Error) => void,
): Promise<Thread<T>> {
  const worker = new Worker(file, { workerData: options });
  const calls: Calls = { waiting: new Map(), lost: null };
  let ending = false;
  const lost = (error: Error) => {
    calls.lost = error;
    for (const call of calls.waiting.values()) call.reject(error);
    calls.waiting.clear();
    if (!ending) onLost(error);
  };
  await startedOf(worker);
  worker.on('message', (reply: Reply) => settle(calls.waiting, reply));
  worker.on('error', lost);
  worker.on('exit', (code) => lost(new Error(`Thread ${file.pathname} ended with code ${code}.`)));
  const end = async () => {
    ending = true;
    if (calls.lost === null) await runOut(worker);
  };
  return { methods: methodsOf<T>(worker, calls), end };
}

/** Node can crash where a thread is terminated in the midst of native work, so that is only for one that hangs. */
async function runOut(worker: Worker): Promise<void> {
  const gone = new Promise((resolve) => void worker.once('exit', resolve));
  worker.postMessage(END);
  await Promise.race([gone, delay(LONGEST_END_MS, undefined, { ref: false })]);
  await worker.terminate();
}

function startedOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (first: Started) => {
      worker.off('error', reject);
      if ('fatal' in first) reject(new FatalError(first.fatal, { exitCode: first.exitCode }));
      else resolve();
    });
  });
}

function methodsOf<T extends object>(worker: Worker, calls: Calls): T {
  let nextId = 0;
  const call =
    (method: string) =>
    (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        if (calls.lost !== null) return reject(calls.lost);
        nextId += 1;
        calls.waiting.set(nextId, { resolve, reject });
        worker.postMessage({ id: nextId, method, args } satisfies Call, transferables(args));
      });
  return new Proxy(
    {},
    { get: (_target, method) => (method === 'then' ? undefined : call(String(method))) },
  ) as T;
}

/** Request bodies change hands instead of being copied. */
function transferables(args: readonly unknown[]): Transferable[] {
  return args.flatMap((arg) => {
    const body = (arg as { readonly body?: unknown } | null)?.body;
    return body instanceof Uint8Array && body.byteOffset === 0 && body.byteLength === body.buffer.byteLength
      ? [body.buffer as ArrayBuffer]
      : [];
  });
}

function settle(waiting: Map<number, Waiting>, reply: Reply): void {
  const call = waiting.get(reply.id);
  if (call === undefined) return;
  waiting.delete(reply.id);
  if ('error' in reply) {
    call.reject(revived(reply.error));
  } else {
    call.resolve(reply.value as never);
  }
}
