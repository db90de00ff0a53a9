import type { DuckDBValue } from '@duckdb/node-api';
import { DATASETS } from '../../batch.ts';
import { BadRequestError } from '../../errors.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { LabelRecord, Plain, PredictionPage, PredictionRecord } from '../../model.ts';
import type { PageQuery, PredictionQuery } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import { FIRST_SET } from './datasets.ts';
import type { Entry, ModelState, Role } from './registry.ts';
import { keyText } from '../../ids.ts';
import { idKeySql, scopeSql } from './reads-sql.ts';
import { idSql, labelsSql, protectedSql, rowsSql } from './rows-sql.ts';

/** Single predictions, for a person who asks what was behind a number. */

type Row = readonly DuckDBValue[];

const MOST_ROWS = 1000;

/** The first of an id is the one that counts. null: there is none. */
export async function readPrediction(
  session: Session,
  state: ModelState | undefined,
  query: PredictionQuery,
): Promise<PredictionRecord | null> {
  if (state === undefined) return null;
  const rows = await session.rows(
    `SELECT ${columnsSql(query)} FROM ${rowsSql([state], { keys: keysSql([keyText(query.id)]) })} p
      ${query.protected === true ? `LEFT JOIN ${protectedSql([state])} pa ON pa.batch = p.batch AND pa.ordinal = p.ordinal` : ''}
      WHERE p.dataset < ${FIRST_SET} ORDER BY p.batch, p.ordinal LIMIT 1`,
  );
  return (await withLabels(session, state, rows))[0] ?? null;
}

/** One page, newest first. Throws BadRequestError for a limit that is not 1 to 1000 and a place that is none. */
export async function readPredictions(
  session: Session,
  state: ModelState | undefined,
  query: PageQuery,
): Promise<PredictionPage> {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS)
    throw new BadRequestError(`A page of ${limit} predictions was asked for; ask for 1 to ${MOST_ROWS}.`);
  const after = query.after === undefined ? 'true' : `${PLACE} < (${placeOf(query.after).join(', ')})`;
  if (state === undefined) return { predictions: [], next: null };
  const rows = await session.rows(
    `SELECT ${columnsSql(query)} ${scopeSql(state, query)} AND ${after} ORDER BY p.event_time DESC, p.batch DESC, p.ordinal DESC LIMIT ${limit + 1}`,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    predictions: await withLabels(session, state, shown),
    next:
      rows.length > limit && last !== undefined
        ? `${String(last[0])}-${String(last[1])}-${String(last[2])}`
        : null,
  };
}

const PLACE = '(epoch_ns(p.event_time), p.batch, p.ordinal)';

function placeOf(after: string): readonly string[] {
  const parts = /^(-?\d{1,19})-(\d{1,18})-(\d{1,10})$/.exec(after);
  if (parts === null)
    throw new BadRequestError(
      'The place to go on after is not one that an earlier page told; start with the first page.',
    );
  return parts.slice(1);
}

/** The last column is empty unless protected attributes were asked for. */
function columnsSql({ protected: isAsked }: { readonly protected?: boolean }): string {
  return `epoch_ns(p.event_time), p.batch, p.ordinal, ${idKeySql('p')}::VARCHAR, ${idSql('p')}, p.received_ms, p.version, p.dataset,
    p.prediction, p.prediction_code, p.score, p.duration_ms, p.error, p.input_tokens, p.output_tokens, p.cost, p.currency,
    to_json(p.segments), p.num, p.cat, to_json(${isAsked === true ? 'coalesce(pa.codes, [])' : 'NULL'})`;
}

async function withLabels(
  session: Session,
  state: ModelState,
  rows: readonly Row[],
): Promise<readonly PredictionRecord[]> {
  const keys = [...new Set(rows.map((row) => row[3]).filter((key) => key !== null))] as string[];
  const labels = new Map<string, LabelRecord>();
  if (keys.length > 0) {
    const found = await session.rows(
      `SELECT ${idKeySql('l')}::VARCHAR AS key, max({'received_ms': l.received_ms, 'batch': l.batch, 'ordinal': l.ordinal,
          'time_ms': epoch_ns(l.event_time) // 1000000, 'value': l.value, 'code': l.value_code, 'source': l.source}) AS label
        FROM ${labelsSql([state], { keys: keysSql(keys) })} l GROUP BY key`,
    );
    for (const [key, label] of found) labels.set(String(key), labelRecord(state, label));
  }
  return rows.map((row) => predictionRecord(state, row, labels.get(String(row[3])) ?? null));
}

function keysSql(keys: readonly string[]): string {
  return keys.map((key) => `'${key}'::UUID`).join(', ');
}

interface StoredLabel {
  readonly entries: Readonly<Record<string, unknown>>;
}

function labelRecord(state: ModelState, label: unknown): LabelRecord {
  const { entries } = label as StoredLabel;
  return {
    value:
      entries['code'] === null
        ? Number(entries['value'])
        : (codeText(state, '$label', entries['code']) ?? ''),
    timeMs: Number(entries['time_ms']),
    receivedAtMs: Number(entries['received_ms']),
    source: codeText(state, '$source', entries['source']),
  };
}

function predictionRecord(state: ModelState, row: Row, label: LabelRecord | null): PredictionRecord {
  const [timeNs, , , , id, receivedMs, version, dataset, value, valueCode, score, duration, error] = row;
  const [inputTokens, outputTokens, cost, currency, segments, num, cat, codes] = row.slice(13);
  const prediction = state.byRole.feature.get(PREDICTION);
  const ownProtected = codes === null ? null : texts(state, 'protected', codes);
  return {
    id: id === null ? null : String(id),
    timeMs: Number((timeNs as bigint) / 1_000_000n),
    receivedAtMs: Number(receivedMs),
    version: state.versionList[Number(version)]?.name ?? '',
    dataset: DATASETS[Number(dataset)] ?? 'production',
    value: valueCode === null ? told(value) : (prediction?.values[Number(valueCode)] ?? null),
    score: told(score),
    durationMs: told(duration),
    error: codeText(state, '$error', error),
    inputTokens: told(inputTokens),
    outputTokens: told(outputTokens),
    cost: told(cost),
    currency: codeText(state, '$currency', currency),
    features: features(state, num, cat),
    segments: texts(state, 'segment', segments),
    ...(ownProtected !== null && { protected: ownProtected }),
    label,
  };
}

function told(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function codeText(state: ModelState, name: string, code: unknown): string | null {
  if (code === null || code === undefined) return null;
  return state.byRole.code.get(name)?.values[Number(code)] ?? null;
}

interface StoredList {
  readonly items: readonly unknown[];
}

/** Features without a value are left out. */
function features(state: ModelState, num: unknown, cat: unknown): Readonly<Record<string, Plain>> {
  const lists = [(num as StoredList | null)?.items ?? [], (cat as StoredList | null)?.items ?? []] as const;
  const named = [...state.byRole.feature.values()].flatMap((entry): readonly (readonly [string, Plain])[] => {
    if (entry.name === PREDICTION || entry.name === SCORE) return [];
    const value = lists[entry.kind === 'number' ? 0 : 1][entry.slot];
    if (value === null || value === undefined) return [];
    return [[entry.name, entry.kind === 'number' ? Number(value) : (entry.values[Number(value)] ?? null)]];
  });
  return Object.fromEntries(named);
}

/** Attributes of a row, of a list of codes as JSON. */
function texts(
  state: ModelState,
  role: Extract<Role, 'segment' | 'protected'>,
  codes: unknown,
): Readonly<Record<string, string>> {
  const list = typeof codes === 'string' ? (JSON.parse(codes) as readonly (number | null)[]) : [];
  const named = [...state.byRole[role].values()].flatMap((entry: Entry) => {
    const code = list[entry.slot];
    return code === null || code === undefined ? [] : [[entry.name, entry.values[code] ?? ''] as const];
  });
  return Object.fromEntries(named);
}
