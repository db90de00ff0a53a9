import type { Clock } from './clock.ts';
import { BytesInFlight } from './ingest/http.ts';
import type { HeaderLookup, IngestOptions, RefusedUnread } from './ingest/http.ts';
import type { IngestObservation } from './metrics.ts';
import type { Control, Telemetry } from './ports.ts';
import type { Settings } from './settings.ts';
import type { LiveEvents } from './show/live-events.ts';
import type { Metrics } from './show/prometheus.ts';

interface Joined {
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly metrics: Metrics;
  readonly events: LiveEvents;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly refusedUnread: RefusedUnread;
}

/** Joins ingest to the stores: keys are looked up in the control store, so that a revoked one ends at once. */
export function ingestOptions({
  telemetry,
  control,
  metrics,
  events,
  clock,
  settings,
  refusedUnread,
}: Joined): IngestOptions {
  return {
    ingest: async (request) => {
      const reply = await telemetry.ingest(request);
      for (const { model, text } of reply.notices ?? [])
        events.publish({ kind: 'schema', tenant: request.tenant, model, id: '', text, atMs: clock.now() });
      return reply;
    },
    authenticate: async (headers) => {
      const key = keyOf(headers);
      return key === null ? 'missing' : ((await control.principalOfKey(key)) ?? 'unknown');
    },
    now: clock.now,
    limits: settings.limits,
    inFlight: new BytesInFlight(settings.limits.maxBytesInFlight),
    onRefusedUnread: (refused) => refusedUnread.add(refused),
    onIngest: (observation) => {
      metrics.ingest(observation);
      publishIngest(observation, events, clock.now());
    },
  };
}

/** Serving stacks that log to an address only send the key as its password: http://leeway:KEY@host/. */
export function keyOf(headers: HeaderLookup): string | null {
  const [, scheme = '', text = ''] =
    /^(Bearer|Basic)\s+(\S+)\s*$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return text;
  if (scheme.toLowerCase() !== 'basic') return headers.get('x-api-key');
  const pair = Buffer.from(text, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function publishIngest(
  { tenant, status, accepted }: IngestObservation,
  events: LiveEvents,
  atMs: number,
): void {
  if (tenant === null) return;
  const text = `${accepted.predictions} predictions and ${accepted.labels} labels, answered ${status}`;
  events.publish({ kind: 'ingest', tenant, model: null, id: '', text, atMs });
}
