import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { callsTo } from './calls.ts';
import type { PayloadOptions } from './payload.ts';

/** What is sent, to where, and how. */
export interface Load {
  /** HTTP/1.1, or gRPC over HTTP/2. */
  readonly transport: 'http' | 'grpc';
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: PayloadOptions;
  /** Compressed before the clock starts, as the sender's own cost is not what is measured. */
  readonly gzip: boolean;
  readonly connections: number;
  readonly requests: number;
  /** The number of the first request: ids come from it. */
  readonly firstRequest: number;
  /**
   * Requests a second, sent by the clock whether or not earlier ones were answered; their time counts from when they
   * were due. null: every connection sends the next one when the last is answered.
   */
  readonly perSecond: number | null;
}

export interface LoadResult {
  readonly seconds: number;
  /** How many answers had which status; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of those answered with 200, in milliseconds. */
  readonly latenciesMs: readonly number[];
  readonly cpuSeconds: number;
  /** The first answer that was not 200, if any. */
  readonly firstRefusal: string | null;
}

const SENDER = fileURLToPath(new URL('sender.ts', import.meta.url));

/** A process that sends. */
export interface Sender {
  readonly send: (load: Load) => Promise<LoadResult>;
  readonly end: () => Promise<void>;
}

export function startSender(): Sender {
  const child = fork(SENDER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { ask, first } = callsTo(child);
  const ended = once(child, 'exit');
  return {
    send: async (load) => {
      await first;
      return (await ask({ load })) as LoadResult;
    },
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
