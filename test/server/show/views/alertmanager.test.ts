import { describe, expect, it } from 'vitest';
import {
  alertView,
  groupViews,
  matcherOf,
  silenceView,
  type LabelledAlert,
} from '../../../../server/show/views/alertmanager.ts';
import { matchersOf, routeWith } from '../../route/routes.ts';
import { alertOf, HOUR_MS, NOW_MS } from '../fixtures.ts';

const options = { route: routeWith(), publicUrl: 'http://leeway.test', nowMs: NOW_MS };
const one = (labels: Record<string, string>, changes: Partial<LabelledAlert> = {}): LabelledAlert => ({
  alert: alertOf(),
  labels,
  routedBy: labels,
  silencedBy: null,
  inhibitedBy: null,
  ...changes,
});

describe('an alert', () => {
  it('that another keeps quiet names it by its fingerprint', () => {
    const source = one({ rule: 'absence', model: 'fraud' });
    const kept = one({ rule: 'drift' }, { inhibitedBy: { model: 'fraud', rule: 'absence', team: '' } });
    expect(alertView(kept, options).status).toEqual({
      state: 'suppressed',
      silencedBy: [],
      inhibitedBy: [alertView(source, options).fingerprint],
    });
  });

  it('that nobody is told of says so, as Alertmanager has a receiver for everything', () => {
    expect(alertView(one({}), options).receivers).toEqual([{ name: '(nobody)' }]);
  });

  it('has its name of a tenant that must be escaped in a link', () => {
    const { generatorURL } = alertView(one({}, { alert: alertOf({ tenant: 'a/b' }) }), options);
    expect(generatorURL).toBe('http://leeway.test/#/models/a%2Fb/fraud');
  });
});

describe('groups', () => {
  const route = routeWith({
    receivers: ['root'],
    routes: [
      routeWith({ id: 'all', continues: true, receivers: ['audit'], groupBy: ['...'] }),
      routeWith({
        id: 'page',
        matchers: matchersOf('severity=page'),
        receivers: ['oncall'],
        groupBy: ['model', 'team'],
      }),
    ],
  });
  const alerts = [
    one({ model: 'fraud', subject: 'amount', severity: 'page' }),
    one(
      { model: 'fraud', subject: 'country', severity: 'ticket' },
      { routedBy: { model: 'fraud', severity: 'page' } },
    ),
    one({ model: 'delay', subject: 'age', severity: 'page' }),
  ];

  it('are made of the routes that handle an alert, by the labels that it is routed by', () => {
    const seen = groupViews(alerts, { ...options, route }).map(({ receiver, labels, alerts: inside }) => [
      receiver.name,
      labels,
      inside.map((view) => view.labels['subject']),
    ]);
    expect(seen).toHaveLength(5);
    expect(seen).toContainEqual(['oncall', { model: 'fraud' }, ['amount', 'country']]);
    expect(seen).toContainEqual(['oncall', { model: 'delay' }, ['age']]);
    expect(seen).toContainEqual(['audit', { model: 'delay', subject: 'age', severity: 'page' }, ['age']]);
  });
});

describe('a silence', () => {
  const silence = { id: 's', fromMs: NOW_MS, toMs: NOW_MS + HOUR_MS, author: 'a', reason: 'r' };

  it.each([
    [-1, 'pending'],
    [0, 'active'],
    [HOUR_MS - 1, 'active'],
    [HOUR_MS, 'expired'],
  ])('%d ms after its beginning is %s', (afterMs, state) => {
    expect(silenceView({ ...silence, matchers: [] }, NOW_MS + afterMs).status).toEqual({ state });
  });

  it('keeps its matchers both ways', () => {
    const matchers = matchersOf('a=b, c!=d, e=~"f", g!~"h"');
    expect(silenceView({ ...silence, matchers }, NOW_MS).matchers.map(matcherOf)).toEqual(matchers);
    expect(matcherOf({ name: 'a', value: 'b', isRegex: true })).toEqual({ name: 'a', op: '=~', value: 'b' });
  });
});
