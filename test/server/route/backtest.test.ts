import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Score } from '../../../server/model.ts';
import { RuleReplay } from '../../../server/route/backtest.ts';
import { bench, DAY, RULES, score, T0 } from './fixture.ts';

const at = (day: number) => T0 + day * DAY;
const replayed = (scores: readonly Score[], days = 28) => {
  const replay = new RuleReplay(RULES);
  replay.judge(scores);
  return replay.result({ fromMs: at(0), toMs: at(days) });
};
const ofRule = (id: string, scores: readonly Score[], days?: number) =>
  replayed(scores, days).rules.find(({ rule }) => rule === id);
const days = (values: readonly (number | null)[], change: Partial<Score> = {}) =>
  values.map((value, index) => score(index + 1, value, change));

describe('a backtest', () => {
  it('tells when each incident would have opened and ended, how high it went, and why', () => {
    const moved = (day: number, value: number) =>
      score(day, value, { evidence: { text: `Distance rose on day ${day}` } });
    const found = ofRule('feature-drift', [
      moved(1, 0.15),
      moved(2, 0.15),
      moved(3, 0.4),
      ...days([0, 0, 0, 0, 0]).slice(3),
    ]);
    expect(found).toMatchObject({ judged: 5, undecided: 0, alerts: 1, pages: 1, perFourWeeks: 1 });
    expect(found?.incidents).toEqual([
      {
        tenant: 'acme',
        model: 'delay',
        severity: 'page',
        fromMs: at(2),
        toMs: at(5),
        alerts: [
          {
            subject: 'Distance',
            severity: 'page',
            fromMs: at(2),
            toMs: at(5),
            peak: 0.4,
            text: 'Distance has drifted from its baseline (Jensen-Shannon distance 0.4): Distance rose on day 3',
          },
        ],
      },
    ]);
  });

  it('joins what overlaps in one model, and nothing else', () => {
    const other = (values: readonly number[], change: Partial<Score>) => days(values, change);
    const scores = [
      ...days([0.4, 0.4, 0, 0, 0, 0.4, 0, 0]),
      ...other([0, 0.4, 0.4, 0, 0, 0, 0, 0], { subject: 'Carrier' }),
      ...other([0.4, 0, 0], { tenant: 'other' }),
    ].toSorted((first, second) => first.windowToMs - second.windowToMs);
    const found = ofRule('feature-drift', scores, 14);
    expect(found).toMatchObject({ alerts: 4, perFourWeeks: 6 });
    expect(
      found?.incidents.map(({ tenant, fromMs, toMs, alerts }) => [
        tenant,
        fromMs,
        toMs,
        alerts.map(({ subject }) => subject),
      ]),
    ).toEqual([
      ['acme', at(1), at(5), ['Distance', 'Carrier']],
      ['other', at(1), at(3), ['Distance']],
      ['acme', at(6), at(8), ['Distance']],
    ]);
  });

  it('leaves open what would go on, and counts what had too little data', () => {
    const found = ofRule('feature-drift', days([0.4, null, null]));
    expect(found).toMatchObject({ judged: 3, undecided: 2, incidents: [{ toMs: null }] });
  });

  it('names every rule, those that judged nothing too', () => {
    const { rules, scores } = replayed([]);
    expect(rules.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
    expect([scores, rules.every(({ incidents }) => incidents.length === 0)]).toEqual([0, true]);
  });

  it('opens and ends what the control store would, when all is judged in time', async () => {
    const value = fc.constantFrom(null, 0, 0.05, 0.12, 0.3);
    // What is no longer judged at all the store ends by its own clock; see unjudged.test.ts.
    const window = fc.record({ Distance: value, Carrier: value, $prediction: value });
    await fc.assert(
      fc.asyncProperty(fc.array(window, { minLength: 1, maxLength: 15 }), async (windows) => {
        const own = await bench();
        try {
          const replay = new RuleReplay(RULES);
          for (const [index, each] of windows.entries()) {
            const scores = Object.entries(each).map(([subject, found]) =>
              score(index + 1, found, { subject }),
            );
            await own.control.judge(scores, at(index + 1));
            // What flaps goes on for half an hour, which a replay leaves out.
            await own.control.runTimers(at(index + 1) + 31 * 60_000);
            replay.judge(scores);
          }
          const alerts = await own.control.alerts({ tenant: 'acme' });
          const stored = alerts.map(({ rule, subject, severity, startedAtMs, resolvedAtMs, peak }) => [
            rule,
            subject,
            severity,
            startedAtMs,
            resolvedAtMs === null ? null : resolvedAtMs - ((resolvedAtMs - at(0)) % DAY),
            peak,
          ]);
          const found = replay
            .result({ fromMs: at(0), toMs: at(15) })
            .rules.flatMap(({ rule, incidents }) =>
              incidents.flatMap((incident) =>
                incident.alerts.map(({ subject, severity, fromMs, toMs, peak }) => [
                  rule,
                  subject,
                  severity,
                  fromMs,
                  toMs,
                  peak,
                ]),
              ),
            );
          expect(found.map(String).toSorted()).toEqual(stored.map(String).toSorted());
        } finally {
          await own.end();
        }
      }),
      { numRuns: 20 },
    );
  });

  it('tells of overrides that fit nothing: a misspelt name would change nothing, and nobody would see it', () => {
    const overrides = [
      { subject: 'Distance', ticket: { atLeast: 0.2 }, place: 'own.yaml:2:5' },
      { subject: 'Distence', ticket: { atLeast: 0.2 }, place: 'own.yaml:4:5' },
      { model: 'dealy', off: true, place: 'own.yaml:6:5' },
    ];
    const replay = new RuleReplay(
      RULES.map((rule) => (rule.id === 'feature-drift' ? { ...rule, overrides } : rule)),
    );
    replay.judge(days([0.4]));
    expect(replay.unfitted()).toEqual([
      'own.yaml:4:5: nothing that was judged by feature-drift fits subject Distence; check the names.',
      'own.yaml:6:5: nothing that was judged by feature-drift fits model dealy; check the names.',
    ]);
  });
});
