import type { Alert, Delivery, DeliveryOutcome } from '../model.ts';
import { errorInBody } from './answer-body.ts';
import { outcomeOfCall } from './call-outcome.ts';
import { payloadOf, shortened } from './message.ts';
import { failed, outcomeOfStatus } from './outcome.ts';
import { hostOf } from './signed-post.ts';
import type { DeliveryContext, ReceiverPart, SettingsOf } from './types.ts';

/** An alert as `POST /api/v2/alerts` of a Prometheus Alertmanager takes it; its labels are its identity there. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

/** So many lost requests in a row resolve nothing: Prometheus itself keeps four times its interval. */
const KEPT_INTERVALS = 4;
const TIMEOUT_MS = 15_000;
/** Alerts of one request. */
const BATCH = 100;
const MAX_TEXT = 1000;

/** Hands alerts on as soon as a notice tells of them; what goes on firing is sent again by `forwardDue`. */
export const alertmanager: ReceiverPart<'alertmanager'> = {
  type: 'alertmanager',
  secrets: ({ credentials }) => secretForms(credentials),
  attempt: async (delivery, context) => {
    const payload = payloadOf(delivery);
    if (payload.kind !== 'notice')
      return failed('Alertmanager cannot be asked to retrain; name a webhook receiver in retrain');
    return postAlerts(alertsOf(delivery, context), context);
  },
};

function alertsOf(
  delivery: Delivery,
  context: DeliveryContext<SettingsOf<'alertmanager'>>,
): readonly PostableAlert[] {
  const payload = payloadOf(delivery);
  if (payload.kind !== 'notice') return [];
  const { firing, resolved, isQuiet, url } = payload.notice;
  const nowMs = context.now();
  const options = { nowMs, resendMs: context.settings.resendMs, url };
  // There, an alert that fires calls somebody, which a quiet notice does not.
  return [...(isQuiet ? [] : firing), ...resolved].map((alert) => postableAlert(alert, options));
}

/** Firing ones end in the future, so that one nobody sends again ends by itself; resolved ones ended. */
export function postableAlert(
  alert: Alert,
  options: { readonly nowMs: number; readonly resendMs: number; readonly url: string },
): PostableAlert {
  const { nowMs, resendMs, url } = options;
  const startMs = Math.min(alert.startedAtMs, nowMs);
  const endMs =
    alert.state === 'firing'
      ? nowMs + KEPT_INTERVALS * resendMs
      : Math.max(startMs, Math.min(alert.resolvedAtMs ?? nowMs, nowMs));
  return {
    labels: labelsOf(alert),
    annotations: annotationsOf(alert, url),
    startsAt: new Date(startMs).toISOString(),
    endsAt: new Date(endMs).toISOString(),
    generatorURL: url,
  };
}

/** Label names of Prometheus; an empty value is a label that is not there. */
function labelsOf(alert: Alert): Readonly<Record<string, string>> {
  const { tenant, model, subject, severity } = alert;
  const labels = { ...alert.labels, alertname: alert.rule, tenant, model, subject, severity };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) =>
      value === '' ? [] : [[name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_'), value]],
    ),
  );
}

function annotationsOf(alert: Alert, url: string): Readonly<Record<string, string>> {
  const { text, cause } = alert.evidence;
  return {
    summary: shortened(alert.summary, MAX_TEXT),
    description: shortened(cause === undefined ? text : `${text} Likely cause: ${cause}`, MAX_TEXT),
    runbook_url: url,
  };
}

/** Posts alerts, some at a time; the first request that fails ends it. */
export async function postAlerts(
  alerts: readonly PostableAlert[],
  context: Pick<DeliveryContext<SettingsOf<'alertmanager'>>, 'settings' | 'fetch' | 'now' | 'timeoutMs'>,
): Promise<DeliveryOutcome> {
  let outcome: DeliveryOutcome = { kind: 'sent', detail: 'no alerts to hand on' };
  for (let from = 0; from < alerts.length && outcome.kind === 'sent'; from += BATCH)
    outcome = await postBatch(alerts.slice(from, from + BATCH), context);
  return outcome;
}

async function postBatch(
  alerts: readonly PostableAlert[],
  { settings, fetch, now, timeoutMs = TIMEOUT_MS }: Parameters<typeof postAlerts>[1],
): Promise<DeliveryOutcome> {
  const host = hostOf(settings.url);
  try {
    const response = await fetch(`${settings.url.replace(/\/+$/, '')}/api/v2/alerts`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'leeway',
        ...authorizationOf(settings.credentials),
      },
      body: JSON.stringify(alerts),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await answered(response, { host, nowMs: now() });
  } catch (error) {
    return outcomeOfCall(error, host);
  }
}

type Credentials = SettingsOf<'alertmanager'>['credentials'];

function authorizationOf(credentials: Credentials): Readonly<Record<string, string>> {
  if (credentials === undefined) return {};
  return {
    authorization: 'token' in credentials ? `Bearer ${credentials.token}` : `Basic ${basicOf(credentials)}`,
  };
}

function basicOf({ user, password }: { readonly user: string; readonly password: string }): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

/** In plain, and as the header has it, which a broken server may echo. */
function secretForms(credentials: Credentials): readonly string[] {
  if (credentials === undefined) return [];
  return 'token' in credentials ? [credentials.token] : [credentials.password, basicOf(credentials)];
}

/** Alertmanager says 200 and nothing more; who says an error with 200 is something else at its address. */
async function answered(
  response: Response,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Promise<DeliveryOutcome> {
  const { status, headers } = response;
  const outcome = outcomeOfStatus({ host, status, retryAfter: headers.get('retry-after'), nowMs });
  const text = await response.text();
  const complaint = errorInBody(text);
  if (outcome.kind !== 'sent') return { ...outcome, detail: shortened(`${outcome.detail}: ${text}`, 300) };
  return complaint === null ? outcome : failed(`${host} answered ${status} with an error: ${complaint}`);
}
