import type { Baseline } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { wholeWindows } from './plan.ts';
import type { DetectContext, Scored, Window } from './types.ts';
import { scoreWindow } from './window.ts';

export interface Replay {
  readonly context: DetectContext;
  readonly model: ModelSettings;
  readonly baseline: Baseline;
  readonly range: Window;
}

/** What detection says of every closed window of a range, from stored counts; oldest first. Nothing is stored. */
export async function* replayScores({
  context,
  model,
  baseline,
  range,
}: Replay): AsyncGenerator<Scored & { readonly window: Window }> {
  for (const window of wholeWindows(range, model.windowMs))
    yield { window, ...(await scoreWindow({ ...context, model, baseline, window })) };
}
