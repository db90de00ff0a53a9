import { DATA_TIME } from '../flights.ts';
import { CLASSIFIER, REGRESSION } from '../models/catalog.ts';

/** The story's moments and its pace; all times are story time unless the name says data time. */

export interface StoryDeployment {
  readonly atMs: number;
  readonly model: string;
  readonly version: string;
  readonly isFault: boolean;
}

export interface Story {
  /** What to add to data time to get story time. */
  readonly shiftMs: number;
  /**
   * The first midnight, UTC, after the training set: models are judged by whole days, and a first day that began in the
   * afternoon would differ from January by its hours alone.
   */
  readonly startMs: number;
  readonly endMs: number;
  readonly faultMs: number;
  /** In order of time. */
  readonly deployments: readonly StoryDeployment[];
}

/** A calm release, so that a new version alone is seen to trouble nobody. */
const CALM_RELEASE_DATA_MS = Date.UTC(2001, 3, 10, 9);
/** The release with the mistake comes at 01:00 story time of the first story day after this. */
const FAULT_AFTER_DATA_MS = Date.UTC(2001, 5, 18, 12);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The appliance's work a step is mostly waiting for the disk, so longer calm steps make a shorter story. */
const STEP_MS = { calm: 2 * HOUR_MS, fine: HOUR_MS / 6 } as const;

export function storyOf(shiftMs: number): Story {
  const faultMs = faultAt(shiftMs);
  return {
    shiftMs,
    startMs: Math.ceil((DATA_TIME.trainingEndMs + shiftMs) / DAY_MS) * DAY_MS,
    endMs: DATA_TIME.endMs + shiftMs,
    faultMs,
    deployments: [
      { atMs: CALM_RELEASE_DATA_MS + shiftMs, model: REGRESSION.model, version: 'v2', isFault: false },
      { atMs: faultMs, model: CLASSIFIER.model, version: 'v2', isFault: true },
    ],
  };
}

/** Windows are days of story time: so early in one, the story is the same at whatever hour of the day it is played. */
function faultAt(shiftMs: number): number {
  return Math.ceil((FAULT_AFTER_DATA_MS + shiftMs) / DAY_MS) * DAY_MS + HOUR_MS;
}

/** Whether time goes in small steps: from the fault until the rollback is proven. */
export function isFine(story: Story, nowMs: number, isRolledBack: boolean): boolean {
  return nowMs >= story.faultMs && !isRolledBack;
}

/** Where the step that begins at `fromMs` ends: at most one step on, never beyond a deployment or the story's end. */
export function stepEnd(story: Story, fromMs: number, fine: boolean): number {
  const stepMs = fine ? STEP_MS.fine : STEP_MS.calm;
  const beat = (Math.floor(fromMs / stepMs) + 1) * stepMs;
  const stops = [story.endMs, ...story.deployments.map(({ atMs }) => atMs)].filter((atMs) => atMs > fromMs);
  return Math.min(beat, ...stops);
}

/** What is deployed between the end of the step before and the first request of the step that begins at `fromMs`. */
export function deploymentsAt(story: Story, fromMs: number): readonly StoryDeployment[] {
  return story.deployments.filter(({ atMs }) => atMs === fromMs);
}
