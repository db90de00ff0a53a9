import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesAll } from '../../../server/route/matchers.ts';
import { previewSilence } from '../../../server/route/silence-preview.ts';
import { anyLabels } from './any-tree.ts';
import { matchersOf } from './routes.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;
const TIMES = { nowMs: NOW_MS, sinceMs: NOW_MS - 7 * DAY_MS };

const alert = (
  id: string,
  labels: Record<string, string>,
  [startedDaysAgo, endedDaysAgo]: readonly [number, number?] = [1],
) => ({
  id,
  labels: { tenant: 'acme', ...labels },
  startedAtMs: NOW_MS - startedDaysAgo * DAY_MS,
  resolvedAtMs: endedDaysAgo === undefined ? null : NOW_MS - endedDaysAgo * DAY_MS,
});

const ALERTS = [
  alert('fires', { model: 'fraud', severity: 'page' }),
  alert('fires-long', { model: 'delay', severity: 'ticket' }, [50]),
  alert('ended', { model: 'fraud', severity: 'ticket' }, [3, 2]),
  alert('ended-just-in-time', { model: 'fraud', severity: 'ticket' }, [30, 7]),
  alert('ended-before', { model: 'fraud', severity: 'page' }, [30, 8]),
];

const preview = (text: string, alerts = ALERTS) => {
  const { firing, past, warnings } = previewSilence(matchersOf(text), alerts, TIMES);
  return { firing: firing.map(({ id }) => id), past: past.map(({ id }) => id), warnings };
};

describe('a silence that is not made yet', () => {
  it('shows what it would silence now, and what it would have silenced in the last seven days', () => {
    expect(preview('model=fraud')).toEqual({
      firing: ['fires'],
      past: ['ended', 'ended-just-in-time'],
      warnings: [],
    });
    expect(preview('model=delay, severity=~"page|ticket"')).toEqual({
      firing: ['fires-long'],
      past: [],
      warnings: [],
    });
  });

  it('takes an alert that ends later than now for one that fires', () => {
    const { firing, past } = preview('model=fraud', [alert('f', { model: 'fraud' }, [1, -1])]);
    expect([firing, past]).toEqual([['f'], []]);
  });

  it('does not look at alerts that begin later than now', () => {
    expect(preview('model=fraud', [alert('f', { model: 'fraud' }, [-1])]).firing).toEqual([]);
  });

  it('splits exactly the alerts that its matchers fit, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyLabels, fc.boolean())), anyLabels, (drawn, wanted) => {
        const alerts = drawn.map(([labels, ended], index) => alert(`${index}`, labels, ended ? [2, 1] : [2]));
        const matchers = Object.entries(wanted).map(([name, value]) => ({ name, op: '=' as const, value }));
        const { firing, past } = previewSilence(matchers, alerts, TIMES);
        const fitting = alerts.filter(({ labels }) => matchesAll(matchers, labels));
        expect([...firing, ...past].map(({ id }) => id).sort()).toEqual(fitting.map(({ id }) => id).sort());
        expect(past.every(({ resolvedAtMs }) => resolvedAtMs !== null)).toBe(true);
      }),
    );
  });
});

describe('it warns', () => {
  it.each([
    ['tenant=acme', ['It fits every alert of the tenant, now and later.']],
    ['tenant=~".+"', ['It fits every alert of the tenant, now and later.']],
    [
      'severity=~".+"',
      ['It fits every one of the 4 alerts of this time; name what it is about more closely.'],
    ],
    ['model=frad', ['It fits no alert of this time: none fits model="frad"; there were delay, fraud.']],
    ['team=core', ['It fits no alert of this time: none has a label team.']],
    [
      'model=delay, severity=page',
      ['It fits no alert of this time: no alert fits all of its matchers at once.'],
    ],
    [
      'model!=fraud, severity!~"page"',
      ['It only says what it is not about: whatever is new is silenced, too.'],
    ],
    ['model=fraud, team=~".*"', ['team=~".*" fits alerts without a label team, too.']],
    ['model=fraud, team=""', ['team="" fits alerts without a label team, too.']],
    ['model=fraud, team!=core', []],
    ['tenant=beta', ['It fits no alert of this time: none fits tenant="beta"; there were acme.']],
  ])('of %s: %j', (text, warnings) => {
    expect(preview(text).warnings).toEqual(warnings);
  });

  it('that it could not be tried where there was no alert', () => {
    expect(preview('model=fraud', []).warnings).toEqual([
      'There was no alert in this time that it could be tried on.',
    ]);
  });

  it('with some of the values that there are', () => {
    const many = Array.from({ length: 9 }, (_, index) => alert(`${index}`, { model: `m${index}` }));
    expect(preview('model=gone', many).warnings[0]).toContain('there were m0, m1, m2, m3, m4 and others.');
  });
});
