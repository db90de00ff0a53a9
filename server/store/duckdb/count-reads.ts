import type { VolumeRow } from '../../model.ts';
import type { CountWindows, CountWindowsQuery, QualityCounts, QualityQuery } from '../../ports-counts.ts';
import type { Telemetry } from '../../ports.ts';
import { readCountWindows, sharedWindows, type CountWindowsRead } from './count-windows.ts';
import type { Session } from './database.ts';
import { readVolume, type VolumeRead } from './queries.ts';
import { readQualityCounts, type QualityRead } from './quality-counts.ts';
import type { ModelState } from './registry.ts';
import { SharedReads } from './shared-reads.ts';

type VolumeQuery = Parameters<Telemetry['volume']>[0];

/** What every window of a model is judged by, read together with the windows of other models. */
export class CountReads {
  readonly #windows: SharedReads<CountWindowsRead, CountWindows>;
  readonly #quality: SharedReads<QualityRead, readonly QualityCounts[]>;
  readonly #volume: SharedReads<VolumeRead, readonly VolumeRow[]>;

  constructor(reader: Session) {
    this.#windows = new SharedReads({ alike: sharedWindows, read: (of) => readCountWindows(reader, of) });
    this.#quality = new SharedReads({ alike: rangeText, read: (of) => readQualityCounts(reader, of) });
    this.#volume = new SharedReads({ alike: rangeText, read: (of) => readVolume(reader, of) });
  }

  windows(state: ModelState, query: CountWindowsQuery): Promise<CountWindows> {
    return this.#windows.take({ state, query });
  }

  quality(state: ModelState, query: QualityQuery): Promise<readonly QualityCounts[]> {
    return this.#quality.take({ state, query });
  }

  volume(state: ModelState, query: VolumeQuery): Promise<readonly VolumeRow[]> {
    return this.#volume.take({ state, query });
  }
}

function rangeText({ query: { key: _key, ...asked } }: QualityRead | VolumeRead): string {
  return JSON.stringify(asked);
}
