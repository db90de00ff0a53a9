import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inhibitions } from '../../../server/route/inhibit.ts';
import type { InhibitSettings } from '../../../server/settings.ts';
import { answersOf, inhibited, inhibitedByDefinition, type Labelled } from './inhibited.ts';
import { matchersOf } from './routes.ts';

const rule = (
  id: string,
  source: string,
  target: string,
  equal: readonly string[] = [],
): InhibitSettings => ({
  id,
  source: matchersOf(source),
  target: matchersOf(target),
  equal,
});
const firing = (id: string, labels: Record<string, string>): Labelled => ({ id, labels });
const noData = rule('no-data', 'rule=absence', 'kind=drift', ['tenant', 'model']);

describe('an alert is kept quiet', () => {
  it('while a source fires with the same values of the labels in equal', () => {
    const alerts = [
      firing('gone', { rule: 'absence', tenant: 'acme', model: 'fraud' }),
      firing('drifts', { kind: 'drift', tenant: 'acme', model: 'fraud' }),
      firing('other-model', { kind: 'drift', tenant: 'acme', model: 'delay' }),
      firing('other-tenant', { kind: 'drift', tenant: 'beta', model: 'fraud' }),
      firing('other-kind', { kind: 'slo', tenant: 'acme', model: 'fraud' }),
    ];
    expect([...inhibited(alerts, [noData])]).toEqual([['drifts', { rule: 'no-data', sourceId: 'gone' }]]);
    expect(inhibited(alerts.slice(1), [noData]).size).toBe(0);
  });

  it('when a label in equal is missing on one side and empty on the other', () => {
    const alerts = [firing('s', { rule: 'absence', tenant: '' }), firing('t', { kind: 'drift', model: '' })];
    expect(inhibited(alerts, [noData]).get('t')).toEqual({ rule: 'no-data', sourceId: 's' });
  });

  it('by any source when equal names nothing', () => {
    const alerts = [firing('s', { a: 'source', x: '1' }), firing('t', { a: 'target', x: '2' })];
    expect(inhibited(alerts, [rule('all', 'a=source', 'a=target')]).get('t')?.sourceId).toBe('s');
  });

  it('by an alert that is itself kept quiet', () => {
    const rules = [rule('1', 'a=top', 'a=middle'), rule('2', 'a=middle', 'a=bottom')];
    const alerts = ['top', 'middle', 'bottom'].map((a) => firing(a, { a }));
    expect([...inhibited(alerts, rules).keys()]).toEqual(['middle', 'bottom']);
  });

  it('not because values run together differently', () => {
    const parted = rule('parted', 'a=source', 'a=target', ['x', 'y']);
    const alerts = [
      firing('s', { a: 'source', x: '1,2', y: '3' }),
      firing('t', { a: 'target', x: '1', y: '2,3' }),
    ];
    expect(inhibited(alerts, [parted]).size).toBe(0);
  });
});

describe('an alert that fits both sides', () => {
  const both = rule('both', 'severity=~"page|ticket"', 'severity=~"ticket|note"', ['model']);
  const page = firing('page', { severity: 'page', model: 'fraud' });
  const tickets = ['ticket-1', 'ticket-2'].map((id) => firing(id, { severity: 'ticket', model: 'fraud' }));

  it('is not kept quiet by itself', () => {
    expect(inhibited(tickets.slice(0, 1), [both]).size).toBe(0);
  });

  it('is not kept quiet by others like it', () => {
    expect(inhibited(tickets, [both]).size).toBe(0);
  });

  it('is kept quiet by a source that is no target', () => {
    expect([...inhibited([...tickets, page], [both])]).toEqual([
      ['ticket-1', { rule: 'both', sourceId: 'page' }],
      ['ticket-2', { rule: 'both', sourceId: 'page' }],
    ]);
  });

  it('keeps a target quiet that is no source', () => {
    const note = firing('note', { severity: 'note', model: 'fraud' });
    expect(inhibited([note, ...tickets], [both]).get('note')?.sourceId).toBe('ticket-1');
  });
});

describe('for any alerts and rules', () => {
  const value = fc.constantFrom('', 'x', 'y');
  const labels = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
  const alerts = fc
    .array(labels, { maxLength: 12 })
    .map((all) => all.map((one, index) => firing(`a${index}`, withoutUndefined(one))));
  const matchers = fc
    .array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('=', '!=', '=~'), value), { maxLength: 2 })
    .map((all) => all.map(([name, op, text]) => `${name}${op}"${text}"`).join(','));
  const rules = fc
    .array(fc.tuple(matchers, matchers, fc.subarray(['a', 'b', 'c'])), { maxLength: 4 })
    .map((all) => all.map(([source, target, equal], index) => rule(`r${index}`, source, target, equal)));

  it('it is what looking at every pair finds', () => {
    fc.assert(
      fc.property(alerts, rules, (any, anyRules) => {
        expect(inhibited(any, anyRules)).toEqual(inhibitedByDefinition(any, anyRules));
      }),
      { numRuns: 2000 },
    );
  });

  it('it stays so while alerts come, change and go, and whose answer changed is told', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.option(labels, { freq: 3 })), { maxLength: 25 });
    fc.assert(
      fc.property(steps, rules, (any, anyRules) => {
        const index = new Inhibitions(anyRules);
        const now = new Map<string, Labelled>();
        for (const [number, given] of any) {
          const before = answersOf(index, [...now.values()]);
          const id = `a${number}`;
          const told = index.put(id, given === null ? null : withoutUndefined(given));
          if (given === null) now.delete(id);
          else now.set(id, firing(id, withoutUndefined(given)));
          const after = answersOf(index, [...now.values()]);
          expect(after).toEqual(inhibitedByDefinition([...now.values()], anyRules));
          for (const each of now.keys())
            if (before.get(each)?.sourceId !== after.get(each)?.sourceId) expect(told).toContain(each);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the order of the alerts does not matter', () => {
    fc.assert(
      fc.property(alerts, rules, (any, anyRules) => {
        const sorted = (of: readonly Labelled[]) =>
          [...inhibited(of, anyRules)].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(sorted(any.toReversed())).toEqual(sorted(any));
      }),
    );
  });
});

it('holds for 10,000 alerts under 5 rules', () => {
  const alerts = Array.from({ length: 10_000 }, (_, index) =>
    firing(`a${index}`, {
      tenant: `t${index % 10}`,
      model: `m${index % 500}`,
      kind: ['drift', 'slo', 'fairness'][index % 3] ?? '',
      rule: index % 7 === 0 ? 'absence' : `rule-${index % 20}`,
      severity: index % 5 === 0 ? 'page' : 'ticket',
    }),
  );
  const rules = [
    noData,
    rule('no-data-slo', 'rule=absence', 'kind=~"slo|fairness"', ['tenant', 'model']),
    rule('pages', 'severity=page', 'severity=ticket', ['tenant', 'model', 'kind']),
    rule('expression', 'rule=~"rule-1.*"', 'rule!~"rule-1.*"', ['tenant', 'model']),
    rule('never', 'tenant=nobody', 'severity=ticket'),
  ];
  expect(inhibited(alerts, rules).size).toBeGreaterThan(1000);
});

function withoutUndefined(labels: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
