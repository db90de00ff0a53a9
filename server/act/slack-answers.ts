import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import type { DeliveryOutcome, FailureReason } from '../model.ts';
import { failed, outcomeOfError, outcomeOfStatus, retry, unknown } from './outcome.ts';

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
const PASSING: Readonly<Record<string, FailureReason>> = {
  ratelimited: 'rate',
  rate_limited: 'rate',
  internal_error: 'server',
  fatal_error: 'server',
  service_unavailable: 'server',
  request_timeout: 'timeout',
  team_added_to_org: 'server',
};
const AUTH = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'missing_scope',
  'not_allowed_token_type',
  'ekm_access_denied',
]);

/** What a call that ended in an exception of the library means. */
export function outcomeOf(error: unknown, nowMs: number): DeliveryOutcome {
  if (error instanceof WebAPIRateLimitedError)
    return retry('Slack asked to slow down', error.retryAfter * 1000, 'rate');
  if (error instanceof WebAPIHTTPError) return outcomeOfHttp(error, nowMs);
  if (error instanceof WebAPIRequestError) return outcomeOfError(error.original, TARGET);
  if (error instanceof WebAPIPlatformError) return refusal(error.data.error);
  // The library's own words for a 429 that names no time.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain'))
    return retry('Slack asked to slow down', null, 'rate');
  return outcomeOfError(error, TARGET);
}

/** A server error without a time to come back may have come after the message was taken. */
function outcomeOfHttp({ statusCode: status, headers }: WebAPIHTTPError, nowMs: number): DeliveryOutcome {
  const retryAfter = headers['retry-after'] ?? null;
  if (status >= 500 && retryAfter === null) return unknown(`Slack answered ${status}`);
  return outcomeOfStatus({ host: TARGET, status, retryAfter, nowMs });
}

function refusal(name: unknown): DeliveryOutcome {
  if (typeof name !== 'string' || !/^[a-z_]{1,60}$/.test(name))
    return retry('Slack gave an answer that is not Slack’s; is apiUrl right?');
  const passing = PASSING[name];
  if (passing !== undefined) return retry(`Slack refused: ${name}`, null, passing);
  return failed(`Slack refused: ${name}`, AUTH.has(name) ? 'auth' : 'client');
}

/** Whether the message that was to be changed cannot be changed any more. */
export function isGone(error: unknown): boolean {
  return error instanceof WebAPIPlatformError && POST_ANEW.has(error.data.error);
}
