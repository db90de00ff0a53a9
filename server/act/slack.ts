import { LogLevel, WebClient, type Logger } from '@slack/web-api';
import type { Delivery, DeliveryOutcome, Notice } from '../model.ts';
import { messageOf, overText, payloadOf, shortened } from './message.ts';
import { failed, retry, sent } from './outcome.ts';
import { wordsFor, withFailures, type OwnWords } from './own-words.ts';
import { isGone, outcomeOf } from './slack-answers.ts';
import { escaped, POSSIBLE_REPEAT, slackMessage } from './slack-blocks.ts';
import { findMessage, findReply, metadataOf } from './slack-find.ts';
import { addToThread } from './slack-thread.ts';
import { Turns } from './slack-turns.ts';
import type { DeliveryContext, ReceiverPart, SettingsOf } from './types.ts';

const TIMEOUT_MS = 10_000;
/** chat.postMessage: about one a second in a channel, and a few at once (docs.slack.dev, rate limits). */
const POSTS = new Turns({ everyMs: 1_000, burst: 3, longestMs: 3_000 });
/** chat.update: some fifty a minute; counted by channel, so that none waits for another. */
const UPDATES = new Turns({ everyMs: 1_200, burst: 10, longestMs: 3_000 });

type Context = DeliveryContext<SettingsOf<'slack'>>;

/**
 * Slack: the first notice of a group is a message, later ones rewrite it in place and say in its thread what changed. The
 * library's own retries, queue and waits are off: the outbox decides when to try again.
 */
export const slack: ReceiverPart<'slack'> = {
  type: 'slack',
  secrets: ({ token }) => [token],
  attempt: async (delivery, context) => {
    const payload = payloadOf(delivery);
    if (payload.kind !== 'notice')
      return failed('Slack cannot be asked to retrain; name a webhook receiver in retrain');
    const { notice } = payload;
    const own = wordsFor(context, notice);
    return tell({ client: clientOf(context), delivery, notice, own, context });
  },
};

export interface Telling {
  readonly client: WebClient;
  readonly delivery: Delivery;
  readonly notice: Notice;
  readonly own: OwnWords<'slack'>;
  readonly context: Context;
}

export interface Place {
  readonly channel: string;
  readonly ts: string;
}

async function tell(telling: Telling): Promise<DeliveryOutcome> {
  const channel = telling.delivery.thread?.['channel'];
  const ts = telling.delivery.thread?.['ts'];
  try {
    if (channel === undefined || ts === undefined) return await tellFirst(telling);
    return await update(telling, { channel, ts });
  } catch (error) {
    if (error instanceof NotYet) return error.outcome;
    return outcomeOf(error, telling.context.now());
  }
}

/** Without a message: an attempt before may have made one, which is looked for and then only brought up to date. */
async function tellFirst(telling: Telling): Promise<DeliveryOutcome> {
  const { client, delivery, notice, context } = telling;
  const found = delivery.mayRepeat ? await findMessage(client, context.settings.channel, notice) : 'none';
  if (found === 'later' && delivery.attempt <= MOST_ASKING) return ASK_LATER;
  if (found === 'unsure' || found === 'later') return post(telling, { mayRepeat: true });
  if (found === 'none') return isNothingToCorrect(notice) ? NOTHING : post(telling, { mayRepeat: false });
  await turn(UPDATES, telling, () => client.chat.update({ ...found, ...bodyOf(telling, false) }));
  return sent('found the message of a lost answer, and updated it', found);
}

/** A duplicate beats a miss: after so many tries nobody is asked any more. */
const MOST_ASKING = 3;
const ASK_LATER = retry('Slack did not say whether the message has arrived already');

const NOTHING = sent('there is no message to correct, and nobody is to be called');

/** A quiet notice only makes messages true again. */
function isNothingToCorrect({ isQuiet, firing }: Notice): boolean {
  return isQuiet && firing.length === 0;
}

async function post(
  telling: Telling,
  { mayRepeat }: { readonly mayRepeat: boolean },
): Promise<DeliveryOutcome> {
  const { client, notice, context } = telling;
  const { channel, ts } = await turn(POSTS, telling, () =>
    client.chat.postMessage({
      channel: context.settings.channel,
      ...bodyOf(telling, mayRepeat),
      metadata: metadataOf(notice),
      unfurl_links: false,
      unfurl_media: false,
    }),
  );
  const said = mayRepeat ? 'posted a message, marked as a possible repeat' : 'posted a message';
  if (typeof channel !== 'string' || typeof ts !== 'string')
    return sent('posted; Slack named no message, so the next notice will be a new one');
  addToThread(telling, { channel, ts });
  return sent(said, { channel, ts });
}

async function update(telling: Telling, place: Place): Promise<DeliveryOutcome> {
  const { client, notice } = telling;
  try {
    await turn(UPDATES, telling, () => client.chat.update({ ...place, ...bodyOf(telling, false) }));
  } catch (error) {
    if (!isGone(error)) throw error;
    return notice.isQuiet ? NOTHING : tellFirst(telling);
  }
  if (!notice.isQuiet) await reply(telling, place);
  return sent('updated the message', { ...place });
}

/** What changed, in the thread; once, as far as Slack can be asked. */
async function reply(telling: Telling, place: Place): Promise<void> {
  const { client, delivery, notice } = telling;
  const change = changeOf(notice);
  if (change === null) return;
  const found = delivery.mayRepeat ? await findReply(client, place, notice) : 'none';
  if (typeof found === 'object') return;
  const mark = found !== 'none' ? `${POSSIBLE_REPEAT}\n` : '';
  await turn(POSTS, telling, () =>
    client.chat.postMessage({
      channel: place.channel,
      thread_ts: place.ts,
      text: `${mark}${escaped(change)}`,
      metadata: metadataOf(notice),
      unfurl_links: false,
    }),
  );
  if (notice.reason === 'new_alerts') addToThread(telling, place);
}

/** With what happened to notices that this one was sent instead of. */
function changeOf(notice: Notice): string | null {
  const { change } = messageOf(notice);
  const { update, reason } = notice;
  if (change === null || update === undefined || reason === 'incident_update') return change;
  return `${change}\n${shortened(update, MAX_UPDATE)}`;
}

const MAX_UPDATE = 600;

function bodyOf({ notice, own, context }: Telling, mayRepeat: boolean) {
  const said = withFailures(messageOf(notice), context.settings.id, own.failures);
  const message = { ...said, title: own.words.title ?? said.title };
  const ownText = own.words.text === undefined ? null : { text: own.words.text, over: overText(notice) };
  const { text, blocks } = slackMessage({ message, own: ownText, digest: notice.digest, mayRepeat });
  return { text, blocks };
}

/** Carries the outcome of an attempt that had to stop before a call. */
class NotYet extends Error {
  readonly outcome: DeliveryOutcome;

  constructor(delayMs: number) {
    super('not yet');
    this.outcome = retry('delayed: Slack takes about one message a second in a channel', delayMs, 'delayed');
  }
}

/** Calls when the channel has room; a pause that Slack asks for holds this channel's turns only. */
async function turn<T>(
  turns: Turns,
  { context, delivery, notice }: Telling,
  call: () => Promise<T>,
): Promise<T> {
  const { apiUrl, channel, token } = context.settings;
  const lane = JSON.stringify([apiUrl, token, delivery.thread?.['channel'] ?? channel]);
  const delayMs = await turns.take(lane, notice.severity === 'page' && !notice.isQuiet);
  if (delayMs > 0) throw new NotYet(delayMs);
  try {
    return await call();
  } catch (error) {
    const outcome = outcomeOf(error, context.now());
    if (outcome.kind === 'retry' && outcome.reason === 'rate') turns.hold(lane, outcome.afterMs ?? 1_000);
    throw error;
  }
}

function clientOf(context: Context): WebClient {
  const { settings } = context;
  return new WebClient(settings.token, {
    ...(settings.apiUrl === null ? {} : { slackApiUrl: settings.apiUrl }),
    fetch: context.fetch,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    timeout: context.timeoutMs ?? TIMEOUT_MS,
    logger: QUIET,
  });
}

/** The library would write to the console; what matters comes back as an outcome. */
const QUIET: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
