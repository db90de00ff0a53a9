import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { advanceRuns, type RunbookOptions } from '../../../server/act/runbook.ts';
import type { ActionRun, VolumeRow } from '../../../server/model.ts';
import { parseConfig } from '../../../server/config.ts';
import { NOW_MS, rollbackOf, SECRET } from './samples.ts';
import { httpServer, type Answer } from './servers.ts';

/** The part of the control store that matters here: one run, moved on as it reports. */
function controlOf(start: ActionRun) {
  let run = start;
  const reports: { step: string; outcome: string; text: string; nowMs: number }[] = [];
  const states = {
    callrunning: 'calling',
    calldone: 'verifying',
    verifyrunning: 'verifying',
    verifydone: 'done',
  };
  const control: RunbookOptions['control'] = {
    runs: async () => [run],
    advanceRun: async ({ runId, step, outcome, text, nowMs }) => {
      expect(runId).toBe(run.id);
      reports.push({ step, outcome, text, nowMs });
      run = {
        ...run,
        state: states[`${step}${outcome}` as keyof typeof states] ?? 'failed',
        steps: run.steps.map((other) =>
          other.name === step ? { ...other, state: outcome, text, atMs: nowMs } : other,
        ) as ActionRun['steps'],
      } as ActionRun;
      return [{ kind: 'run', tenant: run.tenant, model: run.model, id: run.id, text }];
    },
  };
  return { control, reports, state: () => run.state };
}

interface Spans {
  readonly volume: { fromMs: number; toMs: number }[];
}

/** A prediction log held as rows per five minutes. */
function telemetryOf(rows: () => readonly VolumeRow[], bad = 0) {
  const asked: Spans = { volume: [] };
  const telemetry: RunbookOptions['telemetry'] = {
    volume: async ({ fromMs, toMs }) => {
      asked.volume.push({ fromMs, toMs });
      return rows().filter((row) => row.fromMs >= fromMs && row.fromMs < toMs);
    },
    sloCounts: async ({ slo, fromMs }) => [{ slo, fromMs, good: 1000 - bad, bad }],
  };
  return { telemetry, asked };
}

const settings = parseConfig(
  `models: [{ tenant: acme, name: fraud, slos: [{ id: ok, kind: availability, target: 99 }],
  rollback: { url: "http://127.0.0.1:1/admin/deploy", secret: { env: S } } }]
egress: { allow: ["http://127.0.0.1:*"], open: [127.0.0.0/8] }`,
  { file: 'leeway.yaml', environment: { S: SECRET } },
);

function scene(
  url: string,
  change: { run?: Partial<ActionRun>; rows?: () => readonly VolumeRow[]; bad?: number } = {},
) {
  const plan = { ...rollbackOf().plan!, url };
  const { control, reports, state } = controlOf(rollbackOf({ plan, ...change.run }));
  const { telemetry, asked } = telemetryOf(change.rows ?? (() => []), change.bad);
  const clock = { nowMs: NOW_MS };
  const options: RunbookOptions = {
    control,
    telemetry,
    settings,
    now: () => clock.nowMs,
    timeoutMs: 300,
  };
  const advance = (toMs: number) => {
    clock.nowMs = toMs;
    return advanceRuns(options);
  };
  return { advance, reports, state, asked };
}

describe('a rollback run', () => {
  it('calls with the plan as its body, signed, then proves it from the prediction log', async () => {
    await using serving = await httpServer(() => ({ status: 200 }));
    const rows: VolumeRow[] = [];
    const { advance, reports, state, asked } = scene(`${serving.url}/admin/deploy`, { rows: () => rows });
    await advance(NOW_MS + 61_000);
    expect(state()).toBe('verifying');
    const seen = serving.seen[0]!;
    expect(new Webhook(SECRET).verify(seen.body, seen.headers)).toEqual({ model: 'fraud', version: 'v1' });
    expect([seen.path, seen.headers['webhook-id']]).toEqual(['/admin/deploy', 'run_7']);

    rows.push(
      { fromMs: NOW_MS, version: 'v2', rows: 500 },
      { fromMs: NOW_MS + 300_000, version: 'v1', rows: 60 },
    );
    await advance(NOW_MS + 400_000);
    expect(state()).toBe('verifying');
    rows.push({ fromMs: NOW_MS + 600_000, version: 'v1', rows: 352 });
    const changes = await advance(NOW_MS + 700_000);
    expect(state()).toBe('done');
    expect(changes.map(({ text }) => text)).toEqual([
      'Verified: 412 of 412 predictions since 2026-11-21 14:05 UTC are v1.',
    ]);
    expect(reports.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'call running',
      'call done',
      'verify done',
    ]);
    expect(asked.volume.at(-1)).toEqual({ fromMs: NOW_MS + 300_000, toMs: NOW_MS + 900_000 });
    expect(serving.seen.length).toBe(1);
  });

  it('asks the prediction log nothing before the first five minutes begin', async () => {
    await using serving = await httpServer(() => ({ status: 200 }));
    const { advance, asked, state } = scene(serving.url);
    await advance(NOW_MS + 61_000);
    await advance(NOW_MS + 62_000);
    expect([state(), asked.volume]).toEqual(['verifying', []]);
  });

  it.each<[string, Answer, string]>([
    ['is refused', { status: 404 }, 'answered 404'],
    ['is redirected', { status: 302, headers: { location: '/' } }, 'redirect'],
  ])('fails when the call %s', async (_name, answer, text) => {
    await using serving = await httpServer(() => answer);
    const { advance, reports, state } = scene(serving.url);
    await advance(NOW_MS);
    expect(state()).toBe('failed');
    expect(reports.at(-1)!.text).toContain(text);
  });

  it('calls again with the same id until the serving process is back', async () => {
    const answers: Answer[] = [{ status: 503 }, 'hang', { status: 200 }];
    await using serving = await httpServer((_seen, index) => answers[index] ?? { status: 500 });
    const { advance, state } = scene(serving.url);
    for (const second of [0, 1, 4, 5, 6, 9, 10, 11]) await advance(NOW_MS + second * 1000);
    expect(state()).toBe('verifying');
    expect(serving.seen.map(({ headers }) => headers['webhook-id'])).toEqual(['run_7', 'run_7', 'run_7']);
  });

  it('is given up after ten minutes, in words', async () => {
    const { advance, reports, state } = scene('http://127.0.0.1:1/');
    await advance(NOW_MS);
    await advance(NOW_MS + 600_000);
    expect(state()).toBe('failed');
    expect(reports.at(-1)!.text).toContain('roll back by hand');
  });

  it('goes on after a crash in the middle of the call', async () => {
    await using serving = await httpServer(() => ({ status: 200 }));
    const steps = rollbackOf().steps.map((step) =>
      step.name === 'call' ? { ...step, state: 'running' as const, atMs: NOW_MS } : step,
    );
    const { advance, state } = scene(serving.url, { run: { state: 'calling', steps } });
    await advance(NOW_MS + 60_000);
    expect(state()).toBe('verifying');
  });

  it('tells how a verification goes at most every quarter of an hour, and fails at its end', async () => {
    await using serving = await httpServer(() => ({ status: 200 }));
    const rows = [{ fromMs: NOW_MS + 300_000, version: 'v2', rows: 400 }];
    const { advance, reports, state } = scene(serving.url, { rows: () => rows });
    for (let minute = 0; minute <= 121; minute += 1) await advance(NOW_MS + minute * 60_000);
    expect(state()).toBe('failed');
    expect(reports.filter(({ step }) => step === 'verify').length).toBe(8);
    expect(reports.at(-1)!.text).toContain('0 of 400 predictions');
  });

  it('is not proven while an error budget burns', async () => {
    await using serving = await httpServer(() => ({ status: 200 }));
    const rows = [{ fromMs: NOW_MS, version: 'v1', rows: 400 }];
    const { advance, state } = scene(serving.url, { rows: () => rows, bad: 50 });
    await advance(NOW_MS);
    await advance(NOW_MS + 301_000);
    expect(state()).toBe('verifying');
  });

  it('fails when its model is configured no more, or its host is not allowed', async () => {
    const gone = scene('http://127.0.0.1:1/', { run: { model: 'other' } });
    await gone.advance(NOW_MS);
    expect(gone.reports.at(-1)!.text).toContain('no rollback for acme/other');
    const refused = scene('http://evil.example/');
    await refused.advance(NOW_MS);
    expect(refused.reports.at(-1)!.text).toContain('egress.allow');
  });

  it.each(['proposed', 'done', 'failed', 'expired'] as const)('is left alone when %s', async (state) => {
    const { advance, reports } = scene('http://127.0.0.1:1/', { run: { state } });
    expect(await advance(NOW_MS)).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('is tried again when the prediction log cannot be read', async () => {
    const { control, state } = controlOf(rollbackOf({ state: 'verifying' }));
    const { telemetry } = telemetryOf(() => {
      throw new Error('disk');
    });
    const changes = await advanceRuns({ control, telemetry, settings, fetch, now: () => NOW_MS + 900_000 });
    expect([changes, state()]).toEqual([[], 'verifying']);
  });
});
