import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { steppedClock, type SteppedClock } from '../../server/clock.ts';
import { createLeeway } from '../../server/leeway.ts';
import { jsonLog } from '../../server/log.ts';
import { demoSettings } from '../config.ts';
import { readFlights, shiftToPresent, type Flights } from '../flights.ts';
import { startStandIns, type StandIns } from '../standins.ts';
import type { Arrival } from '../standins/board.ts';
import type { Appliance } from './appliance.ts';
import { createFeed, type Feed } from './feed.ts';
import { startServing, type ServingProcess } from './serving-process.ts';
import { storyOf, type Story } from './story.ts';

/** All that plays: the appliance in this process, the serving process, the stand-ins, the flights and the clock. */
export interface Stage {
  readonly story: Story;
  readonly clock: SteppedClock;
  readonly appliance: Appliance;
  readonly serving: ServingProcess;
  readonly standIns: StandIns;
  readonly feed: Feed;
  readonly flightsInData: number;
  readonly flightsSampled: number;
  /** For calls to the REST API: sees everything, may approve. */
  readonly operatorKey: string;
  readonly close: () => Promise<void>;
}

export interface StageOptions {
  /** Emptied before anything is written. */
  readonly dataFolder: string;
  readonly port: number;
  readonly otlpPort: number;
  readonly nowMs: number;
  readonly onArrival: (arrival: Arrival, storyMs: number) => void;
  readonly onLost: (message: string) => void;
}

/** Receivers hold the signed time against their own clock, as real ones do. */
const TOLERANCE_MS = 300_000;

export async function setStage(options: StageOptions): Promise<Stage> {
  const story = storyOf(shiftToPresent(options.nowMs));
  const clock = steppedClock(story.startMs);
  const secrets = {
    webhook: `whsec_${randomBytes(32).toString('base64')}`,
    slack: `xoxb-${randomBytes(12).toString('hex')}`,
  };
  const [serving, { flights, flightsInData }, standIns] = await Promise.all([
    startServing({ webhookSecret: secrets.webhook, toleranceMs: TOLERANCE_MS }, options.onLost),
    readFlights(),
    startStandIns({
      slackToken: secrets.slack,
      webhookSecret: secrets.webhook,
      toleranceMs: TOLERANCE_MS,
      now: clock.now,
      onArrival: (arrival) => options.onArrival(arrival, clock.now()),
    }),
  ]);
  const neighbours = { clock, secrets, standIns, serving };
  const appliance = await startAppliance(options, neighbours);
  const operatorKey = await connect(appliance, serving);
  const feed = feedOf(flights, story, neighbours);
  const close = () => closeAll(appliance, neighbours);
  const flightsSampled = flights.count;
  return {
    story,
    clock,
    appliance,
    serving,
    standIns,
    feed,
    flightsInData,
    flightsSampled,
    operatorKey,
    close,
  };
}

function feedOf(flights: Flights, story: Story, { serving, secrets }: Neighbours): Feed {
  return createFeed({
    servingUrl: serving.introduction.url,
    models: serving.introduction.models.map(({ model }) => model),
    flights,
    shiftMs: story.shiftMs,
    startMs: story.startMs,
    webhookSecret: secrets.webhook,
  });
}

/** The serving process first: what it still holds is shipped before the appliance goes. */
async function closeAll(appliance: Appliance, { serving, standIns }: Neighbours): Promise<void> {
  await serving.calls.stop();
  await serving.ended;
  await appliance.close();
  await standIns.close();
}

interface Neighbours {
  readonly clock: SteppedClock;
  readonly secrets: { readonly webhook: string; readonly slack: string };
  readonly standIns: StandIns;
  readonly serving: ServingProcess;
}

async function startAppliance(options: StageOptions, neighbours: Neighbours): Promise<Appliance> {
  const { dataFolder, port, otlpPort } = options;
  const { clock, secrets, standIns, serving } = neighbours;
  await Promise.all([port, otlpPort].map(assertFree));
  rmSync(dataFolder, { recursive: true, force: true });
  mkdirSync(dataFolder, { recursive: true });
  const logFile = createWriteStream(join(dataFolder, 'leeway.log'));
  const settings = demoSettings({
    dataFolder,
    port,
    otlpPort,
    servingUrl: serving.introduction.url,
    standIns,
    slackToken: secrets.slack,
    webhookSecret: secrets.webhook,
  });
  return createLeeway(settings, { clock, log: jsonLog((line) => logFile.write(line)), schedule: false });
}

/** Before the folder is emptied: a demo that runs already may be using it. */
async function assertFree(port: number): Promise<void> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  if (!isFree)
    throw new Error(`Port ${port} is in use; end what runs there, or pass --port and --otlp-port.`);
}

/** Gives the serving process its ingest keys, has the training set shipped, and answers with the operator's key. */
async function connect(appliance: Appliance, serving: ServingProcess): Promise<string> {
  const tenants = serving.introduction.models.map(({ tenant }) => tenant);
  const keys = await Promise.all(
    tenants.map(async (tenant): Promise<[string, string]> => [
      tenant,
      await appliance.createKey(tenant, ['ingest']),
    ]),
  );
  await serving.calls.connect({ otlpUrl: appliance.otlpUrl, apiKeys: Object.fromEntries(keys) });
  return appliance.createKey(null, ['operate']);
}
