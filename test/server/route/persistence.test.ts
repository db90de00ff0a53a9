import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideVerdict, type Level } from '../../../server/route/persistence.ts';

const drift = { ticket: { atLeast: 0.1 }, persistence: { open: 2, of: 3, pageOpen: 1, close: 2 } };
const pageOnly = { persistence: { open: 1, of: 1, pageOpen: 1, close: 1 } };
const slowPage = { ticket: { atLeast: 0.1 }, persistence: { open: 2, of: 3, pageOpen: 2, close: 2 } };

const T = 'ticket';
const P = 'page';
const C = 'clean';

describe('the verdict of a window', () => {
  it.each([
    ['one ticket breach waits', drift, T, [], null, 'waiting_for_persistence none'],
    ['two in a row open a ticket', drift, T, [T], null, 'breach open'],
    ['two of three open a ticket', drift, T, [C, T], null, 'breach open'],
    ['two of four do not', drift, T, [C, C, T], null, 'waiting_for_persistence none'],
    ['page level opens at once', drift, P, [C, C], null, 'breach open'],
    ['a clean window never opens, whatever came before', drift, C, [T, T], null, 'quiet none'],
    ['missing data never opens', drift, null, [T, T], null, 'insufficient_data none'],
    ['missing data never closes', drift, null, [C], T, 'insufficient_data keep'],
    ['the first clean window clears', drift, C, [T], T, 'clearing keep'],
    ['the second closes', drift, C, [C, T], T, 'quiet close'],
    ['a breach between keeps it', drift, T, [C, T], T, 'breach keep'],
    ['a value near its limit does not open', drift, 'near', [T, T], null, 'quiet none'],
    ['nor count as a breach', drift, T, ['near', 'near'], null, 'waiting_for_persistence none'],
    ['nor close', drift, 'near', [C], T, 'holding keep'],
    ['and interrupts the clean ones', drift, C, ['near', C], T, 'clearing keep'],
    ['page level raises a ticket', drift, P, [T], T, 'breach rise'],
    ['a page never falls back to a ticket', drift, T, [P], P, 'breach keep'],
    ['one score opens a page-only rule', pageOnly, P, [], null, 'breach open'],
    ['one clean score closes it', pageOnly, C, [P], P, 'quiet close'],
    ['page level that has to persist is a ticket first', slowPage, P, [T], null, 'breach open'],
    ['and raises it when it does', slowPage, P, [P, T], T, 'breach rise'],
  ] as const)('%s', (_name, rule, level, history, firing, expected) => {
    const verdict = decideVerdict({ rule, level, history, firing });
    expect(`${verdict.reason} ${verdict.transition}`).toBe(expected);
  });

  it('opens a page-only rule as a page and a ticket-level breach as a ticket', () => {
    expect(decideVerdict({ rule: pageOnly, level: P, history: [], firing: null }).severity).toBe(P);
    expect(decideVerdict({ rule: drift, level: T, history: [T], firing: null }).severity).toBe(T);
    expect(decideVerdict({ rule: slowPage, level: P, history: [T], firing: null }).severity).toBe(T);
  });

  it.each([
    ['the same ticket', T, [T], 'ticket', 'resolved_by_hand none'],
    ['a ticket after a page', T, [T], 'page', 'resolved_by_hand none'],
    ['a page after a ticket', P, [T], 'ticket', 'breach open'],
  ] as const)('after a person ended it, %s', (_name, level, history, endedByHand, expected) => {
    const verdict = decideVerdict({ rule: drift, level, history, firing: null, endedByHand });
    expect(`${verdict.reason} ${verdict.transition}`).toBe(expected);
  });

  it('fires after it only by opening or keeping, and is silent after it only by closing or never opening', () => {
    const levels = fc.constantFrom<Level>('page', 'ticket', 'near', 'clean');
    fc.assert(
      fc.property(
        fc.oneof(levels, fc.constant(null)),
        fc.array(levels, { maxLength: 4 }),
        fc.constantFrom(null, 'ticket' as const, 'page' as const),
        (level, history, firing) => {
          const verdict = decideVerdict({ rule: drift, level, history, firing });
          const fires = ['open', 'rise', 'keep'].includes(verdict.transition);
          expect(verdict.severity !== null).toBe(fires);
          expect(verdict.transition === 'close').toBe(firing !== null && !fires);
        },
      ),
    );
  });
});
