import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../server/config.ts';
import { FatalError } from '../../../server/errors.ts';
import { importOpenSlo } from '../../../server/slo/openslo.ts';

const SLO = {
  apiVersion: 'openslo/v1',
  kind: 'SLO',
  metadata: { name: 'answers' },
  spec: {
    service: 'fraud',
    budgetingMethod: 'Occurrences',
    timeWindow: [{ duration: '28d', isRolling: true }],
    indicator: {
      spec: {
        ratioMetric: {
          counter: true,
          good: { metricSource: { type: 'Prometheus', spec: { query: 'sum(good)' } } },
          total: { metricSource: { type: 'Prometheus', spec: { query: 'sum(all)' } } },
        },
      },
    },
    objectives: [{ target: 0.995 }],
  },
};
type Spec = Readonly<Record<string, unknown>>;

/** The documents of a file, as JSON, which is YAML too. */
function imported(...documents: readonly object[]) {
  return importOpenSlo(documents.map((one) => JSON.stringify(one)).join('\n---\n'), 'slos.yaml');
}

const withSpec = (spec: Spec) => ({ ...SLO, spec: { ...SLO.spec, ...spec } });
const leewaySource = (spec: Spec) => ({
  indicator: { spec: { ratioMetric: { counter: true, bad: { metricSource: { type: 'leeway', spec } } } } },
});
const latency = {
  indicator: { spec: { thresholdMetric: { metricSource: { type: 'Datadog', spec: { query: 'p99' } } } } },
};

describe('an OpenSLO file', () => {
  it('becomes an objective of the model that its service is', () => {
    const { slos, warnings } = imported(SLO);
    expect(slos).toEqual([
      { model: 'fraud', slo: { id: 'answers', kind: 'availability', target: 99.5, period: '28d' } },
    ]);
    expect(warnings).toEqual([
      'slos.yaml:1:192 SLO "answers": its queries are text for another system, which Leeway does not run: taken as availability, check that it is',
    ]);
  });

  it.each([
    ['28d', '28d', []],
    ['4w', '28d', []],
    ['1M', '30d', ['1M is taken as 30d']],
    ['1Q', '90d', ['1Q is taken as 90d']],
    ['168h', '7d', []],
    ['14d', '14d', ['a period of 14d is none of 7d, 28d, 30d, 90d, the usual ones']],
  ])('with a window of %s has a period of %s', (duration, period, notes) => {
    const { slos, warnings } = imported(
      withSpec({ timeWindow: [{ duration, isRolling: true }], ...leewaySource({ kind: 'availability' }) }),
    );
    expect(slos[0]?.slo['period']).toBe(period);
    expect(warnings.map((one) => one.replace(/^slos\.yaml:1:\d+ SLO "answers": /, ''))).toEqual(notes);
  });

  it('says what a source of the type leeway says, of another model where it names one', () => {
    const { slos, warnings } = imported(
      withSpec(leewaySource({ model: 'churn', kind: 'quality', minCoverage: 70 })),
    );
    expect(slos).toEqual([
      {
        model: 'churn',
        slo: { id: 'answers', kind: 'quality', target: 99.5, period: '28d', minCoverage: 70 },
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it('finds indicators and sources by their names', () => {
    const { slos } = imported(
      withSpec({ indicator: undefined, indicatorRef: 'fast' }),
      {
        apiVersion: 'openslo/v1',
        kind: 'SLI',
        metadata: { name: 'fast' },
        spec: {
          thresholdMetric: {
            metricSource: { metricSourceRef: 'here', spec: { kind: 'latency', threshold: '120ms' } },
          },
        },
      },
      {
        apiVersion: 'openslo/v1',
        kind: 'DataSource',
        metadata: { name: 'here' },
        spec: { type: 'leeway', connectionDetails: {} },
      },
    );
    expect(slos[0]?.slo).toMatchObject({ kind: 'latency', threshold: '120ms' });
  });

  it('with several objectives becomes several', () => {
    const { slos, warnings } = imported(
      withSpec({
        ...latency,
        objectives: [
          { op: 'lte', value: 100, target: 0.9, compositeWeight: 2 },
          { op: 'lt', value: 500, targetPercent: 99 },
        ],
      }),
    );
    expect(slos.map(({ slo }) => [slo['id'], slo['threshold'], slo['target']])).toEqual([
      ['answers-1', '100ms', 90],
      ['answers-2', '500ms', 99],
    ]);
    expect(warnings.join('\n')).toContain('its 2 objectives become as many SLOs; a composite or its weights');
  });

  const thresholdOf = (source: Spec, query: string) => ({
    indicator: {
      spec: { thresholdMetric: { metricSource: { type: 'Prometheus', ...source, spec: { query } } } },
    },
  });

  it.each<[string, Spec, Spec, number, string]>([
    ['histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m]))', {}, {}, 0.3, '300ms'],
    ['http_request_duration_seconds', {}, {}, 0.07, '70ms'],
    ['http.server.duration.ms{team="a_seconds "}', {}, { unit: 's' }, 2, '2000ms'],
    ['latency_milliseconds_sum / latency_milliseconds_count', {}, {}, 250, '250ms'],
    ['p99', { unit: 'Seconds' }, {}, 1.5, '1500ms'],
    ['p99', { unit: 'ms' }, {}, 250, '250ms'],
  ])(
    'reads the unit of a latency where the file tells it: %s %j %j',
    (query, source, objective, value, threshold) => {
      const objectives = [{ op: 'lte', value, target: 0.9, ...objective }];
      const { slos, warnings } = imported(withSpec({ ...thresholdOf(source, query), objectives }));
      expect(slos[0]?.slo).toMatchObject({ kind: 'latency', threshold });
      expect(warnings.join('\n')).toContain(`the value ${value} is taken as ${threshold}: `);
      expect(warnings.join('\n')).not.toContain('NOT KNOWN');
    },
  );

  it.each(['p99', 'latency_microseconds', 'a_seconds / b_milliseconds', 'seconds_total'])(
    'warns loudly, at the value, that the unit is not known, and which was taken: %s',
    (query) => {
      const spec = withSpec({
        ...thresholdOf({}, query),
        objectives: [{ op: 'lt', value: 0.3, target: 0.9 }],
      });
      const { slos, warnings } = imported(spec);
      expect(slos[0]?.slo).toMatchObject({ threshold: '0.3ms' });
      const column = JSON.stringify(spec).indexOf('0.3,') + 1;
      expect(warnings).toContain(
        `slos.yaml:1:${column} SLO "answers": the value 0.3 is taken as 0.3ms: THE UNIT IS NOT KNOWN, milliseconds are a guess: correct it if it is not so`,
      );
    },
  );

  const policy = (condition: Spec) => ({
    alertPolicies: [
      {
        kind: 'AlertPolicy',
        spec: { alertWhenNoData: true, conditions: [{ kind: 'AlertCondition', spec: condition }] },
      },
    ],
  });

  it.each([
    [
      'a calendar window',
      { timeWindow: [{ duration: '1M', calendar: { startTime: '2026-01-01 00:00:00', timeZone: 'UTC' } }] },
      'a calendar window of 1M becomes a rolling one of 30d: the budget never starts afresh',
    ],
    [
      'Timeslices',
      { budgetingMethod: 'Timeslices' },
      'Timeslices: kinds that count predictions keep counting',
    ],
    [
      'RatioTimeslices',
      { budgetingMethod: 'RatioTimeslices' },
      'a mean of slices weighs a quiet one like a busy',
    ],
    [
      'a burn rate that fires while all is well',
      policy({
        severity: 'page',
        condition: { kind: 'burnrate', op: 'lte', threshold: 2, lookbackWindow: '1h', alertAfter: '5m' },
      }),
      'op lte with a burn rate would fire while the budget is safe; gt is what was meant',
    ],
    [
      'a burn rate over one window',
      policy({
        severity: 'page',
        condition: { kind: 'burnrate', op: 'gt', threshold: 2, lookbackWindow: '1h' },
      }),
      'becomes a page over 1h and 5m: the short window of 5m is added, and asks that it still burns',
    ],
    [
      'an alert without data',
      policy({ condition: { kind: 'burnrate', op: 'gt', threshold: 2, lookbackWindow: '1h' } }),
      "alertWhenNoData: silence is watched by the model's silentAfter",
    ],
    [
      'a policy that is elsewhere',
      { alertPolicies: ['fast-burn'] },
      'its alert policy "fast-burn" is not in the file',
    ],
    [
      'an indicator that is elsewhere',
      { indicator: undefined, indicatorRef: 'x' },
      'an indicator that the file does not have; left out',
    ],
    [
      'a threshold to stay above',
      { ...latency, objectives: [{ op: 'gte', value: 5, target: 0.9 }] },
      'op "gte" suggests no kind of objective; left out',
    ],
    ['a target of 0', { objectives: [{ target: 0 }] }, 'needs a target above 0 and below 1'],
    [
      'a window of an hour',
      { timeWindow: [{ duration: '1h' }] },
      'the length of its time window is none that Leeway can keep; left out',
    ],
    ['a source with an unknown kind', leewaySource({ kind: 'beauty' }), 'left out'],
    [
      'a source with a field too many',
      leewaySource({ kind: 'availability', speed: 9 }),
      'unknown key "speed"',
    ],
  ])('warns of %s', (_name, spec, warning) => {
    const { warnings } = imported(withSpec(spec));
    expect(warnings.join('\n')).toContain(warning);
    expect(warnings.every((one) => /^slos\.yaml:1:\d+ SLO "answers": /.test(one))).toBe(true);
  });

  it('warns of receivers, which are configured elsewhere', () => {
    const { warnings } = imported(
      { apiVersion: 'openslo/v1', kind: 'AlertNotificationTarget', metadata: { name: 'mail' }, spec: {} },
      withSpec(leewaySource({ kind: 'availability' })),
    );
    expect(warnings).toEqual([
      'slos.yaml:1:1 AlertNotificationTarget "mail" is not carried over: who is told is said by receivers and route in leeway.yaml',
    ]);
  });

  it.each([
    [
      'v2alpha',
      { ...SLO, apiVersion: 'openslo.com/v2alpha' },
      'version 2 renames fields and is still a draft',
    ],
    ['v1alpha', { ...SLO, apiVersion: 'openslo/v1alpha' }, 'the alpha has other fields'],
    ['of another program', { ...SLO, apiVersion: 'sloth.slok.dev/v1' }, 'got "sloth.slok.dev/v1"'],
    ['of an unknown kind', { ...SLO, kind: 'Dashboard' }, 'expected one of the kinds DataSource, SLO'],
    ['without a version', { kind: 'SLO' }, 'apiVersion'],
    [
      'with two time windows',
      withSpec({ timeWindow: [{ duration: '1d' }, { duration: '7d' }] }),
      'expected exactly one timeWindow',
    ],
    ['without objectives', withSpec({ objectives: [] }), 'spec.objectives'],
    ['with a target of 1', withSpec({ objectives: [{ target: 1 }] }), 'spec.objectives.0.target'],
  ])('%s is refused with its line', (_name, document, message) => {
    const attempt = () => imported(SLO, document);
    expect(attempt).toThrow(FatalError);
    expect(attempt).toThrow(/^slos\.yaml:3:\d+ /);
    expect(attempt).toThrow(message);
  });

  it('that is no YAML, or nothing, is refused', () => {
    expect(() => importOpenSlo('a: [', 'x.yaml')).toThrow(/^x\.yaml:1:\d+ expected YAML: /);
    expect(() => importOpenSlo('', 'x.yaml')).toThrow('x.yaml: expected OpenSLO documents, found none');
  });
});

describe('alert policies of OpenSLO', () => {
  /** Pretty, so that every part has a line of its own. */
  const placed = (...conditions: readonly Spec[]) => {
    const policies = conditions.map(({ severity = 'page', ...condition }) => ({
      kind: 'AlertPolicy',
      spec: { conditions: [{ kind: 'AlertCondition', spec: { severity, condition } }] },
    }));
    const slo = withSpec({ ...leewaySource({ kind: 'availability' }), alertPolicies: policies });
    const text = JSON.stringify(slo, null, 1);
    const lines = text.split('\n');
    return {
      ...importOpenSlo(text, 'slos.yaml'),
      lineOf: (part: string) => lines.findIndex((line) => line.includes(part)) + 1,
    };
  };
  const burns = { kind: 'burnrate', op: 'gt', threshold: 14.4, lookbackWindow: '1h' };

  it('become pairs of windows', () => {
    const { slos } = placed(burns, { ...burns, severity: 'ticket', threshold: 1, lookbackWindow: '3d' });
    expect(slos[0]?.slo['burn']).toEqual([
      { severity: 'page', long: '1h', short: '5m', factor: 14.4 },
      { severity: 'ticket', long: '3d', short: '6h', factor: 1 },
    ]);
  });

  it('that leeway.yaml takes as they come out', () => {
    const { slos } = placed(burns, {
      ...burns,
      op: 'gte',
      threshold: 6,
      lookbackWindow: '6h',
      alertAfter: '30m',
    });
    const text = JSON.stringify({
      models: [{ tenant: 'acme', name: 'fraud', slos: slos.map(({ slo }) => slo) }],
    });
    const { models } = parseConfig(text, { file: 'leeway.yaml', environment: {} });
    expect(models[0]?.slos[0]?.burn).toHaveLength(2);
  });

  it.each([
    [
      '"lte"',
      { op: 'lte' },
      'op lte with a burn rate would fire while the budget is safe; gt is what was meant',
    ],
    ['"slowness"', { kind: 'slowness' }, 'an alert condition of kind "slowness" is not carried over'],
    [
      '500',
      { threshold: 500 },
      'a burn of 500 can never be reached with a target of 99.5 %: where everything is bad it is 200',
    ],
    [
      '"5m"',
      { lookbackWindow: '5m' },
      'a lookbackWindow of 5m is none of a pair: from 12m to the period of the objective',
    ],
    ['"60d"', { lookbackWindow: '60d' }, 'a lookbackWindow of 60d is none of a pair'],
    ['"1M"', { lookbackWindow: '1M' }, 'a lookbackWindow of 1M is none of a pair'],
    [
      '"10m"',
      { alertAfter: '10m' },
      'alertAfter 10m cannot be said: a pair fires as soon as both windows burn, the short one over 5m',
    ],
  ])(
    'that cannot be said (%s) are told with line and why, and burn stays auto for all',
    (part, change, why) => {
      const { slos, warnings, lineOf } = placed({ ...burns, ...change });
      expect(slos[0]?.slo).not.toHaveProperty('burn');
      expect(warnings.join('\n')).toMatch(
        new RegExp(`^slos\\.yaml:${lineOf(part)}:\\d+ SLO "answers": `, 'm'),
      );
      expect(warnings.join('\n')).toContain(why);
      const both = placed(burns, { ...burns, ...change });
      expect(both.slos[0]?.slo).not.toHaveProperty('burn');
      expect(both.warnings.at(-1)).toContain(
        'those that can be said are burn: [{"severity":"page","long":"1h"',
      );
    },
  );

  it('are held against the lowest of several targets, which every pair must be able to reach', () => {
    const policies = [{ spec: { conditions: [{ spec: { severity: 'page', condition: burns } }] } }];
    const objectives = [{ target: 0.9 }, { target: 0.999 }];
    const { slos, warnings } = imported(
      withSpec({ ...leewaySource({ kind: 'availability' }), objectives, alertPolicies: policies }),
    );
    expect(slos.map(({ slo }) => slo['burn'])).toEqual([undefined, undefined]);
    expect(warnings.join('\n')).toContain('can never be reached with a target of 90 %');
  });

  it('of an unknown severity are tickets, and say so', () => {
    const { slos, warnings } = placed({ ...burns, severity: 'purple' });
    expect(slos[0]?.slo['burn']).toMatchObject([{ severity: 'ticket' }]);
    expect(warnings.join('\n')).toContain('severity "purple" is none of Leeway; taken as a ticket');
  });

  it('of kinds that are judged by slices or hours stay auto, and say so', () => {
    const condition = { severity: 'page', condition: burns };
    const { slos, warnings } = imported(
      withSpec({
        ...leewaySource({ kind: 'quality' }),
        alertPolicies: [{ kind: 'AlertPolicy', spec: { conditions: [{ spec: condition }] } }],
      }),
    );
    expect(slos[0]?.slo).not.toHaveProperty('burn');
    expect(warnings.join('\n')).toContain(
      'burn is auto: windows of the kind quality have to be whole slices or hours',
    );
  });

  it('are found by their names, with the place of the document that says what is wrong', () => {
    const named = (kind: string, name: string, spec: Spec) => ({
      apiVersion: 'openslo/v1',
      kind,
      metadata: { name },
      spec,
    });
    const { warnings } = imported(
      withSpec({ ...leewaySource({ kind: 'availability' }), alertPolicies: ['fast'] }),
      named('AlertPolicy', 'fast', { conditions: [{ conditionRef: 'quick' }] }),
      named('AlertCondition', 'quick', { severity: 'page', condition: { ...burns, op: 'lt' } }),
    );
    expect(warnings[0]).toMatch(/^slos\.yaml:5:\d+ SLO "answers": op lt with a burn rate/);
  });
});
