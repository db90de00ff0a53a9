import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { HttpConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { GrpcConnection } from './grpc-connection.ts';
import type { Load, LoadResult } from './load.ts';
import { stamp, templateOf } from './payload.ts';
import type { Template } from './payload.ts';

/** The process that makes the load. */

/** Bodies by number of the request; `slot` is of one connection, and its bytes are free again after the answer. */
type Bodies = (request: number, slot: number) => Buffer;

/** Uncompressed bodies get their ids and times while sending; compressed ones before, for they cannot be patched. */
function bodiesOf({ payload, gzip, requests, firstRequest, connections }: Load): Bodies {
  // Every connection has its own copy of each.
  const templates = Array.from({ length: connections > 100 ? 1 : 4 }, (_, at) =>
    templateOf({ ...payload, seed: payload.seed + at }),
  );
  const templateAt = (request: number) => templates[request % templates.length] as Template;
  if (gzip) {
    const made = Array.from({ length: requests }, (_, at) => {
      const template = templateAt(at);
      const body = Buffer.from(template.body);
      stamp(template, body, { request: firstRequest + at, nowMs: Date.now() });
      return gzipSync(body);
    });
    return (request) => made[request] as Buffer;
  }
  const slots: (Buffer[] | undefined)[] = [];
  return (request, slot) => {
    const template = templateAt(request);
    const own = (slots[slot] ??= templates.map(({ body }) => Buffer.from(body)));
    const body = own[request % templates.length] as Buffer;
    stamp(template, body, { request: firstRequest + request, nowMs: Date.now() });
    return body;
  };
}

function headOf({ url, path, headers, gzip }: Load): string {
  const all = { host: new URL(url).host, ...headers, ...(gzip && { 'content-encoding': 'gzip' }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}`;
}

class Tally {
  readonly statuses: Record<string, number> = {};
  readonly latenciesMs: number[] = [];
  firstRefusal: string | null = null;

  add(answer: { readonly status: number; readonly body: Buffer }, latencyMs: number): void {
    const { status, body } = answer;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status === 200) this.latenciesMs.push(latencyMs);
    else this.firstRefusal ??= `${status} ${body.toString('latin1', 0, 300)}`;
  }
}

function connectTo(load: Load): Promise<Connection> {
  return load.transport === 'grpc'
    ? GrpcConnection.to(load.url, { ...load.headers, ':path': load.path })
    : HttpConnection.to(load.url, headOf(load));
}

interface Work {
  readonly load: Load;
  readonly bodies: Bodies;
  readonly tally: Tally;
}

/** Every connection sends the next request when its last is answered. */
async function closedLoop({ load, bodies, tally }: Work): Promise<void> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => connectTo(load)));
  let next = 0;
  const lane = async (connection: Connection, slot: number) => {
    while (next < load.requests && connection.usable()) {
      const body = bodies(next++, slot);
      const sentAt = performance.now();
      tally.add(await connection.send(body), performance.now() - sentAt);
    }
  };
  await Promise.all(connections.map(lane));
  for (const connection of connections) connection.end();
}

interface Due {
  readonly request: number;
  readonly dueAt: number;
}

/** What is due, and the connections that wait for it. */
class Schedule {
  readonly #due: Due[] = [];
  readonly #idle: ((due: Due | null) => void)[] = [];
  #over = false;

  add(due: Due): void {
    const idle = this.#idle.pop();
    if (idle === undefined) this.#due.push(due);
    else idle(due);
  }

  get behind(): boolean {
    return this.#due.length > 0;
  }

  /** null when nothing will be due any more. */
  async next(): Promise<Due | null> {
    const due = this.#due.shift();
    if (due !== undefined || this.#over) return due ?? null;
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  end(): void {
    this.#over = true;
    for (const idle of this.#idle) idle(null);
  }
}

/** Requests wait for a free connection when all are taken; their time counts from when they were due. */
async function openLoop(work: Work): Promise<void> {
  const { load } = work;
  const schedule = new Schedule();
  const lanes: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let request = 0; request < load.requests; request += 1) {
    const dueAt = startedAt + (request * 1000) / (load.perSecond ?? 1);
    if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    schedule.add({ request, dueAt });
    if (schedule.behind && lanes.length < load.connections)
      lanes.push(openLane(work, schedule, lanes.length));
  }
  schedule.end();
  await Promise.all(lanes);
}

async function openLane({ load, bodies, tally }: Work, schedule: Schedule, slot: number): Promise<void> {
  let connection = await connectTo(load);
  for (let due = await schedule.next(); due !== null; due = await schedule.next()) {
    if (!connection.usable()) connection = await connectTo(load);
    const answer = await connection.send(bodies(due.request, slot));
    tally.add(answer, performance.now() - due.dueAt);
  }
  connection.end();
}

async function run(load: Load): Promise<LoadResult> {
  const bodies = bodiesOf(load);
  const tally = new Tally();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await (load.perSecond === null ? closedLoop : openLoop)({ load, bodies, tally });
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { statuses, latenciesMs, firstRefusal } = tally;
  return { seconds, statuses, latenciesMs, cpuSeconds: (user + system) / 1e6, firstRefusal };
}

process.on('message', ({ id, load }: { readonly id: number; readonly load: Load }) => {
  run(load).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, value: 'up' });
