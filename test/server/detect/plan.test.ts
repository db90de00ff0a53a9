import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultModel } from '../../../server/config.ts';
import { jobTarget, missingJobs, nextDue, windowsDue, withoutFuture } from '../../../server/detect/plan.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const model = defaultModel({ tenant: 'acme', model: 'fraud' });
const at = (text: string) => Date.parse(`2026-06-${text}Z`);

describe('windowsDue', () => {
  const due = (input: { lastRun: string | null; firstEvent: string | null; now: string }) =>
    windowsDue({
      model,
      lastRunMs: input.lastRun === null ? null : at(input.lastRun),
      firstEventMs: input.firstEvent === null ? null : at(input.firstEvent),
      nowMs: at(input.now),
    }).map((window) => new Date(window.fromMs).toISOString().slice(8, 10));

  it.each([
    ['nothing before the first event', { lastRun: null, firstEvent: null, now: '10T12:00:00' }, []],
    [
      'no window while the first is open',
      { lastRun: null, firstEvent: '10T01:00:00', now: '10T12:00:00' },
      [],
    ],
    ['no window until it has settled', { lastRun: null, firstEvent: '10T01:00:00', now: '11T00:09:00' }, []],
    [
      'the closed and settled window',
      { lastRun: null, firstEvent: '10T01:00:00', now: '11T00:10:00' },
      ['10'],
    ],
    ['each window once', { lastRun: '11T00:10:00', firstEvent: '10T01:00:00', now: '11T00:11:00' }, []],
    [
      'all that a pause missed',
      { lastRun: '11T00:10:00', firstEvent: '10T01:00:00', now: '14T00:30:00' },
      ['11', '12', '13'],
    ],
  ])('gives %s', (_name, input, expected) => {
    expect(due(input)).toEqual(expected);
  });

  it('judges every closed window exactly once, however the runs fall', () => {
    const start = at('01T00:00:00');
    const steps = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(steps, (minutes) => {
        const seen: number[] = [];
        let [nowMs, lastRunMs] = [start, null as number | null];
        for (const step of minutes) {
          nowMs += step * MINUTE_MS;
          seen.push(
            ...windowsDue({ model, lastRunMs, firstEventMs: start + 1, nowMs }).map(
              (window) => window.fromMs,
            ),
          );
          lastRunMs = nowMs;
        }
        const closed = Math.floor((nowMs - model.settleMs - start) / DAY_MS);
        expect(seen).toEqual(
          Array.from({ length: Math.max(0, closed) }, (_, index) => start + index * DAY_MS),
        );
      }),
    );
  });
});

describe('jobs', () => {
  it('are made once for every model and kind', () => {
    const jobs = missingJobs([model], [], 5);
    expect(jobs.map((job) => job.id)).toEqual([
      'late',
      'late-labels',
      'windows/acme/fraud',
      'slo/acme/fraud',
      'absence/acme/fraud',
      'outcomes/acme/fraud',
    ]);
    expect(missingJobs([model], jobs, 9)).toEqual([]);
  });

  it('that a clock far ahead has put to sleep are due again', () => {
    const job = missingJobs([model], [], 5).find(({ id }) => id.startsWith('windows/'));
    expect(
      withoutFuture(
        [{ ...job!, lastRunMs: at('20T00:00:00'), dueAtMs: at('21T00:00:00') }],
        [model],
        at('10T00:00:00'),
      ),
    ).toEqual([{ id: 'windows/acme/fraud', dueAtMs: at('10T00:00:00'), lastRunMs: at('10T00:00:00') }]);
    expect(
      withoutFuture([{ ...job!, lastRunMs: null, dueAtMs: at('30T00:00:00') }], [model], at('10T00:00:00')),
    ).toMatchObject([{ dueAtMs: at('10T00:00:00'), lastRunMs: null }]);
    expect(withoutFuture([{ ...job!, lastRunMs: 4 }], [model], 5)).toEqual([]);
  });

  it('name their model, or nothing when the model is gone', () => {
    expect(jobTarget('slo/acme/fraud', [model])?.kind).toBe('slo');
    expect(jobTarget('slo/acme/other', [model])).toBeNull();
  });

  it.each([
    ['windows', '11T00:10:00', '12T00:10:00'],
    ['windows', '11T00:09:00', '11T00:10:00'],
    ['slo', '11T00:09:30', '11T00:10:00'],
    ['absence', '11T00:00:00', '11T00:05:00'],
  ] as const)('%s, run at %s, is due at %s', (kind, now, expected) => {
    expect(nextDue(kind, model, at(now))).toBe(at(expected));
  });
});
