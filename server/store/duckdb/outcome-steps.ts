import type { OutcomeCounts, OutcomeQuery, OutcomeRow } from '../../model.ts';
import type { Session } from './database.ts';
import { emptyOutcomes, outcomeRows, outcomesWhere, readOutcomes } from './outcomes.ts';
import type { ModelState } from './registry.ts';
import { scoreLayout } from './resolve-sql.ts';

/** What a step was made of, and what came of it; null: no prediction. */
interface Step {
  readonly print: string;
  readonly row: OutcomeRow | null;
}

interface Steps {
  readonly bySteps: Map<number, Step>;
  /** How many objects they are, about. */
  weight: number;
}

/** Some 75 MB: eight weeks of hours of about seventy models. A larger fleet reads steps again. */
const MOST_WEIGHT = 500_000;

/**
 * Outcomes by steps, of which only those are read that are not as they were: of eight weeks of hours labels change a few. A
 * step is known by a print of its rows: their cells, counts and batches. Sums of a row never change, rows come and go.
 */
export class OutcomeSteps {
  readonly #session: Session;
  /** The one that was asked for longest ago comes first. */
  readonly #known = new Map<string, Steps>();

  constructor(session: Session) {
    this.#session = session;
  }

  async read(state: ModelState, query: OutcomeQuery): Promise<OutcomeCounts> {
    const where = outcomesWhere(state, query);
    if (!isRemembered(query) || where === null) return readOutcomes(this.#session, state, query);
    const empty = emptyOutcomes(query, scoreLayout(state));
    const prints = await this.#prints(query.stepMs, where);
    const steps = this.#stepsOf(JSON.stringify([state.model, query.dataset, query.stepMs, query.detail]));
    const stale = [...prints].filter(([step, print]) => steps.bySteps.get(step)?.print !== print);
    const rows = new Map((await this.#rows(state, { query, where, stale })).map((row) => [row.fromMs, row]));
    // What others have asked for meanwhile may be newer or older; the answer is made of what was read for it.
    const own = new Map(steps.bySteps);
    for (const [step, print] of stale) {
      own.set(step, { print, row: rows.get(step) ?? null });
      this.#put(steps, step, { print, row: rows.get(step) ?? null });
    }
    this.#forget();
    return { ...empty, rows: [...prints.keys()].flatMap((step) => own.get(step)?.row ?? []) };
  }

  /** By step, oldest first. */
  async #prints(stepMs: number, where: string): Promise<ReadonlyMap<number, string>> {
    const rows = await this.#session.rows(
      `SELECT (bucket_ms // ${stepMs} * ${stepMs})::BIGINT AS step_ms, count(*)::DOUBLE, bit_xor(print)
        FROM (SELECT bucket_ms, hash(bucket_ms, batch, row_count) AS print FROM counts WHERE ${where}
          UNION ALL SELECT bucket_ms, hash(bucket_ms, batch, row_count, score_cell, predicted, label, error_cell)
            FROM outcome_counts WHERE ${where})
        GROUP BY step_ms ORDER BY step_ms`,
    );
    return new Map(rows.map(([step, count, print]) => [Number(step), `${Number(count)} ${String(print)}`]));
  }

  async #rows(
    state: ModelState,
    given: {
      readonly query: OutcomeQuery;
      readonly where: string;
      readonly stale: readonly (readonly [number, string])[];
    },
  ): Promise<readonly OutcomeRow[]> {
    const { query, where, stale } = given;
    const [first, last] = [stale[0]?.[0], stale.at(-1)?.[0]];
    if (first === undefined || last === undefined) return [];
    const { stepMs = 1 } = query;
    const span = `bucket_ms >= ${first} AND bucket_ms < ${last + stepMs}`;
    const steps = `bucket_ms // ${stepMs} * ${stepMs} IN (${stale.map(([step]) => step).join(',')})`;
    return outcomeRows(this.#session, state, { query, where: `${where} AND ${span} AND ${steps}` });
  }

  #stepsOf(text: string): Steps {
    const steps = this.#known.get(text) ?? { bySteps: new Map(), weight: 0 };
    this.#known.delete(text);
    this.#known.set(text, steps);
    return steps;
  }

  #put(steps: Steps, at: number, step: Step): void {
    const more = weightOf(step) - weightOf(steps.bySteps.get(at));
    steps.bySteps.set(at, step);
    steps.weight += more;
  }

  #forget(): void {
    let weight = [...this.#known.values()].reduce((sum, steps) => sum + steps.weight, 0);
    for (const [text, steps] of this.#known) {
      if (weight <= MOST_WEIGHT) return;
      this.#known.delete(text);
      weight -= steps.weight;
    }
  }
}

function isRemembered(query: OutcomeQuery): query is OutcomeQuery & { readonly stepMs: number } {
  const { stepMs, by, version, maturity } = query;
  return stepMs !== undefined && by === undefined && version === undefined && maturity === undefined;
}

function weightOf(step: Step | undefined): number {
  return step === undefined ? 0 : 1 + (step.row?.classes.length ?? 0) + (step.row?.errors.length ?? 0);
}
