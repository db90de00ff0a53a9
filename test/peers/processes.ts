import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const UP_WITHIN_MS = 30_000;

/** Starts a server and resolves when it says on stderr that it is up; rejects with what it said else. */
export async function startServer(
  command: readonly [string, ...string[]],
  { upWhen, ...options }: SpawnOptions & { readonly upWhen: string },
): Promise<ChildProcess> {
  const [program, ...args] = command;
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const up = Promise.withResolvers<void>();
  createInterface(child.stderr).on('line', (line) => {
    said.push(line);
    if (line.includes(upWhen)) up.resolve();
  });
  const refuse = (what: string) => up.reject(new Error(`${program} ${what}: ${said.join('\n')}`));
  child.once('exit', (code) => refuse(`ended with ${code}`));
  child.once('error', (error) => refuse(error.message));
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    refuse(`was not up within ${UP_WITHIN_MS} ms`);
  }, UP_WITHIN_MS);
  await up.promise.finally(() => clearTimeout(timer));
  return child;
}

/** Resolves when it has ended, at once when it had. */
export async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Ports that nothing listens on now; held together, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
