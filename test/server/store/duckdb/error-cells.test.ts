import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeatureLayout } from '../../../../detectors/types.ts';
import { Subject } from './subject.ts';
import { DAY_MS, KEY, MODEL, NOW } from './support.ts';

const AMOUNT: FeatureLayout = { kind: 'number', edges: [10, 20], min: 0, max: 30 };
const CHANNEL: FeatureLayout = { kind: 'category', values: ['web', 'app'], rare: [] };
const scope = { ...KEY, fromMs: NOW - DAY_MS, toMs: NOW + DAY_MS };

let subject: Subject;
afterEach(() => subject.end());

/** Amounts 0 to 29, a third on the web; predictions and labels as told. */
async function fill(told: (index: number) => { readonly value: unknown; readonly label: unknown }) {
  const rows = Array.from({ length: 30 }, (_, index) => ({
    id: `row-${index}`,
    time: NOW - index * 1000,
    value: told(index).value,
    features: { amount: index, channel: index % 3 === 0 ? 'web' : 'app' },
  }));
  await subject.send(rows);
  await subject.label(rows.map(({ id }, index) => ({ id, value: told(index).label, time: NOW })));
}
const asked = () =>
  subject.store.rows.errorCells({
    ...scope,
    columns: [
      { name: 'amount', layout: AMOUNT },
      { name: 'channel', layout: CHANNEL },
    ],
  });

describe('errors by the cells of a feature', () => {
  beforeEach(async () => {
    subject = await new Subject().open();
  });

  it.each([
    ['texts', 'late', 'on time'],
    ['numbers', 1, 0],
    ['truth values and the numbers they are labelled by', true, 0],
  ])('count wrong classes of %s', async (_name, value, other) => {
    const right = value === true ? 1 : value;
    await fill((index) => ({ value, label: index > 20 ? other : right }));
    expect(await asked()).toEqual({
      amount: [
        { rows: 11, sum: 0, squares: 0 },
        { rows: 10, sum: 0, squares: 0 },
        { rows: 9, sum: 9, squares: 9 },
      ],
      channel: [
        { rows: 10, sum: 3, squares: 3 },
        { rows: 20, sum: 6, squares: 6 },
        { rows: 0, sum: 0, squares: 0 },
      ],
    });
  });

  it('take the label that came last, and leave out rows without one', async () => {
    await fill(() => ({ value: 1, label: 0 }));
    await subject.label([{ id: 'row-0', value: 1, time: NOW }], NOW + 1000);
    await subject.send([{ id: 'unlabelled', time: NOW, value: 1, features: { amount: 5, channel: 'web' } }]);
    expect((await asked())['amount']?.[0]).toEqual({ rows: 11, sum: 10, squares: 10 });
  });

  it('are nothing for a model that nobody has sent', async () => {
    const nobody = { ...scope, model: 'nobody', columns: [{ name: 'amount', layout: AMOUNT }] };
    const none = { rows: 0, sum: 0, squares: 0 };
    expect(await subject.store.rows.errorCells(nobody)).toEqual({ amount: [none, none, none] });
  });
});

describe('errors of a regression', () => {
  it('are summed by their size', async () => {
    subject = await new Subject({ models: [{ ...MODEL, task: 'regression', positive: null }] }).open();
    await fill((index) => ({ value: index, label: index + 2 }));
    expect((await asked())['amount']).toEqual([
      { rows: 11, sum: 22, squares: 44 },
      { rows: 10, sum: 20, squares: 40 },
      { rows: 9, sum: 18, squares: 36 },
    ]);
  });
});
