import { expect, test } from 'vitest';
import { deploymentsAt, isFine, stepEnd, storyOf } from '../../../demo/director/story.ts';

const HOUR_MS = 3_600_000;
const story = storyOf(Date.UTC(2026, 10, 21, 14) - Date.UTC(2001, 5, 30));

/** All steps of the story as the director takes them, with the rollback proven 30 hours after the fault. */
function steps() {
  const all: { readonly fromMs: number; readonly toMs: number }[] = [];
  for (let fromMs = story.startMs; fromMs < story.endMs;) {
    const fine = isFine(story, fromMs, fromMs >= story.faultMs + 30 * HOUR_MS);
    const toMs = stepEnd(story, fromMs, fine);
    all.push({ fromMs, toMs });
    fromMs = toMs;
  }
  return all;
}

test('the story runs from the first whole day after the training month to the present', () => {
  const afterTrainingMs = Date.UTC(2001, 1, 1) + story.shiftMs;
  expect(story.startMs % (24 * HOUR_MS)).toBe(0);
  expect(story.startMs - afterTrainingMs).toBeGreaterThanOrEqual(0);
  expect(story.startMs - afterTrainingMs).toBeLessThan(24 * HOUR_MS);
  expect(story.endMs).toBe(Date.UTC(2026, 10, 21, 14));
});

test('every deployment falls exactly between two steps, once', () => {
  const deployed = steps().flatMap(({ fromMs }) => deploymentsAt(story, fromMs));
  expect(deployed).toEqual(story.deployments);
  expect(deployed.map(({ isFault }) => isFault)).toEqual([false, true]);
  expect(deployed.at(-1)?.atMs).toBe(story.faultMs);
});

test('steps are two hours, ten minutes from the fault until the rollback is proven, and end with the story', () => {
  const all = steps();
  const longest = (from: number, to: number) =>
    Math.max(
      ...all.filter(({ fromMs }) => fromMs >= from && fromMs < to).map(({ fromMs, toMs }) => toMs - fromMs),
    );
  expect(longest(story.startMs, story.faultMs)).toBe(2 * HOUR_MS);
  expect(longest(story.faultMs, story.faultMs + 30 * HOUR_MS)).toBe(HOUR_MS / 6);
  expect(longest(story.faultMs + 30 * HOUR_MS, story.endMs)).toBe(2 * HOUR_MS);
  expect(all.at(-1)?.toMs).toBe(story.endMs);
});
