import { startThread } from '../../server/rpc.ts';
import type { Telemetry, TelemetryOptions } from '../../server/ports.ts';

/** A process with the real worker thread, for the crash test: sends without end and prints every acknowledgement. */

const options = JSON.parse(process.argv[2] ?? '{}') as TelemetryOptions & {
  readonly life: number;
  readonly nowMs: number;
};
const { tenant, model } = options.models[0] ?? { tenant: '', model: '' };
const LANES = 4;
const ROWS = 200;

const { methods } = await startThread<Telemetry>(
  new URL('../../server/worker.ts', import.meta.url),
  options,
  (error) => {
    throw error;
  },
);

function bodyOf(route: 'predictions' | 'labels', request: string): Uint8Array<ArrayBuffer> {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const id = `${request}-${index}`;
    const time = options.nowMs - ((index * 7919) % 1440) * 60_000;
    if (route === 'labels') return { model, id, time, value: index % 2 };
    const features = { n: (index * 37) % 101, c: 'abcde'[index % 5], gone: index % 10 === 0 ? null : index };
    const region = ['north', 'south'][index % 2];
    return {
      model,
      id,
      time,
      version: `v${index % 2}`,
      features,
      value: index % 7,
      durationMs: index,
      protected: { region },
    };
  });
  return new Uint8Array(Buffer.from(JSON.stringify(rows)));
}

async function lane(number: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const route = count % 3 === 2 ? 'labels' : 'predictions';
    const request = `${options.life}.${number}.${count}`;
    const send = () =>
      methods.ingest({
        tenant,
        route,
        protocol: 'json',
        encoding: 'identity',
        body: bodyOf(route, request),
        receivedAtMs: options.nowMs,
      });
    const reply = await send();
    if (reply.status !== 'ok' || reply.accepted[route] !== ROWS)
      throw new Error(`not stored: ${JSON.stringify(reply)}`);
    process.stdout.write(`${route} ${request}\n`);
    if (count % 5 === 4) await send();
  }
}

const freeze = methods.freezeBaseline({ tenant, model }, { kind: 'first', rows: 1000 }, options.nowMs);
process.stdout.write('up\n');
await Promise.all([freeze, ...Array.from({ length: LANES }, (_, number) => lane(number))]);
