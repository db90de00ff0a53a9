import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { DATA_TIME, readAirportRegions, readFlights, type Flights } from './flights.ts';
import { trainCatalog } from './models/catalog.ts';
import { createApp } from './serving/app.ts';
import {
  START_VARIABLE,
  type FromServing,
  type ServingCalls,
  type ServingStart,
  type ToServing,
} from './serving/calls.ts';
import { createDesk, type Desk } from './serving/desk.ts';
import { instanceOf } from './serving/instance.ts';

/** The serving process of the demo: trains its models on January, answers over HTTP, ships by OpenTelemetry. */

const tell = (message: FromServing) => process.send?.(message);

/** The director is gone: nobody is left to serve. */
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the director says when to stop, after the last flush.
process.on('SIGINT', () => {});

async function main(): Promise<void> {
  const start = JSON.parse(process.env[START_VARIABLE] ?? 'null') as ServingStart | null;
  if (start === null)
    throw new Error('This process is started by the director of the demo: run `npm run demo`.');
  const { flights: january } = await readFlights({ toMs: DATA_TIME.trainingEndMs });
  const regions = await readAirportRegions();
  const desk = createDesk(trainCatalog(january, regions), regions);
  const app = createApp({ desk, ...start, now: () => Date.now() });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) => {
    tell({ kind: 'ready', introduction: { url: `http://127.0.0.1:${port}`, models: introduced(desk) } });
  });
  const calls = callsOf(desk, january, () => server.close());
  process.on('message', (message: ToServing) => void answer(calls, message).then(tell));
}

function introduced(desk: Desk) {
  return desk.models().map(({ model, active }) => ({
    tenant: model.tenant,
    model: model.model,
    active: active.version,
    versions: model.versions.map(({ version }) => version),
    quality: model.quality,
  }));
}

function callsOf(desk: Desk, january: Flights, closeServer: () => void): ServingCalls {
  return {
    connect: async (connection) => desk.connect(connection),
    shipReference: async ({ shiftMs }) => {
      await desk.shipReference(
        Array.from({ length: january.count }, (_, row) => instanceOf(january, row, shiftMs)),
      );
    },
    flush: desk.flush,
    counts: async () => desk.counts(),
    stop: async () => {
      closeServer();
      await desk.close();
      setImmediate(() => process.disconnect());
    },
  };
}

async function answer(calls: ServingCalls, message: ToServing): Promise<FromServing> {
  try {
    const call = calls[message.call] as (input: unknown) => Promise<unknown>;
    return { kind: 'reply', id: message.id, value: await call(message.input) };
  } catch (error) {
    return { kind: 'reply', id: message.id, error: error instanceof Error ? error.message : String(error) };
  }
}

main().catch((error: unknown) => {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  process.disconnect?.();
});
