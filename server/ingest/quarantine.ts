import type { IngestReply, IngestRequest } from '../model.ts';
import type { QuarantineEntry } from '../ports.ts';

const KEPT = 100;

/** The newest refusals of every tenant, in words, for people to look at. Kept in memory. */
export class Quarantine {
  readonly #byTenant = new Map<string, QuarantineEntry[]>();

  add(request: IngestRequest, reply: IngestReply): void {
    if (reply.rejected.length === 0) return;
    const entries = this.#byTenant.get(request.tenant) ?? [];
    this.#byTenant.set(request.tenant, entries);
    const { tenant, protocol, receivedAtMs: atMs } = request;
    for (const { reason, count, message } of reply.rejected)
      entries.push({ atMs, tenant, protocol, reason, count, message });
    entries.splice(0, entries.length - KEPT);
  }

  /** Newest first; null asks for all tenants. */
  entries(tenant: string | null): readonly QuarantineEntry[] {
    const found = tenant === null ? [...this.#byTenant.values()].flat() : (this.#byTenant.get(tenant) ?? []);
    return found.toSorted((a, b) => b.atMs - a.atMs);
  }
}
