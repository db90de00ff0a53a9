import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../server/model.ts';
import { timelineOf } from '../../../server/route/incident-evidence.ts';
import { timesOf, typicalOf } from '../../../server/route/incident-times.ts';

describe('what is typical', () => {
  it.each([
    [[], null, null, 'no incident yet'],
    [[5], null, null, '1 incident, a median needs 3'],
    [[5, 7], null, null, '2 incidents, a median needs 3'],
    [[9, 1, 5], 5, null, '3 incidents, a p90 needs 10'],
    [[1, 2, 3, 4], 2.5, null, '4 incidents, a p90 needs 10'],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 5.5, 9, null],
    [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1000], 1, 1, null],
  ])('of %j is the median %s and the p90 %s', (values, median, p90, why) => {
    expect(typicalOf(values, ['incident', 'incidents'])).toEqual({ count: values.length, median, p90, why });
  });

  it('p90 is the smallest value that at least nine of ten do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 10, maxLength: 60 }), (values) => {
        const { p90, median } = typicalOf(values, ['value', 'values']);
        const within = (limit: number) => values.filter((value) => value <= limit).length;
        expect(within(p90!)).toBeGreaterThanOrEqual(0.9 * values.length);
        const below = values.filter((value) => value < p90!);
        expect(below.length).toBeLessThan(0.9 * values.length);
        expect(within(median!) * 2).toBeGreaterThanOrEqual(values.length);
      }),
    );
  });
});

describe('an incident of an older Leeway', () => {
  const incident: Incident = {
    id: 'inc_1',
    tenant: 'acme',
    model: 'delay',
    title: 'Distance has drifted',
    severity: 'page',
    state: 'acknowledged',
    cause: null,
    openedAtMs: 1_000,
    acknowledgedAtMs: 4_000,
    mitigatedAtMs: null,
    resolvedAtMs: null,
  };

  it('has the times that are known, and no others', () => {
    const facts = { incident, acknowledgedAtMs: null, notifiedAtMs: null, notices: 0 };
    expect(timesOf(facts)).toEqual({
      detectMs: null,
      judgeMs: null,
      notifyMs: null,
      acknowledgeMs: 3_000,
      mitigateMs: null,
      resolveMs: null,
    });
  });

  it('has a timeline without evidence', () => {
    const entry = { atMs: 1_000, actor: 'leeway', kind: 'incident_opened', text: 'Opened.', subject: null };
    const nothing = { alerts: [], runIds: [], scores: new Map(), deployments: [] };
    expect(timelineOf({ incident, entries: [entry], ...nothing })).toEqual([
      {
        atMs: 1_000,
        actor: 'leeway',
        actorKind: 'system',
        kind: 'incident_opened',
        text: 'Opened.',
        evidence: null,
      },
    ]);
  });

  it.each([
    ['leeway', 'system'],
    ['trainer', 'external'],
    ['lw_1f2e3d4c', 'user'],
  ])('was written to by %s, as %s', (actor, actorKind) => {
    const entry = { atMs: 1, actor, kind: 'x', text: '', subject: 'rtr_run_1' };
    const nothing = { alerts: [], runIds: [], scores: new Map(), deployments: [] };
    expect(timelineOf({ incident, entries: [entry], ...nothing })).toMatchObject([
      { actorKind, evidence: { kind: 'delivery', path: '#/incidents/inc_1?delivery=rtr_run_1' } },
    ]);
  });
});
