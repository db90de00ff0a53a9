import type { Evidence, ModelEntry, Score } from '../model.ts';
import type { ModelSettings } from '../settings.ts';

const HOUR_MS = 3_600_000;

/** After a start senders are given so long to send again what they could not while Leeway was away. */
export const GRACE_MS = 15 * 60_000;

/**
 * How long a model has been silent, over how long it may be; undefined before its first prediction, and while silence may
 * still be Leeway's own absence. A late import counts as a sign of life, whatever its event times. Pure.
 */
export function absenceScore(
  model: ModelSettings,
  entry: ModelEntry | undefined,
  { nowMs, startedMs }: Moment,
): Score {
  const lastMs =
    entry === undefined || entry.lastEventMs === null
      ? null
      : Math.max(entry.lastEventMs, entry.lastReceivedMs ?? 0);
  const silentMs = lastMs === null ? null : Math.max(0, nowMs - lastMs);
  const mayBeOurs = silentMs !== null && silentMs >= model.silentAfterMs && nowMs - startedMs < GRACE_MS;
  const why =
    silentMs === null
      ? 'no prediction has arrived yet'
      : mayBeOurs
        ? 'Leeway has just started; senders may still catch up'
        : null;
  return {
    tenant: model.tenant,
    model: model.model,
    detector: 'absence',
    subject: '',
    windowFromMs: nowMs - model.silentAfterMs,
    windowToMs: nowMs,
    value: silentMs === null || why !== null ? null : silentMs / model.silentAfterMs,
    why,
    lower: null,
    upper: null,
    rows: entry?.predictions ?? 0,
    baselineId: null,
    evidence: evidenceOf(model, silentMs),
  };
}

export interface Moment {
  readonly nowMs: number;
  /** When this process began to listen. */
  readonly startedMs: number;
}

function evidenceOf({ model, silentAfterMs }: ModelSettings, silentMs: number | null): Evidence {
  if (silentMs === null) return { text: 'no prediction has arrived yet' };
  const text = `last prediction ${hours(silentMs)} ago, allowed ${hours(silentAfterMs)}`;
  return silentMs < silentAfterMs
    ? { text }
    : { text, cause: `no data from ${model} for ${hours(silentMs)}` };
}

function hours(ms: number): string {
  return `${(ms / HOUR_MS).toFixed(1)} h`;
}
