import type { Change, ControlOptions } from '../ports.ts';
import type { Router } from '../route/router.ts';
import type { Note, Outgoing, RouteContext } from '../route/types.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import type { Database } from '../store/sqlite/database.ts';
import type { DocumentTable } from '../store/sqlite/documents.ts';
import { addTimeline } from '../store/sqlite/history.ts';
import { queueDelivery } from '../store/sqlite/outbox.ts';

/** What every call of the control thread works with. */
export interface Desk {
  readonly database: Database;
  /** As it is in force. */
  readonly options: ControlOptions;
  readonly configure: (options: ControlOptions) => void;
  /** By tenant; what is in the database, kept in memory. Dropped when a transaction fails. */
  readonly routers: Map<string, Router>;
  /** Everything `work` does is committed and on disk when this returns, or nothing is. */
  readonly transaction: <T>(work: () => T) => T;
}

export function createDesk(database: Database, start: ControlOptions): Desk {
  let options = start;
  const routers = new Map<string, Router>();
  const transaction = <T>(work: () => T): T => {
    try {
      return database.transaction(work);
    } catch (error) {
      routers.clear();
      throw error;
    }
  };
  return {
    database,
    get options() {
      return options;
    },
    configure: (next) => {
      options = next;
    },
    routers,
    transaction,
  };
}

export function contextOf({ options }: Desk, nowMs: number): RouteContext {
  return { nowMs, settings: options.settings, rules: options.rules };
}

export function putAll<T extends { readonly id: string }>(
  table: DocumentTable<T>,
  entities: readonly T[],
): void {
  for (const entity of entities) table.put(entity);
}

interface Output {
  readonly key: { readonly tenant: string; readonly model: string | null };
  readonly notes: readonly Note[];
  readonly outgoing: readonly Outgoing[];
}

/** Queues what is to be sent and keeps what is worth keeping. */
export function saveOutput({ database }: Desk, output: Output, nowMs: number): readonly Change[] {
  for (const delivery of output.outgoing) queueDelivery(database, delivery, nowMs);
  for (const note of output.notes) {
    const { actor, kind, text, subject } = note;
    if (note.incidentId !== null)
      addTimeline(database, note.incidentId, { atMs: nowMs, actor, kind, text, subject });
    if (note.audited)
      appendAudit(database, { atMs: nowMs, actor, kind, tenant: output.key.tenant, subject, text });
  }
  return changesOf(output);
}

function changesOf({ key, notes, outgoing }: Output): readonly Change[] {
  const told = notes.flatMap(({ event, subject, text }): readonly Change[] =>
    event === null ? [] : [{ kind: event, ...key, id: subject, text }],
  );
  const queued = outgoing.map(({ id, receiver, kind, tenant, model }): Change => ({
    kind: 'delivery',
    tenant,
    model: model === '' ? null : model,
    id,
    text: `${kind} for ${receiver} queued`,
  }));
  return [...told, ...queued];
}
