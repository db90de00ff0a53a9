import { expect, test } from 'vitest';
import { createScreen } from '../../../demo/director/screen.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 5, 4);

function screenOn(isTTY: boolean) {
  const written: string[] = [];
  const state = { nowMs: 0 };
  const screen = createScreen({ write: (text) => written.push(text), isTTY, stopwatch: () => state.nowMs });
  const progress = (day: number) =>
    screen.progress({ atMs: START_MS + day * DAY_MS, share: day / 30, predictions: day * 1000, labels: 0 });
  return { screen, written, progress, state };
}

test('without a terminal there is one line a story week', () => {
  const { written, progress } = screenOn(false);
  for (let day = 0; day < 21; day += 1) progress(day);
  expect(written).toHaveLength(3);
  expect(written[1]).toBe('2026-06-11 00:00  23 %  7,000 predictions, 0 labels\n');
});

test('on a terminal the progress line is written over, at most ten times a second', () => {
  const { written, progress, state } = screenOn(true);
  for (let day = 0; day < 20; day += 1) {
    state.nowMs = day * 10;
    progress(day);
  }
  expect(written).toHaveLength(2);
  expect(written.join('')).not.toContain('\n');
});

test('what happens is told above the progress line, which stays', () => {
  const { screen, written, progress } = screenOn(true);
  progress(1);
  screen.tell(START_MS, 'PAGE  distance moved');
  expect(written.at(-1)).toBe(
    '\r\u001b[2K2026-06-04 00:00  PAGE  distance moved\n2026-06-05 00:00   3 %  1,000 predictions, 0 labels',
  );
});

test('at rest the progress line is gone, and text stands alone', () => {
  const { screen, written, progress } = screenOn(true);
  progress(1);
  screen.rest();
  screen.say('The story is over.');
  expect(written.slice(1)).toEqual(['\r\u001b[2K', 'The story is over.\n']);
});
