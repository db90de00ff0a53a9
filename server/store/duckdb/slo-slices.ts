import type { CountReads, SloSlice, SloTotal } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { Database, Session } from './database.ts';
import type { ModelState } from './registry.ts';
import { definitionOf } from './slo-deltas.ts';
import { readSloTotals } from './slo-reads.ts';

type PutSlices = CountReads['putSlices'];

interface Given {
  readonly database: Database;
  readonly committer: Committer;
  readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>;
}

/** What detection writes down of objectives, and what they counted ever. */
export class SloSteps {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  async putSlices({ key, slices, keep }: Parameters<PutSlices>[0]): Promise<void> {
    const { committer, database, exclusive } = this.#given;
    await exclusive(async () => {
      const state = committer.loaded.registry.find(key);
      if (state === undefined || slices.length === 0) return;
      await putSlices(database.writer, committer, { state, slices, keep });
    });
  }

  sloTotals(): Promise<readonly SloTotal[]> {
    const { committer, database } = this.#given;
    return readSloTotals(database.reader, committer.loaded.registry.models);
  }
}

/** Writes slices in one transaction: what stood at their place goes, or with `keep` stays. The same again changes nothing. */
async function putSlices(
  session: Session,
  committer: Committer,
  given: { readonly state: ModelState; readonly slices: readonly SloSlice[]; readonly keep: boolean },
): Promise<void> {
  const { state, slices, keep } = given;
  const slos = new Map((state.settings?.slos ?? []).map((slo) => [slo.id, slo]));
  const last = new Map(slices.map((slice) => [`${slice.slo} ${slice.fromMs}`, slice]));
  if (slices.some(({ slo }) => !slos.has(slo)))
    throw new Error('Slices are of objectives that are configured.');
  await committer.transaction(async (batch) => {
    const { registry, writers } = committer.loaded;
    const codes = new Map([...slos].map(([id, slo]) => [id, registry.slo(state, id, definitionOf(slo))]));
    const rows = [...last.values()].map(({ slo, fromMs, state: told }) => {
      const [good, bad, excluded] = [told === 'good', told === 'bad', told === 'unknown'].map(Number);
      return `(${codes.get(slo)}, ${Math.trunc(fromMs)}, ${good}, ${bad}, ${excluded})`;
    });
    writers.write();
    await session.run(`CREATE OR REPLACE TEMP TABLE slices AS
      SELECT * FROM (VALUES ${rows.join(', ')}) v(slo, minute_ms, good, bad, excluded)`);
    const same = `m.model = ${state.model} AND m.slo = s.slo AND m.minute_ms = s.minute_ms`;
    if (!keep) await session.run(`DELETE FROM slo_minutes m USING slices s WHERE ${same}`);
    await session.run(`INSERT INTO slo_minutes SELECT ${batch}, ${state.model}, s.slo, s.minute_ms, s.good, s.bad, s.excluded, 0
      FROM slices s WHERE NOT EXISTS (SELECT 1 FROM slo_minutes m WHERE ${same})`);
  });
}
