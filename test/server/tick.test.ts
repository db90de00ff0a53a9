import { describe, expect, it } from 'vitest';
import type { LogFields } from '../../server/log.ts';
import type { Control, Telemetry } from '../../server/ports.ts';
import { createBeats, withDiscovered, type TickDependencies } from '../../server/tick.ts';
import { PARAMETERS } from './detect/context.ts';

interface Seen {
  readonly failures: string[];
  readonly timers: number[];
}

const CALM: Partial<Telemetry> = { catalog: async () => [], tellUnpaired: async () => [] };

/** The beats over stores that know nothing; a test replaces what it is about. */
function beatsWith(changes: Partial<TickDependencies> = {}, control: Partial<Control> = {}) {
  const seen: Seen = { failures: [], timers: [] };
  const telemetry = CALM;
  const calm: Partial<Control> = {
    jobs: async () => [],
    dueJobs: async () => [],
    scheduleJobs: async () => {},
    recordDeployment: async () => [],
    runTimers: async (nowMs) => {
      seen.timers.push(nowMs);
      return [];
    },
    ...control,
  };
  const beats = createBeats({
    clock: { now: () => 7 },
    log: {
      info: () => {},
      warn: () => {},
      error: (_message: string, fields?: LogFields) => seen.failures.push(String(fields?.['step'])),
    },
    telemetry: telemetry as Telemetry,
    control: calm as Control,
    models: [],
    rules: [],
    parameters: PARAMETERS,
    burnWindows: [],
    publish: () => {},
    deliver: async () => [],
    advanceRuns: async () => [],
    onUnpaired: () => {},
    onBeat: () => {},
    onJob: () => {},
    ...changes,
  });
  return { beats, seen };
}

const entry = (model: string) => ({
  tenant: 'acme',
  model,
  features: [],
  versions: [{ version: 'v1', firstEventMs: 1, lastEventMs: 1, predictions: 1 }],
  predictions: 1,
  referenceRows: 0,
  labels: 0,
  lastEventMs: 1,
  lastReceivedMs: 1,
});

describe('the beat', () => {
  it.each(['meta-llama/Llama 3', 'unknown_service:node', '_x', 'a'.repeat(100)])(
    'watches a model that calls itself %s',
    (model) => {
      expect(withDiscovered([], [entry(model)])).toMatchObject([
        { tenant: 'acme', model, title: model, windowMs: 86_400_000 },
      ]);
    },
  );

  it('goes on with timers and the next beat when a step fails', async () => {
    const telemetry = { ...CALM, catalog: async () => [entry('fraud')] } as Partial<Telemetry> as Telemetry;
    const { beats, seen } = beatsWith(
      { telemetry },
      { recordDeployment: () => Promise.reject(new Error('disk')) },
    );
    await beats.detect();
    await beats.detect();
    expect(seen).toEqual({ failures: ['deployments', 'deployments'], timers: [7, 7] });
  });

  it('tells what waited in vain for its other half, by the injected clock', async () => {
    const rejection = { reason: 'unpaired', count: 3, message: '' } as const;
    const asked: number[] = [];
    const tellUnpaired = async (nowMs: number) => {
      asked.push(nowMs);
      return [{ tenant: 'acme', rejection }];
    };
    const told: unknown[] = [];
    const telemetry = { ...CALM, tellUnpaired } as Partial<Telemetry> as Telemetry;
    const { beats } = beatsWith({ telemetry, onUnpaired: (unpaired) => told.push(...unpaired) });
    await beats.detect();
    expect([asked, told]).toEqual([[7], [{ tenant: 'acme', rejection }]]);
  });

  it('says nothing of health when detection cannot work', async () => {
    let beatsSeen = 0;
    const telemetry = {
      ...CALM,
      catalog: () => Promise.reject(new Error('gone')),
    } as Partial<Telemetry> as Telemetry;
    const { beats, seen } = beatsWith({ telemetry, onBeat: () => (beatsSeen += 1) });
    await beats.detect();
    expect([beatsSeen, seen.failures]).toEqual([0, ['detection']]);
  });

  it('schedules a model that shows up, whatever jobs others have left behind', async () => {
    const scheduled: string[] = [];
    const catalog = [] as ReturnType<typeof entry>[];
    const telemetry = { ...CALM, catalog: async () => catalog } as Partial<Telemetry> as Telemetry;
    const kinds = ['windows', 'slo', 'absence', 'outcomes'];
    const ids = ['late', 'late-labels', ...kinds.map((kind) => `${kind}/acme/typo`)];
    const left = ids.map((id) => ({
      id,
      dueAtMs: 0,
      lastRunMs: null,
    }));
    const { beats } = beatsWith(
      { telemetry },
      {
        jobs: async () => left,
        scheduleJobs: async (made) => void scheduled.push(...made.map(({ id }) => id)),
      },
    );
    await beats.detect();
    catalog.push(entry('fraud'));
    await beats.detect();
    await beats.detect();
    expect(scheduled).toEqual(kinds.map((kind) => `${kind}/acme/fraud`));
  });

  it('has closed days move once an hour of its clock and the old go once in six, and goes on when one of them fails', async () => {
    let nowMs = 0;
    const calls: string[] = [];
    const telemetry = {
      retain: async (atMs: number) => {
        calls.push(`retain ${atMs}`);
        if (atMs === 0) throw new Error('disk');
      },
      moveDays: async (atMs: number) => {
        calls.push(`move ${atMs}`);
        return { parts: 0, rows: 0 };
      },
    } as Partial<Telemetry> as Telemetry;
    const { beats, seen } = beatsWith({ telemetry, clock: { now: () => nowMs } });
    for (nowMs of [0, 1, 3_599_999, 3_600_000, 3_600_001, 7_200_000, 25_200_000]) await beats.keep();
    const retained = calls.filter((call) => call.startsWith('retain'));
    expect(retained).toEqual(['retain 0', 'retain 3600000', 'retain 25200000']);
    const moved = calls.filter((call) => call.startsWith('move'));
    expect(moved).toEqual(['move 0', 'move 3600000', 'move 7200000', 'move 25200000']);
    expect(seen.failures).toEqual(['retention']);
  });

  it('delivers again while a receiver hangs', async () => {
    const hanging = Promise.withResolvers<readonly []>();
    let calls = 0;
    const deliver = () => {
      calls += 1;
      return calls === 1 ? hanging.promise : Promise.resolve([]);
    };
    const { beats } = beatsWith({ deliver });
    const first = beats.deliver();
    await beats.deliver();
    expect(calls).toBe(2);
    hanging.resolve([]);
    await first;
    await beats.idle();
  });
});
