import type { Database } from './database.ts';

/** What a replay of routing starts from. */

interface Range {
  readonly tenant: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RoutingRows<A, I, S, N> {
  readonly alerts: readonly A[];
  readonly incidents: readonly I[];
  readonly silences: readonly S[];
  readonly acknowledgements: readonly {
    readonly alertId: string;
    readonly atMs: number;
    readonly actor: string;
  }[];
  readonly notices: readonly { readonly atMs: number; readonly state: string; readonly notice: N }[];
}

/** Alerts that opened in the range, and all that went with them. */
export function routingRows<A, I, S, N>(database: Database, range: Range): RoutingRows<A, I, S, N> {
  const { tenant, fromMs, toMs } = range;
  const docs = <T>(sql: string): readonly T[] =>
    database.all(sql, tenant, fromMs, toMs).map((row) => JSON.parse(String(row['doc'])) as T);
  const mine = '(?1 IS NULL OR tenant = ?1)';
  return {
    alerts: docs<A>(
      `SELECT doc FROM alerts WHERE ${mine} AND at_ms >= ?2 AND at_ms <= ?3 ORDER BY at_ms, id`,
    ),
    incidents: docs<I>(`SELECT doc FROM incidents WHERE ${mine} AND at_ms >= ?2 AND at_ms <= ?3`),
    silences: docs<S>(`SELECT doc FROM silences WHERE ${mine} AND to_ms >= ?2 AND from_ms <= ?3`),
    acknowledgements: database
      .all(
        `SELECT subject, at_ms, actor FROM audit WHERE kind = 'acknowledged' AND ${mine}
           AND at_ms >= ?2 AND at_ms <= ?3 ORDER BY sequence`,
        tenant,
        fromMs,
        toMs,
      )
      .map((row) => ({
        alertId: String(row['subject']),
        atMs: Number(row['at_ms']),
        actor: String(row['actor']),
      })),
    notices: database
      .all(
        `SELECT created_at_ms, state, payload FROM deliveries WHERE kind = 'notice' AND ${mine}
           AND created_at_ms >= ?2 AND created_at_ms <= ?3 ORDER BY sequence`,
        tenant,
        fromMs,
        toMs,
      )
      .map((row) => ({
        atMs: Number(row['created_at_ms']),
        state: String(row['state']),
        notice: JSON.parse(String(row['payload'])) as N,
      })),
  };
}

/** Every tenant that has something firing, or somebody who believes so. */
export function routingTenants(database: Database): readonly string[] {
  return database
    .all(`SELECT tenant FROM groups UNION SELECT tenant FROM alerts WHERE state = 'firing' ORDER BY tenant`)
    .map((row) => String(row['tenant']));
}

/** Alerts that some group has told a receiver firing and not yet resolved. */
export function announcedTo<A>(database: Database, receiver: string): readonly A[] {
  return database
    .all(
      `SELECT DISTINCT a.id, a.doc FROM groups g, json_each(g.doc, '$.told') t, json_each(t.value, '$.announced') k
         JOIN alerts a ON a.id = k.key
         WHERE t.key = ? ORDER BY a.id`,
      receiver,
    )
    .map((row) => JSON.parse(String(row['doc'])) as A);
}
