import type { ActionRun } from '../../server/model.ts';
import { approve, waitForViewer, type Approver } from './approval.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { deploymentsAt, isFine, stepEnd, type StoryDeployment } from './story.ts';
import { rollbackOf } from './summary.ts';
import type { Watch } from './watch.ts';
import { timeText } from './words.ts';

/** Plays the story from its start to its end. */
export interface Play {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly watch: Watch;
  readonly approver: Approver;
  /** Approve without a viewer. */
  readonly alone: boolean;
  readonly signal: AbortSignal;
}

/**
 * Step by step: everything due in the step is asked, answered, shipped and stored; then the clock moves to the step's end
 * and the appliance does all that is due by then. While it does, the next step is already asked, answered and stored, its
 * rows ahead of the clock; except in the fine steps, where a rollback must meet the very next request.
 */
export async function playStory(play: Play): Promise<void> {
  const { stage, screen, watch, signal } = play;
  const { story, clock, appliance } = stage;
  let ahead: Promise<void> | null = null;
  for (let fromMs = story.startMs; fromMs < story.endMs && !signal.aborted;) {
    const fine = isFine(story, fromMs, rollbackOf({ story, seen: watch.seen() }) !== undefined);
    const toMs = stepEnd(story, fromMs, fine);
    await (ahead ?? serveStep(play, { fromMs, toMs }));
    ahead = fine ? null : begun(play, toMs);
    clock.advanceTo(toMs);
    await appliance.tick();
    await report(play, toMs);
    screen.progress(await progressAt(stage, toMs));
    fromMs = toMs;
  }
  await ahead;
  screen.rest();
}

/** The next calm step, begun early; null where the next step is not known to be one. */
function begun(play: Play, fromMs: number): Promise<void> | null {
  const { story } = play.stage;
  if (fromMs >= story.endMs || deploymentsAt(story, fromMs).length > 0) return null;
  const step = serveStep(play, { fromMs, toMs: stepEnd(story, fromMs, false) });
  // Awaited one step later; a failure must not count as unhandled until then.
  step.catch(() => {});
  return step;
}

async function serveStep(
  { stage, screen }: Play,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  for (const deployment of deploymentsAt(stage.story, fromMs)) {
    await stage.feed.deploy(deployment.model, deployment.version);
    screen.tell(fromMs, deploymentText(deployment, stage.story.shiftMs));
  }
  await stage.feed.playUntil(toMs);
  await stage.serving.calls.flush();
}

function deploymentText({ atMs, model, version, isFault }: StoryDeployment, shiftMs: number): string {
  const date = `(${timeText(atMs - shiftMs)} in the flight data)`;
  return isFault
    ? `THE FAULT ${date}: ${model} ${version} is deployed. Its code hands kilometres to a model trained on miles.`
    : `${model} ${version} is deployed ${date}: a release without a mistake.`;
}

async function report(play: Play, nowMs: number): Promise<void> {
  for (const happening of await play.watch.look(nowMs)) play.screen.tell(nowMs, happening.text);
  const proposed = play.watch
    .seen()
    .runs.find(({ kind, state }) => kind === 'rollback' && state === 'proposed');
  // One step later the page has reached Slack, mail and webhook: on-call decides after being told.
  if (proposed === undefined || proposed.createdAtMs >= nowMs || play.signal.aborted) return;
  await decide(play, proposed);
  for (const happening of await play.watch.look(nowMs)) play.screen.tell(nowMs, happening.text);
}

async function decide(play: Play, run: ActionRun): Promise<void> {
  const { stage, screen, approver, signal } = play;
  if (play.alone) return approve(run, approver, 'approved by the demo, as --exit asks');
  screen.rest();
  screen.say('');
  screen.say('The rollback waits for you; story time stands still until you decide.');
  screen.say(
    `  Approve it at ${stage.appliance.url}/#/incidents/${run.incidentId ?? ''} or press Enter here.`,
  );
  const onEnter = () => approve(run, approver, 'approved in the terminal of the demo');
  await waitForViewer(run, stage.appliance.control, { onEnter, signal });
}

async function progressAt({ story, serving }: Stage, atMs: number) {
  const counts = await serving.calls.counts();
  return {
    atMs,
    share: (atMs - story.startMs) / (story.endMs - story.startMs),
    predictions: counts.reduce((sum, { predictions }) => sum + predictions, 0),
    labels: counts.reduce((sum, { labels }) => sum + labels, 0),
  };
}
