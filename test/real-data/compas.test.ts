import { beforeAll, describe, expect, it } from 'vitest';
import { REAL_SETS } from '../../bench/real-data/sets.ts';
import { FOLDER, named, said, type Said } from './opened.ts';

const FOUR_WEEKS_MS = 28 * 86_400_000;

/** Risk scores, judged by four weeks against January to May 2013. Who did not reoffend is known two years later. */
describe.skipIf(FOLDER === null)(named('COMPAS'), () => {
  let compas: Said;
  beforeAll(async () => {
    compas = await said(REAL_SETS.compas, {
      everyMs: FOUR_WEEKS_MS,
      toMs: Date.parse('2017-09-01T00:00:00Z'),
    });
  }, 120_000);

  it('tells of the summer of 2013, whose arrests are missing from the file', () => {
    expect(compas.of('feature-drift', 'days_b_screening_arrest')).toMatchObject([
      { from: '2013-07-18', to: '2013-09-12' },
    ]);
  });

  // Barenstein 2019 (arXiv 1906.04711): the file keeps only those who reoffended of the people screened after April 2014.
  it('tells that from April 2014 on everybody reoffends, once the truth of two years is known', () => {
    expect(compas.of('label-drift')).toMatchObject([
      { from: '2014-06-19', to: null, text: 'label low fell from 62.5 to 0.0 %' },
    ]);
  });

  it('judges nothing by the labels that come first, which are all of one kind', () => {
    expect(compas.of('label-drift').filter(({ from }) => from < '2014-04')).toEqual([]);
    expect(compas.of('error-risen')).toEqual([]);
  });

  it('tells that ages are those of the day the file was made: who is screened later is younger', () => {
    expect(compas.of('feature-drift', 'age').at(-1)).toMatchObject({
      from: '2014-04-24',
      text: expect.stringContaining('age <= 20 rose from 0.2 to'),
    });
  });

  it('finds the known gap between the races, as a ticket', () => {
    expect(compas.of('fairness-gap', 'race')).toMatchObject([
      {
        severity: 'ticket',
        text: expect.stringMatching(/"high" for 5\d\.\d % of African-American and 2\d\.\d % of Caucasian/),
      },
    ]);
  });

  it('is quiet about the charges and the counts of a youth', () => {
    expect(compas.quiet).toEqual(
      expect.arrayContaining(['c_charge_degree', 'juv_fel_count', 'juv_misd_count', 'juv_other_count']),
    );
    for (const rule of ['volume', 'unit-change', 'missing-values', 'feature-lost', 'columns-changed'])
      expect(compas.of(rule)).toEqual([]);
  });
});
