import { modelLayout } from '../../../detectors/cells.ts';
import type { Baseline, BaselineSource, ModelKey } from '../../model.ts';
import type { Answer } from '../../ports.ts';
import type { BaselineEntry, BaselineSteps, ReferenceSet } from '../../ports-baselines.ts';
import { FIRST_SET } from './datasets.ts';
import { Freezer } from './freezer.ts';
import { BASELINE_COLUMNS, baselineOf } from './load.ts';
import { SET_ENTRY, setDataset } from './registry.ts';
import type { ModelState } from './registry.ts';

type Given = ConstructorParameters<typeof Freezer>[0];

/** Baselines that a user chooses: by API, and from sets of rows that were uploaded. */
export class Baselines implements BaselineSteps {
  readonly #given: Given;
  readonly #freezer: Freezer;

  constructor(given: Given, freezer: Freezer) {
    this.#given = given;
    this.#freezer = freezer;
  }

  async chooseBaseline(
    input: Parameters<BaselineSteps['chooseBaseline']>[0],
  ): Promise<Answer<BaselineEntry>> {
    const { key, source, nowMs, instead, actor } = input;
    const state = this.#find(key);
    if (state === undefined) return unknown(key);
    const choice = { by: actor, atMs: nowMs, instead, withdrawnAtMs: null };
    const frozen = await this.#freezer.freeze(key, { source, nowMs, choice, isSettled: () => false });
    if (frozen === null) return conflict(whyNone(state, source, nowMs));
    return { ok: true, value: entryOf(frozen, frozen.id) };
  }

  withdrawBaseline({ key, nowMs }: Parameters<BaselineSteps['withdrawBaseline']>[0]) {
    const { database, committer, exclusive } = this.#given;
    return exclusive(async (): Promise<Answer<BaselineEntry>> => {
      const baseline = this.#find(key)?.baseline ?? null;
      const choice = baseline?.choice;
      if (baseline === null || choice === undefined || choice.withdrawnAtMs !== null)
        return conflict('The configuration chose this baseline; there is no choice to withdraw.');
      const withdrawn = { ...baseline, choice: { ...choice, withdrawnAtMs: nowMs } };
      await committer.transaction(() =>
        database.writer.run('UPDATE baselines SET choice = ? WHERE id = ?', [
          JSON.stringify(withdrawn.choice),
          baseline.id,
        ]),
      );
      const state = this.#find(key);
      if (state !== undefined) state.baseline = withdrawn;
      return { ok: true, value: entryOf(withdrawn, baseline.id) };
    });
  }

  async baselines(key: ModelKey): Promise<readonly BaselineEntry[]> {
    const found = await this.#read(key, 'true');
    const current = this.#find(key)?.baseline?.id;
    return found.map((baseline) => entryOf(baseline, current));
  }

  async baselineById(key: ModelKey, id: string): Promise<Baseline | null> {
    const current = this.#find(key)?.baseline ?? null;
    if (current?.id === id) return current;
    const [found] = await this.#read(key, 'id = ?', [id]);
    return found ?? null;
  }

  async referenceSets(key: ModelKey): Promise<readonly ReferenceSet[]> {
    const state = this.#find(key);
    if (state === undefined) return [];
    const rows = await this.#given.database.reader.rows(
      `SELECT dataset, count(*), min(epoch_ns(event_time)) // 1000000, max(epoch_ns(event_time)) // 1000000, max(received_ms)
        FROM predictions WHERE model = ${state.model} AND dataset >= ${FIRST_SET} GROUP BY dataset ORDER BY dataset`,
    );
    return rows.map((row) => ({
      set: state.byRole.code.get(SET_ENTRY)?.values[Number(row[0]) - FIRST_SET] ?? '',
      rows: Number(row[1]),
      fromMs: Number(row[2]),
      toMs: Number(row[3]) + 1,
      lastReceivedMs: Number(row[4]),
    }));
  }

  /** Not while a baseline is being made of it. */
  deleteReferenceSet({ key, set }: Parameters<BaselineSteps['deleteReferenceSet']>[0]) {
    const { archive, exclusive } = this.#given;
    return archive.alone(() =>
      exclusive(async (): Promise<Answer<{ readonly rows: number }>> => {
        const state = this.#find(key);
        const dataset = state === undefined ? null : setDataset(state, set);
        if (state === undefined || dataset === null) return unknown(key);
        const source = state.baseline?.source;
        if (source?.kind === 'uploaded' && source.set === set)
          return conflict(
            `The model's baseline is made of ${JSON.stringify(set)}; choose another one first.`,
          );
        return { ok: true, value: { rows: await this.#delete(state, { set, dataset }) } };
      }),
    );
  }

  async #delete(state: ModelState, { set, dataset }: { readonly set: string; readonly dataset: number }) {
    const { database, committer } = this.#given;
    const { writer } = database;
    const of = (alias: string) => `${alias}.model = ${state.model} AND ${alias}.dataset = ${dataset}`;
    return committer.transaction(async () => {
      const [row] = await writer.rows(`SELECT count(*) FROM predictions r WHERE ${of('r')}`);
      await writer.run(`DELETE FROM protected_attributes AS pa USING predictions r
        WHERE pa.batch = r.batch AND pa.ordinal = r.ordinal AND pa.model = r.model AND ${of('r')}`);
      await writer.run(`DELETE FROM predictions r WHERE ${of('r')}`);
      await writer.run(`DELETE FROM counts c WHERE ${of('c')}`);
      state.setIds.delete(set);
      return Number(row?.[0]);
    });
  }

  async #read(key: ModelKey, where: string, values: readonly string[] = []): Promise<readonly Baseline[]> {
    const state = this.#find(key);
    if (state === undefined) return [];
    const rows = await this.#given.database.reader.rows(
      `SELECT ${BASELINE_COLUMNS} FROM baselines WHERE model = ${state.model} AND ${where} ORDER BY batch DESC`,
      values,
    );
    return rows.map((row) => baselineOf(state, row));
  }

  #find(key: ModelKey): ModelState | undefined {
    return this.#given.committer.loaded.registry.find(key);
  }
}

function entryOf(baseline: Baseline, current: string | undefined): BaselineEntry {
  const { layouts, counts: _counts, ...told } = baseline;
  const { features, cells } = modelLayout(layouts);
  return { ...told, features: features.length, cells, isCurrent: baseline.id === current };
}

function unknown({ tenant, model }: ModelKey) {
  const message = `There is no model ${JSON.stringify(model)} in tenant ${JSON.stringify(tenant)}, or nothing of that name was uploaded for it.`;
  return { ok: false, reason: 'not_found', message } as const;
}

function conflict(message: string) {
  return { ok: false, reason: 'conflict', message } as const;
}

function whyNone(state: ModelState, source: BaselineSource, nowMs: number): string {
  switch (source.kind) {
    case 'uploaded':
      return `No rows were uploaded under the name ${JSON.stringify(source.set)}; upload some first.`;
    case 'reference':
      return `${state.referenceRows} reference rows have come, at least ${Math.max(1, source.minRows)} are needed, and five minutes without another one.`;
    case 'first':
      return `${state.predictions} predictions have come, ${source.rows} are needed.`;
    case 'period':
      return nowMs < source.toMs
        ? `The period ends at ${new Date(source.toMs).toISOString()}, which is still ahead.`
        : 'The period has no rows that are still stored.';
  }
}
