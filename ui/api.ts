import type {
  Matcher,
  ActionRun,
  AlertExplanationTold,
  AlertList,
  ApiError,
  DeliveryList,
  Fleet,
  IncidentDetail,
  IncidentList,
  IncidentMetricsTold,
  IngestStatus,
  Me,
  ModelDetail,
  NewKey,
  ReceiverList,
  ReceiverTest,
  PendingAlertList,
  Scope,
  ScoreExplanation,
  SilenceList,
  SilencePreviewTold,
} from './types.ts';

/** The one client of the REST API. Every failure is an ApiFailure; being signed out is told to the window. */

const BASE = new URL('api/v1/', document.baseURI);
export const SIGNED_OUT = 'lw-signed-out';

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly requestId: string | null;

  constructor(message: string, options: { readonly status: number; readonly requestId: string | null }) {
    super(message);
    this.status = options.status;
    this.requestId = options.requestId;
  }
}

interface IncidentVerdict {
  readonly reason: string;
  /** null: not answered. */
  readonly actionable: boolean | null;
}

/** `note`: what was typed was not all kept, and why. */
interface Noted {
  readonly note?: string;
}

interface Call {
  readonly method?: 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export const api = {
  eventsUrl: new URL('events', BASE).href,
  me: (signal?: AbortSignal) => call<Me>('me', { ...(signal && { signal }) }),
  signIn: (key: string) => call<Me>('session', { method: 'POST', body: { key } }),
  signOut: () => call<unknown>('session', { method: 'DELETE' }),
  fleet: (signal: AbortSignal) => call<Fleet>('fleet', { signal }),
  model: (
    key: { readonly tenant: string; readonly model: string; readonly window: string | null },
    signal: AbortSignal,
  ) => {
    const window = key.window === null ? '' : `?window=${encodeURIComponent(key.window)}`;
    return call<ModelDetail>(path`models/${key.tenant}/${key.model}` + window, { signal });
  },
  explain: (scoreId: string, signal: AbortSignal) =>
    call<ScoreExplanation>(path`scores/${scoreId}/explain`, { signal }),
  resolve: (alertId: string) => call<unknown>(path`alerts/${alertId}/resolve`, { method: 'POST' }),
  acknowledge: (alertId: string) => call<unknown>(path`alerts/${alertId}/acknowledge`, { method: 'POST' }),
  receivers: (signal: AbortSignal) => call<ReceiverList>('receivers', { signal }),
  testReceiver: (id: string) => call<ReceiverTest>(path`receivers/${id}/test`, { method: 'POST' }),
  silences: (signal: AbortSignal) => call<SilenceList>('silences', { signal }),
  endedSilences: (signal: AbortSignal) => call<SilenceList>('silences?state=expired', { signal }),
  silence: (body: {
    readonly tenant: string;
    readonly matchers: readonly Matcher[];
    readonly durationMs: number;
    readonly reason: string;
  }) => call<Noted>('silences', { method: 'POST', body }),
  endSilence: (id: string) => call<unknown>(path`silences/${id}`, { method: 'DELETE' }),
  previewSilence: (
    body: { readonly tenant: string; readonly matchers: readonly Matcher[] },
    signal: AbortSignal,
  ) => call<SilencePreviewTold>('silences/preview', { method: 'POST', body, signal }),
  firing: (signal: AbortSignal) => call<AlertList>('alerts?state=firing', { signal }),
  pending: (signal: AbortSignal) => call<PendingAlertList>('alerts/pending', { signal }),
  whyTold: (alertId: string, signal: AbortSignal) =>
    call<AlertExplanationTold>(path`alerts/${alertId}/explain`, { signal }),
  incidentFigures: (
    asked: { readonly since: string; readonly tenant: string | null; readonly model: string | null },
    signal: AbortSignal,
  ) => {
    const query = Object.entries(asked).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    return call<IncidentMetricsTold>(`incidents/metrics?${new URLSearchParams(query).toString()}`, {
      signal,
    });
  },
  mitigate: (id: string, reason: string) =>
    call<Noted>(path`incidents/${id}/mitigate`, { method: 'POST', body: { reason } }),
  resolveIncident: (id: string, body: IncidentVerdict) =>
    call<Noted>(path`incidents/${id}/resolve`, { method: 'POST', body }),
  comment: (id: string, body: IncidentVerdict) =>
    call<Noted>(path`incidents/${id}/comments`, { method: 'POST', body }),
  postMortemUrl: (id: string, format: 'markdown' | 'json') =>
    new URL(path`incidents/${id}/post-mortem` + `?format=${format}`, BASE).href,
  incidents: (signal: AbortSignal) => call<IncidentList>('incidents', { signal }),
  incident: (id: string, signal: AbortSignal) => call<IncidentDetail>(path`incidents/${id}`, { signal }),
  approve: (runId: string, body: { readonly planHash: string; readonly reason: string }) =>
    call<ActionRun>(path`runs/${runId}/approve`, { method: 'POST', body }),
  deliveries: (signal: AbortSignal) => call<DeliveryList>('deliveries', { signal }),
  deadDeliveries: (signal: AbortSignal) => call<DeliveryList>('deliveries?state=dead', { signal }),
  replayDelivery: (id: string) => call<unknown>(path`deliveries/${id}/replay`, { method: 'POST' }),
  ingestStatus: (tenant: string, signal: AbortSignal) =>
    call<IngestStatus>(`ingest/status?tenant=${encodeURIComponent(tenant)}`, { signal }),
  createKey: (body: { readonly tenant: string; readonly scopes: readonly Scope[] }) =>
    call<NewKey>('keys', { method: 'POST', body }),
};

function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

async function call<T>(address: string, { method, body, signal }: Call): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== undefined) headers['x-leeway-csrf'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await reach(new URL(address, BASE), {
    headers,
    credentials: 'same-origin',
    ...(method && { method }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  if (response.status === 401 && address !== 'session') window.dispatchEvent(new Event(SIGNED_OUT));
  if (!response.ok) throw await failureOf(response);
  const text = await response.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiFailure('Leeway does not answer. It may be restarting, or the network is down.', {
      status: 0,
      requestId: null,
    });
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const answer = (await response.json().catch(() => null)) as ApiError | null;
  return new ApiFailure(answer?.error.message ?? `Leeway answered with status ${response.status}.`, {
    status: response.status,
    requestId: answer?.error.requestId ?? response.headers.get('x-request-id'),
  });
}
