import { beforeAll, describe, expect, it } from 'vitest';
import { REAL_SETS } from '../../bench/real-data/sets.ts';
import { FOLDER, named, said, type Said } from './opened.ts';

const WEEK_MS = 7 * 86_400_000;

/** Half-hours of an electricity market, judged by the week against May to October 1996. */
describe.skipIf(FOLDER === null)(named('Elec2'), () => {
  let elec2: Said;
  beforeAll(async () => {
    elec2 = await said(REAL_SETS.elec2, {
      everyMs: 4 * WEEK_MS,
      toMs: Date.parse('1998-12-20T00:00:00Z'),
      hourly: { fromMs: Date.parse('1997-06-07T00:00:00Z'), toMs: Date.parse('1997-06-12T00:00:00Z') },
    });
  }, 120_000);

  it('pages once, in the first whole week, when the three constants of Victoria begin to vary in May 1997', () => {
    for (const feature of ['vicprice', 'vicdemand', 'transfer']) {
      expect(elec2.of('feature-lost', feature)).toMatchObject([
        { severity: 'page', from: '1997-05-15', to: null },
      ]);
      expect(elec2.of('out-of-range', feature)).toMatchObject([{ from: '1997-05-15', to: null }]);
      expect(elec2.of('feature-drift', feature)).toEqual([]);
    }
  });

  it('says nothing of them in the year in which they stand still', () => {
    expect(
      elec2.opened.filter(({ subject, from }) => /^vic|transfer/.test(subject) && from < '1997-05-15'),
    ).toEqual([]);
  });

  it('tells of the demand of Christmas, which half a year of winter and spring does not know', () => {
    expect(elec2.of('feature-drift', 'nswdemand')[0]).toMatchObject({ from: '1996-12-26' });
  });

  it('tells that the price has fallen from the winter of 1997 on, and takes it for no other unit', () => {
    const [first] = elec2.of('feature-drift', 'nswprice');
    expect(first?.from.slice(0, 7)).toBe('1997-07');
    expect(first?.text).toContain('nswprice <= 0.04035 rose from 0.2 to');
    expect(elec2.of('unit-change')).toEqual([]);
  });

  it('tells that the model is wrong more often since the market opened', () => {
    expect(elec2.of('error-risen')[0]).toMatchObject({
      from: '1997-06-11',
      text: expect.stringMatching(/^the error rose from 16\.\d % to \d\d\.\d % at about 1997-06-07/),
    });
    expect(elec2.of('stands-still', '$prediction')).toHaveLength(1);
  });

  it('is quiet about the half-hour of the day, and about rows that are all there', () => {
    expect(elec2.quiet).toContain('period');
    expect(elec2.of('volume')).toMatchObject([{ from: '1998-12-10' }]);
    for (const rule of ['missing-values', 'not-finite', 'columns-changed', 'label-drift'])
      expect(elec2.of(rule)).toEqual([]);
  });
});
