import { fileURLToPath } from 'node:url';
import { createHeartbeat } from './act/heartbeat.ts';
import { createForwarder } from './act/forward.ts';
import { deliverDue } from './act/outbox.ts';
import { advanceRuns } from './act/runbook.ts';
import { verifyCallback } from './act/sign.ts';
import { createBacktest } from './backtest.ts';
import { checkObjectives, loadBurnWindows } from './burn-windows.ts';
import { systemClock, type Clock } from './clock.ts';
import { defaultModel } from './config.ts';
import { startSchedule } from './detect/schedule.ts';
import { BadRequestError, FatalError } from './errors.ts';
import { explainScore } from './explain/explain.ts';
import { DETECTOR_NAMES } from './explain/scorers.ts';
import { ingestOptions } from './ingest-options.ts';
import { otlpGrpc } from './ingest/grpc.ts';
import { jsonIngestApp, otlpApp, RefusedUnread } from './ingest/http.ts';
import { listen, listenGrpc, type Listener } from './listen.ts';
import type { Log } from './log.ts';
import type { ModelEntry, Scope } from './model.ts';
import { loadParameters } from './parameters.ts';
import type { Control, StoredScore, Telemetry } from './ports.ts';
import { everySecret, receiverDesk } from './receivers.ts';
import { reload, type Loaded, type Reloaded } from './reload.ts';
import { loadRules } from './rules-file.ts';
import type { Settings } from './settings.ts';
import { showApp } from './show/app.ts';
import type { ReloadRequest } from './show/options.ts';
import { createLiveEvents, type LiveEvents } from './show/live-events.ts';
import { createMetrics, type Metrics } from './show/prometheus.ts';
import { openStores, type Stores } from './stores.ts';
import { createBeats, withDiscovered, type Beats } from './tick.ts';
import { VERSION } from './version.ts';

/** The running appliance. */
export interface Leeway {
  readonly url: string;
  readonly otlpUrl: string;
  /** null: gRPC is not listened for. */
  readonly grpcUrl: string | null;
  readonly telemetry: Telemetry;
  readonly control: Control;
  /** Runs everything due at the clock's time, deliveries and runs included, and resolves when that is done. */
  readonly tick: () => Promise<void>;
  readonly createKey: (tenant: string | null, scopes: readonly Scope[]) => Promise<string>;
  /** A link that signs a browser in once, for every tenant. */
  readonly signInLink: () => Promise<string>;
  /** Reads the configuration again and takes what may change while it runs. A mistake in it is a FatalError and changes nothing. */
  readonly reload: (request: ReloadRequest) => Promise<Reloaded>;
  /** Answers what is open, commits, checkpoints, and ends the threads. */
  readonly close: () => Promise<void>;
}

export interface LeewayOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether cron wakes the due table; without it only `tick` does. */
  readonly schedule: boolean;
  /** Reads the configuration again, as the command line named it; absent: it was given as a value and stays. */
  readonly readSettings?: () => Settings;
}

interface Parts extends LeewayOptions, Stores {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly events: LiveEvents;
  readonly realClock: Clock;
}

const GRACE_MS = 10_000;
/** Pages hold a stream of events open that never ends by itself. */
const UI_GRACE_MS = 2000;
const LINK_LIVES_MS = 60 * 60_000;
const UI_FOLDER = fileURLToPath(new URL('../ui/dist', import.meta.url));

/** Builds the stages and joins them: ingest -> store -> detect -> route -> act -> show. */
export async function createLeeway(settings: Settings, options: LeewayOptions): Promise<Leeway> {
  const judging = loadJudging(settings);
  const parts = await openParts(settings, options);
  const pulse = startPulse(options);
  const refusedUnread = new RefusedUnread((refusals) => parts.telemetry.noteRefusals(refusals));
  const ingest = ingestOptions({ ...parts, refusedUnread });
  const mount = (app: ReturnType<typeof showApp>) => app.route('/', jsonIngestApp(ingest));
  const show = showApp({
    ...parts,
    ...answers(parts, judging),
    reload: reloader(parts, judging),
    version: VERSION,
    defaultModel,
    uiFolder: UI_FOLDER,
    verifyCallback,
    receivers: receiverDesk(settings),
    secrets: () => everySecret(settings),
    isBeating: pulse.isBeating,
    mount,
  });
  const beats = createBeats({
    ...parts,
    ...actions(parts),
    ...judging,
    models: settings.models,
    onBeat: pulse.beat,
  });
  const listeners = await listenAll(settings, { show, ingest });
  const keptUp = keepUp(parts, pulse);
  return running(parts, { ...listeners, ...keptUp, beats, refusedUnread, reload: reloader(parts, judging) });
}

/** What others are told again and again: that Leeway is alive, and what goes on firing. */
function keepUp(parts: Parts, { isBeating }: Pulse): Pick<Joints, 'heartbeat' | 'forward'> {
  const heartbeat = createHeartbeat({ ...parts, isBeating, now: parts.clock.now });
  const { control, settings, log, clock } = parts;
  return { heartbeat, forward: createForwarder({ control, settings, log, clock }).forwardDue };
}

/** Makes the places on disk and in memory that everything works with. */
async function openParts(settings: Settings, options: LeewayOptions): Promise<Parts> {
  const stores = await openStores(settings, options.log, options.clock.now());
  await stores.control.recoverDeliveries(options.clock.now());
  return {
    ...options,
    ...stores,
    settings,
    metrics: createMetrics(),
    events: createLiveEvents(),
    realClock: systemClock(),
  };
}

async function listenAll(
  { listen: { host, port, otlpPort, grpcPort } }: Settings,
  {
    show,
    ingest,
  }: { readonly show: ReturnType<typeof showApp>; readonly ingest: ReturnType<typeof ingestOptions> },
): Promise<Pick<Joints, 'ui' | 'otlp' | 'grpc'>> {
  const ui = await listen(show, { host, port });
  const otlp = await listen(otlpApp(ingest), { host, port: otlpPort });
  const grpc = grpcPort === undefined ? null : await listenGrpc(otlpGrpc(ingest), { host, port: grpcPort });
  return { ui, otlp, grpc };
}

function reloader(
  { control, settings, clock, readSettings }: Parts,
  judging: ReturnType<typeof loadJudging>,
): Leeway['reload'] {
  return async ({ actor, dryRun }) => {
    if (readSettings === undefined)
      throw new BadRequestError(
        'This appliance was not started from a file of configuration, so there is nothing to read again.',
        { status: 409 },
      );
    const next = readAgain(readSettings);
    return reload({ settings, judging }, next, { control, actor, dryRun, nowMs: clock.now() });
  };
}

/** A mistake in the files is the caller's to mend. */
function readAgain(readSettings: () => Settings): Loaded {
  try {
    const settings = readSettings();
    return { settings, judging: loadJudging(settings) };
  } catch (error) {
    if (error instanceof FatalError) throw new BadRequestError(error.message, { cause: error });
    throw error;
  }
}

/** Without a beat for so long nothing is judged and nobody is told: not ready. */
const PULSE_LOST_MS = 120_000;

interface Pulse {
  readonly beat: () => void;
  readonly isBeating: () => boolean;
}

function startPulse({ schedule }: LeewayOptions): Pulse {
  let lastMs = performance.now();
  return {
    beat: () => {
      lastMs = performance.now();
    },
    isBeating: () => !schedule || performance.now() - lastMs < PULSE_LOST_MS,
  };
}

/** The data of the rules folder. */
function loadJudging({ rulesFolder, models }: Settings) {
  const burnWindows = loadBurnWindows(rulesFolder);
  checkObjectives(models, burnWindows);
  return {
    rules: loadRules(rulesFolder),
    burnWindows,
    parameters: loadParameters(rulesFolder),
  };
}

/** What the API answers by the work of other stages. */
function answers({ telemetry, control, settings }: Parts, judging: ReturnType<typeof loadJudging>) {
  const modelsOf = (catalog: readonly ModelEntry[]) => withDiscovered(settings.models, catalog);
  return {
    rules: judging.rules,
    detectors: DETECTOR_NAMES,
    backtest: createBacktest({ ...judging, telemetry, control, modelsOf }),
    explain: (score: StoredScore) => explainScore(control, judging.rules, score),
  };
}

/** What the beats do to the world outside, and what they tell of themselves. */
function actions({ control, telemetry, settings, clock, log, metrics, events }: Parts) {
  const act = { control, telemetry, settings, now: clock.now, log };
  return {
    deliver: () =>
      deliverDue({ ...act, record: metrics.delivery, recordTemplateFailure: metrics.templateFailure }),
    advanceRuns: () => advanceRuns(act),
    publish: (changes) => changes.forEach((change) => events.publish({ ...change, atMs: clock.now() })),
    onUnpaired: (unpaired) => metrics.unpaired(unpaired),
    onJob: ({ id, ok, seconds }) =>
      metrics.detectorRun({ job: id.split('/')[0] ?? id, result: ok ? 'ok' : 'error', seconds }),
  } satisfies Partial<Parameters<typeof createBeats>[0]>;
}

interface Joints {
  readonly ui: Listener;
  readonly otlp: Listener;
  readonly grpc: Listener | null;
  readonly beats: Beats;
  readonly heartbeat: () => Promise<unknown>;
  /** Keeps every Alertmanager told of what goes on firing. */
  readonly forward: () => Promise<void>;
  readonly refusedUnread: RefusedUnread;
  readonly reload: Leeway['reload'];
}

function running(
  { telemetry, control, clock, realClock, schedule, close }: Parts,
  { ui, otlp, grpc, beats, heartbeat, forward, refusedUnread, reload }: Joints,
): Leeway {
  const deliver = async () => void beats.deliver();
  const keep = async () => void beats.keep();
  const ping = async () => void (await heartbeat());
  const schedules = schedule
    ? [beats.detect, beats.advance, deliver, keep, ping, forward].map(startSchedule)
    : [];
  return {
    url: ui.url,
    otlpUrl: otlp.url,
    grpcUrl: grpc?.url ?? null,
    telemetry,
    control,
    reload,
    tick: async () => {
      await beats.detect();
      await beats.act();
    },
    ...doors({ control, clock, realClock }, ui.url),
    close: async () => {
      await Promise.all(schedules.map((one) => one.stop()));
      await Promise.all([otlp.close(GRACE_MS), grpc?.close(GRACE_MS), ui.close(UI_GRACE_MS)]);
      await beats.idle();
      await refusedUnread.flush();
      await close();
    },
  };
}

/** Keys and links for people. */
function doors(
  { control, clock, realClock }: Pick<Parts, 'control' | 'clock' | 'realClock'>,
  url: string,
): Pick<Leeway, 'createKey' | 'signInLink'> {
  return {
    createKey: async (tenant, scopes) => {
      const made = await control.createKey({ tenant, scopes, actor: 'leeway', nowMs: clock.now() });
      return made.key;
    },
    signInLink: async () => {
      const principal = { name: 'operator', tenant: null, scopes: ['admin'] as const };
      const token = await control.createSignInToken({
        principal,
        nowMs: realClock.now(),
        ttlMs: LINK_LIVES_MS,
      });
      return `${url}/signin?token=${token}`;
    },
  };
}
