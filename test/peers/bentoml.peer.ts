import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { needsGrpc, sendUnderKills, skipped } from './outage.ts';
import { readStored } from './stored.ts';
import { bentoml } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/monitor.py');
const tool = await bentoml();

let appliance: Appliance;
beforeEach(async () => {
  appliance = await startAppliance();
});
afterEach(async () => {
  await appliance.kill();
  appliance.remove();
});

/** What clients/monitor.py logs of a number. */
const rowOf = (index: number) => ({
  value: index % 3 === 0 ? 'late' : 'on time',
  features: { number: index, amount: index + 0.5, word: `word ${index % 7}` },
});

describe("BentoML's monitoring, the appliance killed under it", () => {
  it.for([
    // Its documented endpoint has no path: the records come to /.
    { protocol: 'http/protobuf', rowsPerCall: 1, metaSampleRate: 1 },
    // All rows of one call have one request id, and may travel in several requests.
    { protocol: 'http/protobuf', rowsPerCall: 250, metaSampleRate: 1 },
    // What the columns are is told once in the life of a service: after a restart they are all features.
    { protocol: 'http/protobuf', rowsPerCall: 1, metaSampleRate: 0 },
    { protocol: 'grpc', rowsPerCall: 1, metaSampleRate: 1 },
  ] as const)(
    'over $protocol with $rowsPerCall rows a call, told what they are at rate $metaSampleRate, finds every row once',
    async (given, { skip }) => {
      if (!tool.found) return skipped(skip, tool.why);
      needsGrpc(appliance, { ...given, skip });
      const client = { command: [tool.path, CLIENT], compression: 'none', ...given } as const;
      const told = await sendUnderKills(appliance, client);
      const { model, predictions } = await readStored(appliance.folder);
      expect(model).toBe('fraud');
      const numbers = predictions.map(({ features }) => Number(features['number']));
      const once = new Set(numbers);
      expect(numbers.length).toBe(once.size);
      const lost = [...told.accepted].filter((number) => !once.has(number));
      expect({ lost: lost.length, such: lost.slice(0, 5) }).toEqual({ lost: 0, such: [] });
      const wrong = predictions
        .map(({ value, features: { answer = value, ...features } }) => ({ value: answer, features }))
        .filter((row) => !isDeepStrictEqual(row, rowOf(Number(row.features['number']))));
      const untold = predictions.filter(({ features }) => 'answer' in features);
      if (given.metaSampleRate === 1) expect(untold).toEqual([]);
      expect({ wrong: wrong.length, such: wrong.slice(0, 2) }).toEqual({ wrong: 0, such: [] });
    },
  );
});
