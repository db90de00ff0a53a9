import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wishOf } from '../../ui/keys.ts';
import { keepPlaces } from '../../ui/order.ts';
import { fleetSummary, urgentFirst } from '../../ui/ranks.ts';
import { href, match } from '../../ui/router.ts';
import { ROUTES } from '../../ui/routes.ts';

describe('a route', () => {
  const patterns = ROUTES.map((route) => route.path);

  it.each([
    ['#/fleet', 'fleet', {}, {}],
    ['#/fleet?tenant=ops', 'fleet', {}, { tenant: 'ops' }],
    [
      '#/models/ops/a%2Fb?window=5',
      'models/:tenant/:model',
      { tenant: 'ops', model: 'a/b' },
      { window: '5' },
    ],
    ['#/incidents/inc-7/', 'incidents/:id', { id: 'inc-7' }, {}],
  ])('%s is found', (hash, path, params, query) => {
    expect(match(patterns, hash)).toEqual({ path, params, query });
  });

  it.each(['', '#', '#/nowhere', '#/models/ops', '#/models//x', '#/incidents/%E0%A4%A'])(
    '«%s» is nowhere',
    (hash) => expect(match(patterns, hash)).toBeNull(),
  );

  it('of any names leads back to them', () => {
    const name = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' });
    fc.assert(
      fc.property(name, name, (tenant, model) => {
        const found = match(patterns, href(['models', tenant, model], { window: '1' }));
        expect(found?.params).toEqual({ tenant, model });
        expect(found?.query).toEqual({ window: '1' });
      }),
    );
  });
});

describe('rows while they are refreshed', () => {
  const keyOf = (row: string): string => row;

  it('keep their place; new ones come last, gone ones leave', () => {
    expect(keepPlaces(['b', 'a', 'x'], ['c', 'a', 'b'], keyOf)).toEqual({
      rows: ['b', 'a', 'c'],
      outdated: true,
    });
  });

  it('are as wanted when nothing was shown yet', () => {
    expect(keepPlaces([], ['c', 'a'], keyOf)).toEqual({ rows: ['c', 'a'], outdated: false });
  });

  it('are always the same rows as wanted', () => {
    const rows = fc.uniqueArray(fc.string());
    fc.assert(
      fc.property(rows, rows, (shown, wanted) => {
        const kept = keepPlaces(shown, wanted, keyOf).rows;
        expect([...kept].sort()).toEqual([...wanted].sort());
      }),
    );
  });
});

it.each([
  [[], 'Nothing to watch yet.'],
  [['learning'], 'One model: learning.'],
  [['action'], 'One model: needs action.'],
  [['healthy', 'healthy'], 'All 2 models are healthy.'],
  [['action', 'drifting', 'drifting', 'healthy'], 'Of 4 models: 1 needs action, 2 with warnings, 1 healthy.'],
] as const)('a fleet of %j is told in words', (states, text) => {
  expect(fleetSummary(states.map((health) => ({ health })))).toBe(text);
});

it('pages come before tickets, what fires before what ended, the newest first', () => {
  const alerts = [
    { id: 'ended', state: 'resolved', severity: 'page', startedAtMs: 9 },
    { id: 'ticket', state: 'firing', severity: 'ticket', startedAtMs: 8 },
    { id: 'old page', state: 'firing', severity: 'page', startedAtMs: 1 },
    { id: 'new page', state: 'firing', severity: 'page', startedAtMs: 2 },
  ] as const;
  expect(urgentFirst(alerts).map(({ id }) => id)).toEqual(['new page', 'old page', 'ticket', 'ended']);
});

it('a sequence of keys wins over its last key', () => {
  expect(wishOf('g', 'f')).toEqual({ kind: 'go', page: 'fleet' });
  expect(wishOf('x', 'j')).toEqual({ kind: 'move', by: 1 });
  expect(wishOf('', 'f')).toBeNull();
});
