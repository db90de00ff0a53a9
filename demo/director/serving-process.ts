import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  START_VARIABLE,
  type FromServing,
  type Introduction,
  type ServingCalls,
  type ServingStart,
} from '../serving/calls.ts';

export interface ServingProcess {
  readonly introduction: Introduction;
  readonly calls: ServingCalls;
  /** Resolves when the process ended. */
  readonly ended: Promise<unknown>;
}

const SERVING_FILE = fileURLToPath(new URL('../serving.ts', import.meta.url));

/** Starts the serving process and waits until it is trained and listens. `onLost` is told when it ends unasked. */
export async function startServing(
  start: ServingStart,
  onLost: (message: string) => void,
): Promise<ServingProcess> {
  const child = fork(SERVING_FILE, {
    env: { ...process.env, [START_VARIABLE]: JSON.stringify(start) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const introduction = await introductionOf(child);
  let stopping = false;
  const waiting = new Map<number, Waiting>();
  child.on('message', (message: FromServing) => settle(waiting, message));
  child.on('exit', (code) => {
    const message = `The serving process ended with code ${code}.`;
    for (const call of waiting.values()) call.reject(new Error(message));
    if (!stopping) onLost(message);
  });
  const calls = callsTo(child, waiting);
  const stop = async () => {
    stopping = true;
    await calls.stop();
  };
  return { introduction, calls: { ...calls, stop }, ended: once(child, 'exit') };
}

function introductionOf(child: ChildProcess): Promise<Introduction> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`The serving process ended with code ${code} before it was ready.`)),
    );
    child.once('message', (message: FromServing) => {
      if (message.kind === 'ready') resolve(message.introduction);
      else
        reject(
          new Error(message.kind === 'failed' ? message.message : 'The serving process spoke out of turn.'),
        );
    });
  });
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

function callsTo(child: ChildProcess, waiting: Map<number, Waiting>): ServingCalls {
  let lastId = 0;
  const ask =
    <K extends keyof ServingCalls>(call: K) =>
    (input?: unknown) =>
      new Promise<never>((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, call, input });
      });
  return {
    connect: ask('connect'),
    shipReference: ask('shipReference'),
    flush: ask('flush'),
    counts: ask('counts'),
    stop: ask('stop'),
  };
}

function settle(waiting: Map<number, Waiting>, message: FromServing): void {
  if (message.kind !== 'reply') return;
  const call = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.error === undefined) call?.resolve(message.value as never);
  else call?.reject(new Error(message.error));
}
