import { fileURLToPath } from 'node:url';
import { mkdirSync } from 'node:fs';
import { deliverDue } from './act/outbox.ts';
import { advanceRuns } from './act/runbook.ts';
import { verifyCallback } from './act/sign.ts';
import { loadBurnWindows } from './burn-windows.ts';
import { systemClock, type Clock } from './clock.ts';
import { startControl } from './control-thread.ts';
import { startSchedule } from './detect/schedule.ts';
import { jsonIngestApp, otlpApp } from './ingest/http.ts';
import { ingestFront } from './ingest-front.ts';
import { listen } from './listen.ts';
import type { Log } from './log.ts';
import type { Scope } from './model.ts';
import type { Change, Control, Telemetry, TelemetryOptions } from './ports.ts';
import { startThread } from './rpc.ts';
import { loadRules } from './rules-file.ts';
import type { Settings } from './settings.ts';
import { showApp } from './show/app.ts';
import { createLiveEvents } from './show/live-events.ts';
import { createMetrics } from './show/prometheus.ts';
import { createBeats } from './tick.ts';
import { VERSION } from './version.ts';

/** The running appliance. */
export interface Leeway {
  readonly url: string;
  readonly otlpUrl: string;
  readonly telemetry: Telemetry;
  readonly control: Control;
  /** Runs everything due at the clock's time, deliveries and runs included, and resolves when that is done. */
  readonly tick: () => Promise<void>;
  readonly createKey: (tenant: string | null, scopes: readonly Scope[]) => Promise<string>;
  /** A link that signs a browser in once, for every tenant. */
  readonly signInLink: () => Promise<string>;
  /** Answers what is open, commits, checkpoints, and ends the threads. */
  readonly close: () => Promise<void>;
}

export interface LeewayOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether cron wakes the due table; without it only `tick` does. */
  readonly schedule: boolean;
}

const GRACE_MS = 10_000;
const LINK_LIVES_MS = 60 * 60_000;

/** Builds the stages and joins them: ingest -> store -> detect -> route -> act -> show. */
export async function createLeeway(
  settings: Settings,
  { clock, log, schedule }: LeewayOptions,
): Promise<Leeway> {
  const rules = loadRules(settings.rulesFolder);
  const burnWindows = loadBurnWindows(settings.rulesFolder);
  const realClock = systemClock();
  const stores = await openStores(settings, log);
  const { telemetry, control } = stores;
  const metrics = createMetrics();
  const events = createLiveEvents();
  const publish = (changes: readonly Change[]) =>
    changes.forEach((change) => events.publish({ ...change, atMs: clock.now() }));

  const front = ingestFront({ telemetry, control, metrics, events, clock, settings });
  const verify = (input: Parameters<typeof verifyCallback>[0]) => verifyCallback(input);
  const uiFolder = fileURLToPath(new URL('../ui/dist', import.meta.url));
  const mount = (app: { route: (path: string, other: ReturnType<typeof jsonIngestApp>) => unknown }) =>
    app.route('/', jsonIngestApp(front));
  const show = showApp({
    telemetry,
    control,
    settings,
    version: VERSION,
    rules,
    clock,
    realClock,
    metrics,
    events,
    log,
    uiFolder,
    verifyCallback: verify,
    mount,
  });

  const act = { control, telemetry, settings, fetch, now: clock.now, log };
  const beats = createBeats({
    clock,
    log,
    telemetry,
    control,
    models: settings.models,
    burnWindows,
    publish,
    deliver: () => deliverDue({ ...act, record: metrics.delivery }),
    advanceRuns: () => advanceRuns(act),
    onJob: ({ id, ok, seconds }) =>
      metrics.detectorRun({ job: id.split('/')[0] ?? id, result: ok ? 'ok' : 'error', seconds }),
  });

  const { host, port, otlpPort } = settings.listen;
  const [ui, otlp] = await Promise.all([
    listen(show, { host, port }),
    listen(otlpApp(front), { host, port: otlpPort }),
  ]);
  const schedules = schedule ? [startSchedule(beats.detect), startSchedule(beats.act)] : [];
  const publicUrl = port === 0 ? ui.url : settings.publicUrl;

  return {
    url: ui.url,
    otlpUrl: otlp.url,
    telemetry,
    control,
    tick: async () => {
      await beats.detect();
      await beats.act();
    },
    createKey: async (tenant, scopes) =>
      (await control.createKey({ tenant, scopes, actor: 'leeway', nowMs: clock.now() })).key,
    signInLink: async () => {
      const principal = { name: 'operator', tenant: null, scopes: ['admin'] as const };
      return `${publicUrl}/signin?token=${await control.createSignInToken({ principal, nowMs: realClock.now(), ttlMs: LINK_LIVES_MS })}`;
    },
    close: async () => {
      await Promise.all(schedules.map((one) => one.stop()));
      await Promise.all([otlp.close(GRACE_MS), ui.close(GRACE_MS)]);
      await Promise.all([beats.detect(), beats.act()]);
      await stores.close();
    },
  };
}

interface Stores {
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly close: () => Promise<void>;
}

/** Both stores in threads of their own. A thread that ends by itself ends the process: a supervisor starts it afresh. */
async function openStores(settings: Settings, log: Log): Promise<Stores> {
  const lost = (error: Error) => {
    log.error('a store thread ended', { error: error.message });
    process.exit(1);
  };
  mkdirSync(settings.dataFolder, { recursive: true });
  const options: TelemetryOptions = {
    folder: settings.dataFolder,
    limits: settings.limits,
    models: settings.models,
  };
  const control = await startControl(settings, lost);
  const telemetry = await startThread<Telemetry>(new URL('./worker.ts', import.meta.url), options, lost);
  return {
    telemetry: telemetry.methods,
    control: control.methods,
    close: async () => {
      await telemetry.methods.close();
      await control.methods.close();
      await Promise.all([telemetry.end(), control.end()]);
    },
  };
}
