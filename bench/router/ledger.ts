import { modelOf } from './config.ts';
import type { Outside } from './receivers.ts';

/** What was due, held against what reached the receivers. */

export interface Verdict {
  /** Pages of which a receiver was never told. */
  readonly pagesLost: number;
  /** Pages of which a receiver believes at the end what is not so. */
  readonly untrue: number;
  /** Webhooks and Slack messages that came again. */
  readonly duplicates: number;
  readonly duplicatesInSlack: number;
  /** Those of them that carry neither the id of the first nor the words "possible repeat". */
  readonly duplicatesUnmarked: number;
}

export interface Due {
  readonly fired: ReadonlySet<number>;
  /** Models that fire at the end. */
  readonly firing: ReadonlySet<string>;
}

export function verdictOf({ fired, firing }: Due, outside: Outside): Verdict {
  const hooks = Map.groupBy(outside.arrived, ({ model }) => model);
  const messages = Map.groupBy(messagesOf(outside), ({ model }) => model);
  const pages = [...fired].map((page) => ({
    page,
    hooks: hooks.get(modelOf(page)) ?? [],
    messages: messages.get(modelOf(page)) ?? [],
  }));
  const twice = [...messages.values()].flatMap((same) => same.slice(1));
  const hookRepeats = outside.arrived.length - new Set(outside.arrived.map(({ id }) => id)).size;
  return {
    pagesLost: pages.reduce(
      (sum, each) => sum + Number(each.hooks.length === 0) + Number(each.messages.length === 0),
      0,
    ),
    untrue: pages.filter((each) => {
      const isOver = !firing.has(modelOf(each.page));
      const ends = [each.hooks.at(-1)?.isResolved, each.messages.at(-1)?.isResolved];
      return ends.some((end) => end !== undefined && end !== isOver);
    }).length,
    duplicates: hookRepeats + twice.length,
    duplicatesInSlack: twice.length,
    // A webhook that comes again has the id of the first, which is how it was counted.
    duplicatesUnmarked: twice.filter(({ wasMarked }) => !wasMarked).length,
  };
}

interface SlackMessage {
  readonly model: string;
  readonly isResolved: boolean;
  readonly wasMarked: boolean;
}

/** First messages of threads, with what they say now and whether they were marked when they were posted. */
function messagesOf({ slack }: Outside): readonly SlackMessage[] {
  return [...slack.messages.values()]
    .filter((fields) => fields['thread_ts'] === undefined)
    .map((fields) => ({
      model: /\bt\d\/(page-\d+),/.exec(fields['blocks'] ?? '')?.[1] ?? '',
      isResolved: (fields['text'] ?? '').includes('Resolved'),
      wasMarked: fields['posted']?.startsWith('Possible repeat') ?? false,
    }));
}
