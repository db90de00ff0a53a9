import { beforeAll, describe, expect, it } from 'vitest';
import { REAL_SETS } from '../../bench/real-data/sets.ts';
import { FOLDER, named, said, type Said } from './opened.ts';

const FOUR_WEEKS_MS = 28 * 86_400_000;

/** Enrolments, judged by two weeks against those of the first presentation, of February 2013. */
describe.skipIf(FOLDER === null)(named('OULAD enrolments'), () => {
  let oulad: Said;
  beforeAll(async () => {
    oulad = await said(REAL_SETS.oulad, {
      everyMs: FOUR_WEEKS_MS,
      toMs: Date.parse('2016-06-01T00:00:00Z'),
    });
  }, 120_000);

  it('tells of modules that the first presentation did not have, when the next opens', () => {
    expect(oulad.of('unseen-values', 'code_module')).toMatchObject([{ from: '2013-04-11', to: null }]);
    expect(oulad.of('feature-lost', 'code_module')[0]?.from).toBe('2014-01-30');
  });

  it('tells of credits below all that were seen: the new modules are smaller', () => {
    expect(oulad.of('out-of-range', 'studied_credits')).toMatchObject([{ from: '2013-04-25', to: null }]);
  });

  it('does not tell of deprivation bands: a new spelling was there from the start, and as many are missing', () => {
    expect(oulad.quiet).toContain('imd_band');
    expect(oulad.of('missing-values')).toEqual([]);
  });

  it('is not misled by those who leave first: their results are known months before the others', () => {
    expect(oulad.of('label-drift')).toEqual([]);
  });

  it('tells, as a ticket, that the model takes most of the disabled for failing', () => {
    expect(oulad.of('fairness-gap', 'disability')).toMatchObject([
      { severity: 'ticket', from: '2013-08-29' },
    ]);
  });

  it('is quiet about age and education, and takes late registration for no other unit', () => {
    expect(oulad.quiet).toEqual(expect.arrayContaining(['age_band', 'highest_education', 'region']));
    expect(oulad.of('unit-change')).toEqual([]);
  });
});
