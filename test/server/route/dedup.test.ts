import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../server/model.ts';
import { decideNotice, isAudible, type DedupInput } from '../../../server/route/dedup.ts';
import { decideSettle, retryWaitMs } from '../../../server/route/outbox.ts';
import { HOUR, MINUTE, T0 } from './fixture.ts';

const alert = (id: string, change: Partial<Alert> = {}): Alert => ({
  id,
  tenant: 'acme',
  model: 'delay',
  rule: 'feature-drift',
  subject: id,
  episode: 1,
  state: 'firing',
  severity: 'ticket',
  startedAtMs: T0,
  resolvedAtMs: null,
  summary: id,
  value: 1,
  peak: 1,
  evidence: { text: '' },
  acknowledgedBy: null,
  silencedBy: null,
  labels: {},
  acknowledgedUntilMs: null,
  inhibitedBy: null,
  recoversAtMs: null,
  opened: 1,
  incidentId: null,
  ...change,
});

const silenced = { silencedBy: 'sil_1' };
const taken = { acknowledgedBy: 'ann' };

describe('what a receiver is told', () => {
  const cases: readonly (readonly [string, Partial<DedupInput>, string])[] = [
    ['nothing, when nothing fires', {}, 'nothing_firing'],
    ['the first alert', { firing: [alert('a')] }, 'first'],
    ['nothing of a silenced first alert', { firing: [alert('a', silenced)] }, 'silenced'],
    ['a new alert', { firing: [alert('a'), alert('b')], announced: { a: 'ticket' } }, 'new_alerts'],
    [
      'nothing of a silenced new alert before the repeat',
      { firing: [alert('a'), alert('b', silenced)], announced: { a: 'ticket' } },
      'too_soon',
    ],
    [
      'an alert that became a page',
      { firing: [alert('a', { severity: 'page' })], announced: { a: 'ticket' } },
      'new_alerts',
    ],
    [
      'that some are resolved',
      { firing: [alert('b')], announced: { a: 'ticket', b: 'ticket' }, debts: [alert('a')] },
      'some_resolved',
    ],
    ['that all are resolved', { announced: { a: 'ticket' }, debts: [alert('a')] }, 'all_resolved'],
    [
      'that all are resolved, though what still fires is silenced and was never told',
      { firing: [alert('b', silenced)], announced: { a: 'ticket' }, debts: [alert('a')] },
      'all_resolved',
    ],
    [
      'that some are resolved, though the rest is silenced',
      { firing: [alert('b', silenced)], announced: { a: 'ticket', b: 'ticket' }, debts: [alert('a')] },
      'some_resolved',
    ],
    ['nothing of what a calendar keeps quiet', { firing: [alert('a')], audible: [] }, 'muted'],
    [
      'no repeat of what a calendar keeps quiet',
      { firing: [alert('a')], audible: [], announced: { a: 'ticket' }, nowMs: T0 + 4 * HOUR },
      'muted',
    ],
    ['nothing again too soon', { firing: [alert('a')], announced: { a: 'ticket' } }, 'too_soon'],
    [
      'the same after the repeat interval',
      { firing: [alert('a')], announced: { a: 'ticket' }, nowMs: T0 + 4 * HOUR },
      'repeat',
    ],
    [
      'no repeat when acknowledged',
      { firing: [alert('a', taken)], announced: { a: 'ticket' }, nowMs: T0 + 4 * HOUR },
      'acknowledged',
    ],
    [
      'no repeat when silenced',
      { firing: [alert('a', silenced)], announced: { a: 'ticket' }, nowMs: T0 + 4 * HOUR },
      'silenced',
    ],
  ];
  it.each(cases)('%s', (_name, input, expected) => {
    const decision = decideNotice({
      firing: [],
      announced: {},
      debts: [],
      audible: (input.firing ?? []).filter(isAudible),
      toldAtMs: T0,
      repeatIntervalMs: 4 * HOUR,
      nowMs: T0 + MINUTE,
      ...input,
    });
    expect(decision.tell ?? decision.why).toBe(expected);
  });
});

describe('a delivery after a try', () => {
  const delivery = { id: 'ntc_1', state: 'leased', attempt: 1, expiresAtMs: T0 + HOUR } as const;
  it.each([
    ['sent', { ...delivery }, { kind: 'sent', detail: '' }, 'sent delivered'],
    ['sent late', { ...delivery, state: 'dead' }, { kind: 'sent', detail: '' }, 'sent delivered'],
    ['sent twice', { ...delivery, state: 'sent' }, { kind: 'sent', detail: '' }, 'unchanged already_sent'],
    ['refused', { ...delivery }, { kind: 'failed', detail: '' }, 'dead refused'],
    [
      'refused after death',
      { ...delivery, state: 'dead' },
      { kind: 'failed', detail: '' },
      'unchanged already_dead',
    ],
    ['worth retrying', { ...delivery }, { kind: 'retry', afterMs: null, detail: '' }, 'pending retry'],
    ['told to wait too long', { ...delivery }, { kind: 'retry', afterMs: HOUR, detail: '' }, 'dead expired'],
  ] as const)('%s', (_name, state, outcome, expected) => {
    const decision = decideSettle(state, outcome, T0);
    expect(`${decision.state} ${decision.reason}`).toBe(expected);
  });

  it('waits twice as long each time, at most an hour, spread by a fifth, and the same on every run', () => {
    const waits = Array.from({ length: 15 }, (_, index) => retryWaitMs('ntc_1', index + 1, null));
    expect(waits).toEqual(waits.map((_, index) => retryWaitMs('ntc_1', index + 1, null)));
    waits.forEach((wait, index) => {
      const plain = Math.min(HOUR, 5_000 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(plain * 0.8);
      expect(wait).toBeLessThanOrEqual(plain * 1.2);
    });
    expect(new Set(['a', 'b', 'c', 'd'].map((id) => retryWaitMs(id, 1, null))).size).toBe(4);
  });

  it('honours a longer wait the receiver asks for', () => {
    expect(retryWaitMs('ntc_1', 1, 90_000)).toBe(90_000);
  });
});
