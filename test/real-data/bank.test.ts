import { beforeAll, describe, expect, it } from 'vitest';
import { REAL_SETS } from '../../bench/real-data/sets.ts';
import { FOLDER, named, said, type Said } from './opened.ts';

const WEEK_MS = 7 * 86_400_000;

/** Calls of a Portuguese bank, judged by the week against May and June 2008. */
describe.skipIf(FOLDER === null)(named('bank calls of 2008 to 2010'), () => {
  let bank: Said;
  beforeAll(async () => {
    bank = await said(REAL_SETS.bank, { everyMs: 4 * WEEK_MS, toMs: Date.parse('2010-12-01T00:00:00Z') });
  }, 120_000);

  it('pages in the first week in which clients are called by mobile telephone, until the end', () => {
    expect(bank.of('feature-lost', 'contact')).toMatchObject([
      { severity: 'page', from: '2008-07-10', to: null },
    ]);
    expect(bank.of('unseen-values', 'contact')[0]).toMatchObject({ from: '2008-07-17', to: null });
  });

  it('tells of the campaign of August: whom it calls, and how often', () => {
    expect(bank.of('feature-drift', 'job')[0]).toMatchObject({
      from: '2008-08-14',
      text: expect.stringContaining('job blue-collar fell from 31.0 to 8.7 %'),
    });
    expect(bank.of('feature-drift', 'campaign')[0]).toMatchObject({ from: '2008-08-14', to: '2008-12-11' });
  });

  it('tells that nobody is called in the weeks of September 2008', () => {
    expect(bank.of('volume')).toMatchObject([
      { from: '2008-09-11', text: expect.stringContaining('0 rows where 1150 are usual') },
    ]);
  });

  it('tells that clients are called again who had been called before, when it first happens', () => {
    for (const feature of ['pdays', 'previous'])
      expect(bank.of('out-of-range', feature)).toMatchObject([{ from: '2008-10-30', to: null }]);
    expect(bank.of('unseen-values', 'poutcome')).toMatchObject([{ from: '2008-11-27', to: null }]);
  });

  it('tells of older clients and of the retired, from 2009 on', () => {
    expect(bank.of('out-of-range', 'age').map(({ from }) => from)).toEqual(['2009-03-05', '2009-07-09']);
    expect(bank.of('feature-drift', 'job').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('job retired rose from 3.7'),
    );
  });

  it('tells in the first week of March 2009 that half of those called take the deposit, where few did', () => {
    expect(bank.of('label-drift')[0]).toMatchObject({
      from: '2009-03-05',
      text: expect.stringMatching(/^label yes rose from 3\.7 to 5\d\.\d %$/),
    });
    expect(bank.of('calibration')[0]).toMatchObject({ from: '2009-04-16', to: null });
  });

  it('is quiet about what did not change', () => {
    expect(bank.quiet).toEqual(expect.arrayContaining(['default', 'marital']));
    for (const rule of ['unit-change', 'missing-values', 'not-finite', 'columns-changed', 'repeated-ids'])
      expect(bank.of(rule)).toEqual([]);
  });
});
