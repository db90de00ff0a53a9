import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { playStory, type Play } from './director/play.ts';
import { createScreen, type Screen } from './director/screen.ts';
import { setStage, type Stage } from './director/stage.ts';
import { brokenPromises, summaryOf, type Outcome } from './director/summary.ts';
import { createWatch, type Watch } from './director/watch.ts';
import { countText, timeText } from './director/words.ts';
import { SAMPLE_EVERY } from './flights.ts';
import type { Arrival, Channel } from './standins/board.ts';

/** The director of the demo: `npm run demo`, or `npm run demo -- --exit` to play to the end without a viewer. */

const DATA_FOLDER = fileURLToPath(new URL('../demo-data', import.meta.url));
/** At real speed: how often flights that became due are played. */
const BEAT_MS = 2000;

const startedMs = performance.now();
const { values: flags } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    port: { type: 'string', default: '8080' },
    'otlp-port': { type: 'string', default: '4318' },
    data: { type: 'string', default: DATA_FOLDER },
  },
});

const screen = createScreen({
  write: (text) => process.stdout.write(text),
  isTTY: process.stdout.isTTY,
  stopwatch: () => performance.now(),
});
const stop = new AbortController();
process.on('SIGINT', () => {
  // A second Ctrl-C does not wait for anything.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});
process.on('SIGTERM', () => stop.abort());

async function main(): Promise<number> {
  introduce(screen);
  const stage = await setStage({
    dataFolder: resolve(flags.data),
    port: Number(flags.port),
    otlpPort: Number(flags['otlp-port']),
    nowMs: Date.now(),
    onArrival: (arrival, storyMs) => screen.tell(storyMs, arrivalText(arrival)),
    onLost: (message) => {
      screen.say(message);
      process.exit(1);
    },
  });
  try {
    return await direct(stage);
  } finally {
    await stage.close();
  }
}

async function direct(stage: Stage): Promise<number> {
  await present(stage);
  screen.say('The training set is shipped as the baseline of both models.');
  await stage.serving.calls.shipReference({ shiftMs: stage.story.shiftMs });
  await stage.serving.calls.flush();
  const watch = createWatch(stage.appliance.control);
  await playStory(playOf(stage, watch));
  if (stop.signal.aborted) return 130;
  const broken = await conclude(stage, watch);
  if (flags.exit) return broken.length === 0 ? 0 : 1;
  await stayUp(stage, watch);
  return 0;
}

function playOf(stage: Stage, watch: Watch): Play {
  const approver = { applianceUrl: stage.appliance.url, operatorKey: stage.operatorKey };
  return { stage, screen, watch, approver, alone: flags.exit, signal: stop.signal };
}

function introduce({ say }: Screen): void {
  say('Leeway, the demo: two models on real US flights of January to June 2001, played in minutes.');
  say(`Data folder, emptied at the start: ${resolve(flags.data)}`);
  say('Starting: training the models on January, opening the stores …');
}

async function present({
  story,
  appliance,
  serving,
  standIns,
  flightsInData,
  flightsSampled,
}: Stage): Promise<void> {
  const { say } = screen;
  say(
    `Flights in the data: ${countText(flightsInData)}; every ${SAMPLE_EVERY}th is taken: ${countText(flightsSampled)}. January's are the training set, the others are played.`,
  );
  for (const { tenant, model, quality } of serving.introduction.models)
    say(`  ${model} of ${tenant}: ${quality}`);
  say(`Story time runs from ${timeText(story.startMs)} to ${timeText(story.endMs)} UTC, the present.`);
  say(`  Leeway           ${await appliance.signInLink()}   (signs you in once)`);
  say(`  OTLP             ${appliance.otlpUrl}`);
  say(`  Serving process  ${serving.introduction.url}`);
  say(`  What arrived     ${standIns.url}   (stand-ins for Slack, mail, webhook, trainer)`);
}

const CHANNEL_WORDS: Readonly<Record<Channel, string>> = {
  slack: 'Slack   <-',
  email: 'Mail    <-',
  webhook: 'Webhook <-',
  trainer: 'Trainer <-',
};

function arrivalText({ channel, title, edits }: Arrival): string {
  return `${CHANNEL_WORDS[channel]} ${title}${edits === 0 ? '' : ' (updated in place)'}`;
}

async function conclude(stage: Stage, watch: Watch): Promise<readonly string[]> {
  const outcome = await outcomeOf(stage, watch);
  const summary = summaryOf(outcome);
  const broken = brokenPromises(outcome);
  screen.say('');
  screen.say(
    `The story is over: ${countText(summary.predictions)} predictions, ${countText(summary.labels)} labels; ` +
      `${countText(summary.sent)} events sent, ${countText(summary.stored)} stored.`,
  );
  screen.say(
    `Fault to page: ${summary.storyHoursFaultToAlert ?? 'never'} story hours; to the verified rollback: ${summary.storyHoursFaultToRollback ?? 'never'}.`,
  );
  for (const words of broken) screen.say(`BROKEN PROMISE: ${words}.`);
  if (flags.exit) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return broken;
}

async function outcomeOf(stage: Stage, watch: Watch): Promise<Outcome> {
  const { story, flightsInData, flightsSampled, serving, appliance, standIns } = stage;
  const count = (channel: Channel) =>
    standIns.board.arrivals().filter((arrival) => arrival.channel === channel).length;
  return {
    story,
    flightsInData,
    flightsSampled,
    served: await serving.calls.counts(),
    catalog: await appliance.telemetry.catalog(),
    counters: await appliance.control.counters(),
    seen: watch.seen(),
    arrived: {
      slack: count('slack'),
      email: count('email'),
      webhook: count('webhook'),
      trainer: count('trainer'),
    },
    wallSeconds: Math.round((performance.now() - startedMs) / 100) / 10,
  };
}

/** The last day of the data at real speed, until Ctrl-C. */
async function stayUp({ clock, feed, serving, appliance }: Stage, watch: Watch): Promise<void> {
  screen.say(
    `Leeway stays up at ${appliance.url} at real speed, with the last day's flights as they are due. Ctrl-C ends it.`,
  );
  clock.release();
  while (!stop.signal.aborted) {
    await feed.playUntil(clock.now());
    await serving.calls.flush();
    await appliance.tick();
    for (const { text } of await watch.look(clock.now())) screen.tell(clock.now(), text);
    await sleep(BEAT_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  screen.say(error instanceof Error ? error.message : String(error));
  // What was started by then keeps the process alive; the serving process ends with this one.
  process.exit(1);
}
