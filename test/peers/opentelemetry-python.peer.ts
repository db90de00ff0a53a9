import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { keepsWhatItAccepted, needsGrpc } from './outage.ts';
import { python } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/sdk.py');
const tool = await python();

let appliance: Appliance;
beforeEach(async () => {
  appliance = await startAppliance();
});
afterEach(async () => {
  await appliance.kill();
  appliance.remove();
});

describe('the OpenTelemetry SDK for Python, the appliance killed under it', () => {
  it.for([
    { protocol: 'http/protobuf', compression: 'none' },
    { protocol: 'http/protobuf', compression: 'gzip' },
    { protocol: 'grpc', compression: 'none' },
    { protocol: 'grpc', compression: 'gzip' },
  ] as const)(
    'over $protocol with compression $compression finds all it was told was accepted, once',
    async (speech, { skip }) => {
      if (!tool.found) return skip(tool.why);
      needsGrpc(appliance, { ...speech, skip });
      await keepsWhatItAccepted(appliance, { command: [tool.path, CLIENT], ...speech });
    },
  );
});
