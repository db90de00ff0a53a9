import type { MetricName } from '../metrics.ts';

/** One value of a family that is built from the stores at scrape time. */
export interface Sample {
  readonly family: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

/** One sample, or none where there is no number. */
export function sample(
  family: MetricName,
  labels: Labels,
  value: number | null | undefined,
): readonly Sample[] {
  return value === null || value === undefined || !Number.isFinite(value) ? [] : [{ family, labels, value }];
}

/** Prometheus scrapes 20 000 lines in well under a second; more blocks this process. */
const MOST_SERIES = 20_000;

export interface Capped {
  readonly kept: readonly Sample[];
  readonly suppressed: ReadonlyMap<MetricName, number>;
}

/** The first `most` samples; the rest is counted by family, never lost in silence. Pure. */
export function capSeries(samples: readonly Sample[], most = MOST_SERIES): Capped {
  const suppressed = new Map<MetricName, number>();
  for (const { family } of samples.slice(most)) suppressed.set(family, (suppressed.get(family) ?? 0) + 1);
  return { kept: samples.slice(0, most), suppressed };
}

/**
 * Only the series that name this tenant, out of a rendered page: what a key of one tenant may see. The version of the API
 * stays: Karma reads none of it where a page lacks that.
 */
export function onlyTenant(page: string, tenant: string): string {
  const label = `tenant="${escapeLabel(tenant)}"`;
  const isOwn = (line: string) =>
    line.includes(`{${label}`) || line.includes(`,${label}`) || line.startsWith('alertmanager_build_info{');
  return page
    .split('\n')
    .filter((line) => line === '' || line.startsWith('#') || isOwn(line))
    .join('\n');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
