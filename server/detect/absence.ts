import type { ModelEntry, Score } from '../model.ts';
import type { ModelSettings } from '../settings.ts';

const HOUR_MS = 3_600_000;

/** How long a model has been silent, over how long it may be; undefined before its first prediction. Pure. */
export function absenceScore(model: ModelSettings, entry: ModelEntry | undefined, nowMs: number): Score {
  const lastMs = entry?.lastEventMs ?? null;
  const silentMs = lastMs === null ? null : Math.max(0, nowMs - lastMs);
  return {
    tenant: model.tenant,
    model: model.model,
    detector: 'absence',
    subject: '',
    windowFromMs: nowMs - model.silentAfterMs,
    windowToMs: nowMs,
    value: silentMs === null ? null : silentMs / model.silentAfterMs,
    why: silentMs === null ? 'no prediction has arrived yet' : null,
    lower: null,
    upper: null,
    rows: entry?.predictions ?? 0,
    baselineId: null,
    evidence: {
      text:
        silentMs === null
          ? 'no prediction has arrived yet'
          : `last prediction ${(silentMs / HOUR_MS).toFixed(1)} h ago, allowed ${(model.silentAfterMs / HOUR_MS).toFixed(1)} h`,
      ...(silentMs !== null && silentMs >= model.silentAfterMs
        ? { cause: `no data from ${model.model} for ${(silentMs / HOUR_MS).toFixed(1)} h` }
        : {}),
    },
  };
}
