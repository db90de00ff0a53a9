import { countText, timeText } from './words.ts';

/** What the viewer of the demo sees in the terminal. */
export interface Screen {
  readonly say: (text: string) => void;
  /** Something that happened in the story, at its story time. */
  readonly tell: (atMs: number, text: string) => void;
  readonly progress: (progress: Progress) => void;
  /** Takes the progress line away until the next progress. */
  readonly rest: () => void;
}

export interface Progress {
  readonly atMs: number;
  /** 0..1 of the story. */
  readonly share: number;
  readonly predictions: number;
  readonly labels: number;
}

export interface Terminal {
  readonly write: (text: string) => void;
  /** Whether a line can be written over. */
  readonly isTTY: boolean;
  /** Milliseconds that only grow. */
  readonly stopwatch: () => number;
}

const WEEK_MS = 7 * 86_400_000;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** On a terminal the progress line stands at the bottom and changes in place; elsewhere one line a story week. */
export function createScreen(terminal: Terminal): Screen {
  const state = { line: '', drawnAtMs: -Infinity, week: -1 };
  const say = (text: string) => {
    if (!terminal.isTTY || state.line === '') terminal.write(`${text}\n`);
    else terminal.write(`${CLEAR_LINE}${text}\n${state.line}`);
  };
  const redraw = (text: string) => {
    if (terminal.stopwatch() - state.drawnAtMs < REDRAW_MS) return;
    state.drawnAtMs = terminal.stopwatch();
    state.line = text;
    terminal.write(`${CLEAR_LINE}${text}`);
  };
  const weekly = (atMs: number, text: string) => {
    const week = Math.floor(atMs / WEEK_MS);
    if (week === state.week) return;
    state.week = week;
    terminal.write(`${text}\n`);
  };
  return {
    say,
    tell: (atMs, text) => say(`${timeText(atMs)}  ${text}`),
    progress: (progress) => {
      const text = progressText(progress);
      if (terminal.isTTY) redraw(text);
      else weekly(progress.atMs, text);
    },
    rest: () => {
      if (state.line !== '') terminal.write(CLEAR_LINE);
      state.line = '';
    },
  };
}

function progressText({ atMs, share, predictions, labels }: Progress): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${timeText(atMs)} ${percent}  ${countText(predictions)} predictions, ${countText(labels)} labels`;
}
