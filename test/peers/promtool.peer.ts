import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadBurnWindows } from '../../server/burn-windows.ts';
import { slo as sloCommand } from '../../server/cli/slo.ts';
import { pairsOf, tableOf } from '../../server/detect/slo-pairs.ts';
import { sloScores, windowsNeeded } from '../../server/detect/slo.ts';
import type { SloSettings } from '../../server/settings.ts';
import { ruleGroups } from '../../server/slo/prometheus-rules.ts';
import { scratch } from '../server/store/duckdb/support.ts';
import { promtool } from './tools.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const TABLES = loadBurnWindows(resolve(import.meta.dirname, '../../alert-rules'));
const key = { tenant: 'acme', model: 'fraud' };
const tool = await promtool();
const run = promisify(execFile);
const { folder, remove } = scratch();
afterAll(remove);

type Event = Exclude<SloSettings, { kind: 'cost' }>;
type Severity = 'page' | 'ticket';

function objective(target: number, days: number): Event {
  return { id: 'up', kind: 'availability', target, periodMs: days * DAY_MS, thresholdMs: null };
}

/** Good and bad events of each minute. */
interface Story {
  readonly name: string;
  readonly target: number;
  readonly days: number;
  readonly minutes: number;
  readonly of: (minute: number) => { readonly good: number; readonly bad: number };
}

const steady = (rate: number, share: number) => ({
  good: Math.round(rate * (1 - share)),
  bad: Math.round(rate * share),
});

/** Enough traffic that chance proves nothing: the bound for little traffic is Leeway's own. */
const RATE = 1_000_000;
const STORIES: readonly Story[] = [
  {
    name: 'a tenth fails from the second hour on',
    target: 0.999,
    days: 30,
    minutes: 300,
    of: (minute) => steady(RATE, minute >= 120 ? 0.1 : 0),
  },
  {
    name: 'everything fails for a quarter of an hour',
    target: 0.999,
    days: 28,
    minutes: 240,
    of: (minute) => steady(RATE, minute >= 90 && minute < 105 ? 1 : 0),
  },
  {
    name: 'a target of 95 % with half of it bad, at factors that were lowered',
    target: 0.95,
    days: 28,
    minutes: 900,
    of: (minute) => steady(RATE, minute >= 200 && minute < 700 ? 0.56 : 0.001),
  },
  {
    name: 'a slow burn of four times the even pace',
    target: 0.99,
    days: 7,
    minutes: 2400,
    of: (minute) => steady(RATE, minute >= 60 ? 0.04 : 0),
  },
];

/** The minutes at whose end each severity fires, by Leeway's evaluator over counters of whole minutes. */
function ours({ target, days, minutes, of }: Story): Readonly<Record<Severity, readonly number[]>> {
  const slo = objective(target, days);
  const pairs = pairsOf(TABLES, slo);
  const sums = [{ good: 0, bad: 0 }];
  for (let minute = 0; minute < minutes; minute += 1) {
    const [before, now] = [sums[minute] as { good: number; bad: number }, of(minute)];
    sums.push({ good: before.good + now.good, bad: before.bad + now.bad });
  }
  const fired: Record<Severity, number[]> = { page: [], ticket: [] };
  const lowVolume = tableOf(TABLES, slo)?.lowVolume ?? null;
  for (let end = 1; end <= minutes; end += 1) {
    const rows = windowsNeeded(slo, pairs).map((windowMs) => {
      const from = sums[Math.max(0, end - windowMs / MINUTE_MS)] as { good: number; bad: number };
      const to = sums[end] as { good: number; bad: number };
      return { slo: 'up', windowMs, good: to.good - from.good, bad: to.bad - from.bad };
    });
    const at = end * MINUTE_MS;
    const scores = sloScores({ key, slo, pairs, lowVolume, rows, toMs: at, nowMs: at, notes: [] });
    (['page', 'ticket'] as const).forEach((severity, index) => {
      if ((scores[index]?.value ?? 0) >= 1) fired[severity].push(end);
    });
  }
  return fired;
}

/** The counters as they are scraped at the end of each minute, in promtool's shorthand of runs of equal steps. */
function series({ minutes, of }: Story, result: 'good' | 'bad'): string {
  const runs: { step: number; times: number }[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const step = of(minute)[result];
    const last = runs.at(-1);
    if (last?.step === step) last.times += 1;
    else runs.push({ step, times: 1 });
  }
  let value = 0;
  const texts = ['0'];
  for (const { step, times } of runs) {
    texts.push(`${value + step}+${step}x${times - 1}`);
    value += step * times;
  }
  return texts.join(' ');
}

/** Rates are extrapolated from scrapes to the ends of a window, which moves a change by up to a minute. */
const EDGE = 1;

/** The minutes at which promtool must find each alert, or must not; those beside a change are left out. */
function testsOf(story: Story, fired: Readonly<Record<Severity, readonly number[]>>, name: string) {
  const slo = objective(story.target, story.days);
  const labels = { sloth_id: 'acme-fraud-up', sloth_service: 'acme-fraud', sloth_slo: 'up' };
  const rules = ruleGroups({ model: key, slo, pairs: pairsOf(TABLES, slo) });
  const alerts = rules.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined);
  const near = (minute: number, severity: Severity) => {
    const is = (at: number) => fired[severity].includes(at);
    return Array.from({ length: 2 * EDGE + 1 }, (_, at) => is(minute - EDGE + at)).some(
      (one) => one !== is(minute),
    );
  };
  const judged = Array.from({ length: story.minutes - 2 }, (_, at) => at + 2);
  return {
    rule_files: [name],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: (['good', 'bad'] as const).map((result) => ({
          series: `leeway_slo_events_total{tenant="acme",model="fraud",slo="up",result="${result}"}`,
          values: series(story, result),
        })),
        alert_rule_test: judged
          .filter((minute) => !near(minute, 'page') && !near(minute, 'ticket'))
          .map((minute) => ({
            eval_time: `${minute}m`,
            alertname: 'LeewayErrorBudgetBurn',
            exp_alerts: alerts
              .filter(({ labels: own }) => fired[own['sloth_severity'] as Severity].includes(minute))
              .map(({ labels: own, annotations }) => ({
                exp_labels: { ...labels, ...own },
                exp_annotations: {
                  ...annotations,
                  summary: annotations?.['summary']
                    ?.replace('{{$labels.sloth_service}}', labels.sloth_service)
                    .replace('{{$labels.sloth_slo}}', labels.sloth_slo),
                },
              })),
          })),
      },
    ],
    groups: rules,
  };
}

const CONFIG = `
tenants: [{ id: acme }]
models:
  - tenant: acme
    name: fraud
    window: 1h
    positive: fraud
    groups: [region]
    slos:
      - { id: up, kind: availability, target: 99.5, exclude: ['4*'] }
      - { id: fast, kind: latency, target: 99, threshold: 120ms, period: 7d }
      - { id: right, kind: quality, target: 90, period: 90d }
      - { id: fresh, kind: freshness, target: 99, maxAge: 15m, period: 30d }
      - { id: stable, kind: drift, target: 95, threshold: 0.2 }
      - { id: fair, kind: fairness, target: 95, attribute: region, threshold: 0.1 }
      - { id: spend, kind: cost, monthly: 500 }
`;

describe('promtool', () => {
  it('accepts the rules of every kind of objective', async ({ skip }) => {
    if (!tool.found) return skip(tool.why);
    const config = join(folder, 'leeway.yaml');
    writeFileSync(config, CONFIG);
    const lines: string[] = [];
    await sloCommand.run({
      args: ['rules', '--config', config],
      environment: {},
      print: (line) => lines.push(line),
    });
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, lines.join('\n'));
    const { stdout } = await run(tool.path, ['check', 'rules', file]);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  it.for(STORIES)(
    'fires in the same minutes, give or take one at a change: $name',
    async (story, { skip }) => {
      if (!tool.found) return skip(tool.why);
      const fired = ours(story);
      expect(fired.page.length + fired.ticket.length).toBeGreaterThan(0);
      const { groups, ...tests } = testsOf(story, fired, 'rules.yaml');
      expect(tests.tests[0]?.alert_rule_test.length).toBeGreaterThan(0.9 * story.minutes);
      writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }, { lineWidth: 0 }));
      writeFileSync(join(folder, 'test.yaml'), stringify(tests, { lineWidth: 0 }));
      const result = await run(tool.path, ['test', 'rules', 'test.yaml'], {
        cwd: folder,
        maxBuffer: 64_000_000,
      }).catch((error: unknown) => error as { stdout: string; stderr: string });
      expect(`${result.stdout}${result.stderr}`).toContain('SUCCESS');
    },
  );
});
