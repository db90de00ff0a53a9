import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Appliance } from './appliance.ts';
import { idOf, isLabel, labelOf, rowOf } from './clients/records.ts';
import type { Sending } from './clients/records.ts';
import { readStored } from './stored.ts';

/** How a real client is started, and what it is told to speak. */
export interface Client {
  readonly command: readonly [string, ...string[]];
  readonly protocol: Sending['protocol'];
  readonly compression: Sending['compression'];
}

/** Far more than are sent: the client is told when it is enough. */
const RECORDS = 60_000;
const EVERY = 600;
const KILLS = 3;

/** Says why a test is skipped where the run is read: the reporter counts skips and keeps the reason to itself. */
export function skipped(skip: (why: string) => never, why: string): never {
  process.stderr.write(`Skipped: ${why}\n`);
  return skip(why);
}

/** Skips a test of gRPC in a build that has no port for it. */
export function needsGrpc(
  { grpcAddress }: Appliance,
  { protocol, skip }: { readonly protocol: string; readonly skip: (why: string) => never },
): void {
  if (protocol === 'grpc' && grpcAddress === null) skipped(skip, 'gRPC is not served by this build.');
}

/** A client sends to the appliance while it is killed three times: what it was told was accepted is there, once. */
export async function keepsWhatItAccepted(appliance: Appliance, client: Client): Promise<void> {
  const baseMs = Date.now() - 60_000;
  const told = await sendUnderKills(appliance, { ...client, baseMs });
  await expectExactlyOnce(appliance.folder, told, baseMs);
}

/** Kills the appliance three times under a client; it has stopped when this resolves. */
export async function sendUnderKills(
  appliance: Appliance,
  { command, ...given }: Client & Readonly<Record<string, unknown>>,
): Promise<Told> {
  const endpoint = given.protocol === 'grpc' ? String(appliance.grpcAddress) : appliance.otlpUrl;
  const sending = { ...given, endpoint, key: appliance.key, records: RECORDS, untilTold: true };
  const told = await underKills({
    command: [...command, JSON.stringify(sending)],
    environment: { OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${appliance.key}` },
    victims: [appliance],
    kills: KILLS,
    every: EVERY,
  });
  expect(told.kills).toBe(KILLS);
  expect(told.accepted.size).toBeGreaterThan(KILLS * EVERY);
  await appliance.stop();
  return told;
}

/** What a client was told of its records, by their numbers. */
export interface Told {
  readonly accepted: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
  readonly kills: number;
}

/** Anything that can be killed and started again on the same ports and folder. */
export interface Victim {
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const CLIENT_MS = 200_000;

/**
 * Runs a client that prints a line for every answer, and kills each victim in turn with -9 whenever `every` further
 * records were acknowledged, starting it again at once, and tells the client to stop when it has outlived them. Rejects when the client ends with an error or too late.
 */
export async function underKills(options: {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly victims: readonly Victim[];
  readonly kills: number;
  readonly every: number;
}): Promise<Told> {
  const { victims, kills, every } = options;
  const [program, ...args] = options.command;
  const client = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
  });
  const ended = once(client, 'exit') as Promise<[number | null, string | null]>;
  const timer = setTimeout(() => client.kill('SIGKILL'), CLIENT_MS);
  // It may end by itself just then.
  client.stdin.on('error', () => {});
  const complaints: string[] = [];
  client.stderr.on('data', (text: Buffer) => complaints.push(String(text)));
  const accepted = new Set<number>();
  const failed = new Set<number>();
  const killed: Promise<void>[] = [];
  let next = every;
  createInterface(client.stdout).on('line', (line) => {
    const answer = JSON.parse(line) as { readonly accepted: boolean; readonly numbers: readonly number[] };
    for (const number of answer.numbers) (answer.accepted ? accepted : failed).add(number);
    if (accepted.size < next) return;
    if (killed.length === kills) {
      client.stdin.end();
      return;
    }
    next = Infinity;
    killed.push(
      restart(victims, killed.length).finally(() => {
        next = accepted.size + every;
      }),
    );
  });
  const [code, signal] = await ended;
  clearTimeout(timer);
  await Promise.all(killed);
  if (code !== 0)
    throw new Error(`the client ended with ${code ?? signal}: ${complaints.join('').slice(-2000)}`);
  return { accepted, failed, kills: killed.length };
}

async function restart(victims: readonly Victim[], count: number): Promise<void> {
  const victim = victims[count % victims.length];
  // Spread over what a request goes through: headers, decoding, commit, answer.
  await sleep((count * 37) % 100);
  await victim?.kill();
  await victim?.start();
}

/** Reads the folder: what was acknowledged is there, nothing is there twice, and every value is the one sent. */
export async function expectExactlyOnce(folder: string, told: Told, baseMs: number): Promise<void> {
  const { predictions, labels } = await readStored(folder);
  const byId = new Map(predictions.map(({ id, ...row }) => [id, row]));
  const labelled = new Map(labels.map(({ id, value }) => [id, value]));
  expect([predictions.length, labels.length]).toEqual([byId.size, labelled.size]);
  const lost = [...told.accepted].filter((index) =>
    isLabel(index) ? !labelled.has(idOf(index - 1)) : !byId.has(idOf(index)),
  );
  expect({ lost: lost.length, such: lost.slice(0, 5) }).toEqual({ lost: 0, such: [] });
  for (const [id, row] of byId) expect(row).toEqual(rowOf(numberOf(id), baseMs));
  for (const [id, value] of labelled) expect([id, value]).toEqual([id, labelOf(numberOf(id) + 1)]);
}

const numberOf = (id: string | null) => Number(id?.split('-')[1]);
