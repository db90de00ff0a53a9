import type { ModelSettings } from '../../server/settings.ts';
import { naiveBayes } from './bayes.ts';
import { named, rowsOf, type RealRow } from './rows.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A data set told as the traffic of one model. */
export interface RealSet {
  readonly name: string;
  readonly model: Pick<ModelSettings, 'model' | 'title' | 'windowMs' | 'positive' | 'groups' | 'task'>;
  /** Event times of the rows that are normal, and that the model has learned from. */
  readonly baseline: { readonly fromMs: number; readonly toMs: number };
  readonly read: (folder: string) => Promise<readonly RealRow[]>;
}

const at = (date: string) => Date.parse(`${date}T00:00:00Z`);

/** Lets a small model learn from the baseline and predict every row. */
function predicted(
  rows: readonly RealRow[],
  { baseline, model: { positive } }: Pick<RealSet, 'baseline' | 'model'>,
): readonly RealRow[] {
  const learned = rows.filter(({ timeMs }) => timeMs >= baseline.fromMs && timeMs < baseline.toMs);
  const score = naiveBayes(
    learned.map(({ features, truth }) => ({ features, isPositive: truth === positive })),
  );
  return rows.map((row) => {
    const own = score(row.features);
    return { ...row, score: own, value: own >= 0.5 ? (positive ?? '') : 'no' };
  });
}

const BANK_FEATURES = [
  'age',
  'balance',
  'campaign',
  'pdays',
  'previous',
  'job',
  'marital',
  'education',
  'default',
  'housing',
  'loan',
  'contact',
  'poutcome',
] as const;

/** Calls of a Portuguese bank, 2008 to 2010: Moro, Laureano, Cortez 2011. Whether the client took the deposit is known at once. */
const bank: RealSet = {
  name: 'bank calls',
  model: {
    model: 'deposit',
    title: 'Takes the deposit',
    windowMs: WEEK_MS,
    positive: 'yes',
    groups: ['marital'],
    task: 'binary',
  },
  baseline: { fromMs: at('2008-05-01'), toMs: at('2008-06-26') },
  read: async (folder) => {
    const numbers = BANK_FEATURES.slice(0, 5).map((name) => `${name}::DOUBLE`);
    const texts = BANK_FEATURES.slice(5).map((name) => `"${name}"`);
    const rows = await rowsOf(
      folder,
      'bank-marketing/bank-full-dated.csv.gz',
      `SELECT call_id, epoch_ms(call_date::DATE)::DOUBLE, y, ${[...numbers, ...texts].join(', ')} FROM source ORDER BY call_id`,
    );
    const told = rows.map(([id, date, y, ...values]): RealRow => {
      const timeMs = Number(date) + DAY_MS / 2;
      const features = named(BANK_FEATURES, values);
      return {
        id: String(id),
        timeMs,
        features,
        groups: { marital: String(features.marital) },
        truth: String(y),
        truthMs: timeMs + DAY_MS,
      };
    });
    return predicted(told, bank);
  },
};

const ELEC_FEATURES = ['period', 'nswprice', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'] as const;

/** Half-hours of an electricity market, 1996 to 1998: Harries 1999. Whether the price is up is known half an hour later. */
const elec2: RealSet = {
  name: 'Elec2',
  model: {
    model: 'price',
    title: 'Price up',
    windowMs: WEEK_MS,
    positive: 'up',
    groups: [],
    task: 'binary',
  },
  baseline: { fromMs: at('1996-05-01'), toMs: at('1996-10-31') },
  read: async (folder) => {
    const columns = ELEC_FEATURES.map((name) => `${name}::DOUBLE`).join(', ');
    const rows = await rowsOf(
      folder,
      'elec2/elec2.csv.gz',
      `SELECT "row", epoch_ms(ts_by_row::TIMESTAMP)::DOUBLE, price_up, ${columns} FROM source ORDER BY "row"::INTEGER`,
    );
    const told = rows.map(([id, time, up, ...values]): RealRow => {
      const timeMs = Number(time);
      const truth = up === '1' ? 'up' : 'no';
      return {
        id: `e${String(id)}`,
        timeMs,
        features: named(ELEC_FEATURES, values),
        truth,
        truthMs: timeMs + DAY_MS / 48,
      };
    });
    return predicted(told, elec2);
  },
};

const COMPAS_FEATURES = [
  'age',
  'juv_fel_count',
  'juv_misd_count',
  'juv_other_count',
  'priors_count',
  'days_b_screening_arrest',
  'c_charge_degree',
] as const;

/** Risk scores of Broward County, 2013 and 2014: ProPublica 2016. Who did not reoffend is known two years later. */
const compas: RealSet = {
  name: 'COMPAS',
  model: {
    model: 'risk',
    title: 'Risk of reoffending',
    windowMs: 4 * WEEK_MS,
    positive: 'high',
    groups: ['race', 'sex'],
    task: 'binary',
  },
  baseline: { fromMs: at('2013-01-01'), toMs: at('2013-06-01') },
  read: async (folder) => {
    const columns = [
      ...COMPAS_FEATURES.slice(0, -1).map((name) => `${name}::DOUBLE`),
      COMPAS_FEATURES.at(-1) ?? '',
    ];
    const rows = await rowsOf(
      folder,
      'compas/compas-two-years.csv.gz',
      `SELECT case_id, epoch_ms(screening_date::DATE)::DOUBLE, race, sex, decile_score::DOUBLE, two_year_recid,
         epoch_ms(recid_offense_date::DATE)::DOUBLE, ${columns.join(', ')} FROM source ORDER BY screening_date, case_id`,
    );
    return rows.map(([id, date, race, sex, decile, again, offence, ...values]): RealRow => {
      const timeMs = Number(date) + DAY_MS / 2;
      const isKnown = again === '1' && offence !== null && offence !== undefined;
      return {
        id: String(id),
        timeMs,
        features: named(COMPAS_FEATURES, values),
        groups: { race: String(race), sex: String(sex) },
        truth: again === '1' ? 'high' : 'low',
        truthMs: isKnown ? Number(offence) + DAY_MS : timeMs + 730 * DAY_MS,
        value: Number(decile) >= 5 ? 'high' : 'low',
        score: Number(decile) / 10,
      };
    });
  },
};

const OULAD_FEATURES = [
  'num_of_prev_attempts',
  'studied_credits',
  'date_registration',
  'code_module',
  'gender',
  'region',
  'highest_education',
  'imd_band',
  'age_band',
  'disability',
] as const;

/** Enrolments of the Open University, 2012 to 2015: Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0. Results come up to a year later. */
const oulad: RealSet = {
  name: 'OULAD enrolments',
  model: {
    model: 'at-risk',
    title: 'At risk of failing',
    windowMs: 2 * WEEK_MS,
    positive: 'fails',
    groups: ['gender', 'disability'],
    task: 'binary',
  },
  baseline: { fromMs: at('2012-03-15'), toMs: at('2013-02-14') },
  read: async (folder) => {
    const columns = [
      ...OULAD_FEATURES.slice(0, 3).map((name) => `${name}::DOUBLE`),
      ...OULAD_FEATURES.slice(3),
    ];
    const rows = await rowsOf(
      folder,
      'oulad/enrolments.csv.gz',
      `SELECT epoch_ms(event_date::DATE)::DOUBLE, epoch_ms(label_date::DATE)::DOUBLE, final_result IN ('Fail', 'Withdrawn'),
         ${columns.join(', ')} FROM source WHERE event_date IS NOT NULL ORDER BY event_date, id_student, code_module`,
    );
    const told = rows.map(([date, labelDate, fails, ...values], index): RealRow => {
      const features = named(OULAD_FEATURES, values);
      const { gender, disability } = features;
      return {
        id: `o${index}`,
        timeMs: Number(date) + DAY_MS / 2,
        features,
        groups: { gender: String(gender), disability: String(disability) },
        truth: String(fails) === 'true' ? 'fails' : 'no',
        truthMs: Number(labelDate) + DAY_MS,
      };
    });
    return predicted(told, oulad);
  },
};

export const REAL_SETS: Readonly<Record<'bank' | 'elec2' | 'compas' | 'oulad', RealSet>> = {
  bank,
  elec2,
  compas,
  oulad,
};

/** A row as the plain JSON of the ingest. */
export function toJson({ model: { model } }: RealSet, row: RealRow): object {
  const { id, timeMs, features, groups, value, score } = row;
  return { model, version: 'v1', id, time: timeMs, features, value, score, protected: groups ?? {} };
}

export function toLabel({ model: { model } }: RealSet, { id, truth, truthMs }: RealRow): object {
  return { model, id, value: truth, time: truthMs };
}
