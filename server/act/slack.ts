import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type Logger,
} from '@slack/web-api';
import type { Delivery, DeliveryOutcome } from '../model.ts';
import { messageOf, payloadOf, type Message } from './message.ts';
import { failed, outcomeOfError, outcomeOfStatus, retry, sent } from './outcome.ts';
import { escaped, slackMessage } from './slack-blocks.ts';
import type { DeliveryContext, ReceiverPart, SettingsOf } from './types.ts';

const TIMEOUT_MS = 10_000;
const TARGET = 'Slack';

/** The message a thread points at is gone or closed to edits: a new one is posted. */
const POST_ANEW = new Set([
  'message_not_found',
  'cant_update_message',
  'cant_update',
  'edit_window_closed',
  'thread_not_found',
]);
/** Slack's own troubles; every other refusal stays the same at the next attempt. */
const PASSING = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

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
    try {
      return await tell(clientOf(context), { delivery, message: messageOf(payload.notice), context });
    } catch (error) {
      return outcomeOf(error, context.now());
    }
  },
};

interface Telling {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly context: Context;
}

async function tell(client: WebClient, telling: Telling): Promise<DeliveryOutcome> {
  const { thread } = telling.delivery;
  const channel = thread?.['channel'];
  const ts = thread?.['ts'];
  if (channel === undefined || ts === undefined) return post(client, telling);
  try {
    return await update(client, telling.message, { channel, ts });
  } catch (error) {
    if (error instanceof WebAPIPlatformError && POST_ANEW.has(error.data.error)) return post(client, telling);
    throw error;
  }
}

async function post(client: WebClient, { message, context }: Telling): Promise<DeliveryOutcome> {
  const { channel, ts } = await client.chat.postMessage({
    channel: context.settings.channel,
    ...slackMessage(message),
    unfurl_links: false,
    unfurl_media: false,
  });
  if (typeof channel !== 'string' || typeof ts !== 'string')
    return sent('posted; Slack named no message, so the next notice will be a new one');
  return sent('posted a message', { channel, ts });
}

async function update(
  client: WebClient,
  message: Message,
  { channel, ts }: { readonly channel: string; readonly ts: string },
): Promise<DeliveryOutcome> {
  await client.chat.update({ channel, ts, ...slackMessage(message) });
  if (message.change !== null)
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      text: escaped(message.change),
      unfurl_links: false,
    });
  return sent('updated the message', { channel, ts });
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

function outcomeOf(error: unknown, nowMs: number): DeliveryOutcome {
  if (error instanceof WebAPIRateLimitedError)
    return retry('Slack asked to slow down', error.retryAfter * 1000);
  if (error instanceof WebAPIHTTPError) {
    const retryAfter = error.headers['retry-after'] ?? null;
    return outcomeOfStatus({ host: TARGET, status: error.statusCode, retryAfter, nowMs });
  }
  if (error instanceof WebAPIRequestError) return outcomeOfError(error.original, TARGET);
  if (error instanceof WebAPIPlatformError) return refusal(error.data.error);
  return outcomeOfError(error, TARGET);
}

function refusal(name: unknown): DeliveryOutcome {
  if (typeof name !== 'string' || !/^[a-z_]{1,60}$/.test(name))
    return retry('Slack gave an answer that is not Slack’s; is apiUrl right?');
  return PASSING.has(name) ? retry(`Slack refused: ${name}`) : failed(`Slack refused: ${name}`);
}
