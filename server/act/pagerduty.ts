import { createHash } from 'node:crypto';
import type { Delivery, DeliveryOutcome, Notice } from '../model.ts';
import { errorInBody } from './answer-body.ts';
import { outcomeOfCall } from './call-outcome.ts';
import { messageOf, payloadOf, shortened } from './message.ts';
import { failed, outcomeOfStatus, retry, sent } from './outcome.ts';
import { failureText, wordsFor } from './own-words.ts';
import { hostOf } from './signed-post.ts';
import type { DeliveryContext, ReceiverPart, SettingsOf } from './types.ts';

/** PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2/overview */

export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
const TIMEOUT_MS = 15_000;
/** Of PagerDuty: a summary has 1,024 characters, an event 512 kB. */
const MAX_SUMMARY = 1024;

/** A group of alerts is one alert of PagerDuty: notices about it trigger, acknowledge and resolve it by its key. */
export const pagerduty: ReceiverPart<'pagerduty'> = {
  type: 'pagerduty',
  secrets: ({ routingKey }) => [routingKey],
  attempt: async (delivery, context) => {
    const payload = payloadOf(delivery);
    if (payload.kind !== 'notice')
      return failed('PagerDuty cannot be asked to retrain; name a webhook receiver in retrain');
    const action = actionOf(payload.notice);
    if (action === null)
      return sent('PagerDuty is not called: the notice tells of nothing that ends or calls');
    return post(eventOf(delivery, payload.notice, { action, context }), context);
  },
};

type Action = 'trigger' | 'acknowledge' | 'resolve';

/** What fires is triggered again by every notice (PagerDuty joins it by its key), but nobody is called by a quiet one. */
function actionOf(notice: Notice): Action | null {
  if (notice.firing.length === 0) return notice.resolved.length > 0 ? 'resolve' : null;
  if (notice.reason === 'acknowledged') return 'acknowledge';
  return notice.isQuiet ? null : 'trigger';
}

/**
 * The group, not the incident: an incident joins several groups, and the first to end would end what others still tell of.
 * At most 255 characters.
 */
function dedupKeyOf({ receiver, tenant, labels }: Notice): string {
  const sorted = Object.entries(labels).toSorted(([first], [second]) => (first < second ? -1 : 1));
  return `leeway-${createHash('sha256')
    .update(JSON.stringify([receiver, tenant, sorted]))
    .digest('hex')}`;
}

interface Asked {
  readonly action: Action;
  readonly context: DeliveryContext<SettingsOf<'pagerduty'>>;
}

function eventOf({ mayRepeat }: Delivery, notice: Notice, { action, context }: Asked): object {
  const { id, routingKey } = context.settings;
  const event = { routing_key: routingKey, event_action: action, dedup_key: dedupKeyOf(notice) };
  if (action !== 'trigger') return event;
  const message = messageOf(notice, { mayRepeat });
  const own = wordsFor(context, notice);
  const failure = failureText(id, own.failures);
  return {
    ...event,
    client: 'Leeway',
    client_url: notice.url,
    links: [{ href: notice.url, text: message.linkText }],
    payload: {
      summary:
        own.words.summary ?? shortened(`${notice.tenant}/${notice.model}: ${message.title}`, MAX_SUMMARY),
      source: `${notice.tenant}/${notice.model}`,
      severity: notice.severity === 'page' ? 'critical' : 'warning',
      timestamp: new Date(notice.atMs).toISOString(),
      component: notice.model,
      group: notice.tenant,
      class: notice.firing[0]?.rule,
      custom_details: {
        cause: message.cause,
        alerts: message.items.map(({ label, summary, evidence }) => `${label}: ${summary} (${evidence})`),
        omitted: message.omitted,
        notes: [...message.notes, ...(failure === null ? [] : [failure])],
      },
    },
  };
}

async function post(
  event: object,
  { settings, fetch, now, timeoutMs = TIMEOUT_MS }: DeliveryContext<SettingsOf<'pagerduty'>>,
): Promise<DeliveryOutcome> {
  const url = settings.apiUrl ?? PAGERDUTY_URL;
  const host = hostOf(url);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'leeway' },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfter = response.headers.get('retry-after');
    return answered(await response.text(), { host, status: response.status, retryAfter, nowMs: now() });
  } catch (error) {
    return outcomeOfCall(error, host);
  }
}

/** 202 takes the event; 400 never will; 429 and 5xx later. Another success is not PagerDuty's. */
function answered(text: string, answer: Parameters<typeof outcomeOfStatus>[0]): DeliveryOutcome {
  const { host, status } = answer;
  const complaint = errorInBody(text);
  if (status === 202)
    return complaint === null ? sent(`${host} took the event`) : failed(`${host}: ${complaint}`);
  if (status >= 200 && status < 300)
    return retry(
      `${host} answered ${status}, where PagerDuty answers 202${complaint === null ? '' : `: ${complaint}`}`,
    );
  const outcome = outcomeOfStatus(answer);
  return { ...outcome, detail: shortened(`${outcome.detail}: ${text}`, 300) };
}
