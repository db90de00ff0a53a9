import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../server/config.ts';

function refusalsOf(text: string): readonly string[] {
  try {
    parseConfig(text, { file: 'leeway.yaml', environment: { TOKEN: 'token-of-test' } });
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

const slo = (rest: string) => `models: [{ tenant: a, name: b, slos: [{ id: x, ${rest} }] }]`;
const receiver = (rest: string) => `receivers: [{ id: x, ${rest} }]`;
const route = (rest: string) => `route: { id: root, ${rest} }`;
const calendar = (rest: string) => `calendars: { x: ${rest} }`;

/** A wrong value, where it is found, and what is said. */
const WRONG: readonly (readonly [string, string])[] = [
  [
    slo('kind: no'),
    'kind: expected one of availability, latency, quality, freshness, drift, fairness, cost, got "no"',
  ],
  [
    slo('target: 99'),
    'kind: expected one of availability, latency, quality, freshness, drift, fairness, cost, but it is missing; add it',
  ],
  [
    slo('kind: availability, target: 100'),
    'target: expected a percentage above 0 and below 100, such as 99.5, since at 100 no budget is left that could burn, got 100',
  ],
  [
    slo('kind: availability, target: 0'),
    'target: expected a percentage above 0 and below 100, such as 99.5, got 0',
  ],
  [
    slo('kind: availability, target: "99"'),
    'target: expected a percentage above 0 and below 100, such as 99.5, got "99"',
  ],
  [
    slo('kind: availability'),
    'target: expected a percentage above 0 and below 100, such as 99.5, but it is missing; add it',
  ],
  [
    slo('kind: availability, target: 9, period: 28'),
    'period: expected a duration such as 30s, 10m, 6h or 28d, got 28; add its unit',
  ],
  [
    slo('kind: availability, target: 9, exclude: x'),
    'exclude: expected a list, got "x"; put it into brackets, as in [a, b]',
  ],
  [slo('kind: availability, target: 9, minBad: 0'), 'minBad: expected at least 1, got 0'],
  [
    slo('kind: availability, target: 9, burn: fast'),
    'burn: expected auto, or a list of { severity, long, short, factor }, got "fast"',
  ],
  [
    slo('kind: availability, target: 9, burn: [{ severity: x, long: 1h, short: 5m, factor: 2 }]'),
    'burn.0.severity: expected one of page, ticket, got "x"',
  ],
  [
    slo('kind: availability, target: 9, burn: [{ severity: page, long: 1h, factor: 2 }]'),
    'burn.0.short: expected a duration such as 30s, 10m, 6h or 28d, but it is missing; add it',
  ],
  [
    slo('kind: latency, target: 9, threshold: 5'),
    'threshold: expected a duration such as 30s, 10m, 6h or 28d, got 5; add its unit',
  ],
  [
    slo('kind: latency, target: 9, threshold: 5ms, kinds: 1'),
    'unknown key "kinds" in models.0.slos.0; expected one of id, target, period, burn, minBad, kind, threshold',
  ],
  [
    slo('kind: quality, target: 9, minCoverage: 101'),
    'minCoverage: expected a percentage from 0 to 100, got 101',
  ],
  [slo('kind: quality, target: 9, tolerance: -1'), 'tolerance: expected at least 0, got -1'],
  [slo('kind: freshness, target: 9, maxAge: 1s'), 'maxAge: expected at least 1m, got "1s"'],
  [
    slo('kind: freshness, target: 9, maxAge: 1h, of: x'),
    'of: expected one of event, label, feature, got "x"',
  ],
  [
    slo('kind: freshness, target: 9, maxAge: 1h, every: 7m'),
    'every: expected a length that divides a day into whole parts, at least 1m, got "7m"',
  ],
  [slo('kind: drift, target: 9, threshold: -1'), 'threshold: expected more than 0, got -1'],
  [slo('kind: drift, target: 9, threshold: 1, minRows: 1.5'), 'minRows: expected a whole number, got 1.5'],
  [
    slo('kind: drift, target: 9, threshold: 1, features: []'),
    'features: expected at least one entry, got an empty list',
  ],
  [
    slo('kind: fairness, target: 9, attribute: "", threshold: 1'),
    'attribute: expected a text that is not empty, got ""',
  ],
  [slo('kind: fairness, target: 9, attribute: a, threshold: 2'), 'threshold: expected at most 1, got 2'],
  [slo('kind: cost, monthly: 0'), 'monthly: expected more than 0, got 0'],
  [
    slo('kind: cost, monthly: 9, timeZone: Mars'),
    'timeZone: expected the name of a time zone, such as Europe/Prague, got "Mars"',
  ],
  [slo('kind: cost, monthly: "9"'), 'monthly: expected a number, got "9"; write it without quotes'],
  [
    'models: [{ tenant: a, name: b, slos: 5 }]',
    'slos: expected a list, got 5; put it into brackets, as in [a, b]',
  ],
  ['models: [{ tenant: a, name: b, slos: [x] }]', 'slos.0: expected keys with values, got "x"'],
  [receiver('type: x'), 'type: expected one of slack, email, webhook, alertmanager, pagerduty, got "x"'],
  [
    receiver('type: slack, channel: C1'),
    'token: expected a secret as { env: NAME } or { file: PATH }, never the value itself, but it is missing; add it',
  ],
  [
    receiver('type: slack, channel: C1, token: hunter2'),
    'token: expected a secret as { env: NAME } or { file: PATH }, never the value itself, got another text',
  ],
  [
    receiver('type: slack, channel: C1, token: { env: "" }'),
    'token.env: expected a text that is not empty, got another text',
  ],
  [
    receiver('type: slack, channel: 5, token: { env: TOKEN }'),
    'channel: expected a text, got 5; put it into quotes',
  ],
  [
    receiver('type: email, to: [], from: a@b.example, smtp: { env: TOKEN }'),
    'to: expected at least one entry, got an empty list',
  ],
  [
    receiver('type: email, to: [a@b.example], from: x, smtp: { env: TOKEN }'),
    'from: expected an email address such as ana@acme.example, got "x"',
  ],
  [
    receiver('type: webhook, url: "ftp://h/x", secret: { env: TOKEN }'),
    'url: expected an http or https URL, got another text',
  ],
  [
    receiver(
      'type: webhook, url: "https://h", secret: { env: TOKEN }, previous: { secret: { env: TOKEN }, until: soon }',
    ),
    'previous.until: expected a time such as 2026-11-21T00:00:00Z, got "soon"',
  ],
  [receiver('type: alertmanager, url: "https://h", resend: 1s'), 'resend: expected 10s to 10m, got "1s"'],
  [
    receiver(
      'type: alertmanager, url: "https://h", token: { env: TOKEN }, basicAuth: { user: a, password: { env: TOKEN } }',
    ),
    'basicAuth: expected a token or basicAuth, got both; a request has one Authorization header',
  ],
  [
    receiver('type: alertmanager, url: "https://h", basicAuth: { user: "a:b", password: { env: TOKEN } }'),
    'basicAuth.user: expected a user without a colon, which ends it in the header, got another text',
  ],
  [
    receiver('type: alertmanager, url: "https://h", basicAuth: { user: a, password: hunter2 }'),
    'basicAuth.password: expected a secret as { env: NAME } or { file: PATH }, never the value itself, got another text',
  ],
  [
    receiver('type: pagerduty, routingKey: { env: TOKEN }, key: 1'),
    'unknown key "key" in receivers.0; expected one of id, type, routingKey, apiUrl, templates',
  ],
  [
    'receivers: [{ id: a b, type: pagerduty, routingKey: { env: TOKEN } }]',
    'id: expected a name of letters, digits, dots, dashes or underscores, at most 63 long, got "a b"',
  ],
  ['route: 5', 'route: expected keys with values, got 5'],
  [
    'route: {}',
    'route.id: expected a name of letters, digits, dots, dashes or underscores, at most 63 long, but it is missing; add it',
  ],
  [route('match: x'), 'match: expected a list, got "x"; put it into brackets, as in [a, b]'],
  [route('match: [5]'), 'match.0: expected a text, got 5; put it into quotes'],
  [route('continue: yes'), 'continue: expected true or false, got "yes"'],
  [route('receivers: a'), 'receivers: expected a list, got "a"; put it into brackets, as in [a, b]'],
  [route('groupBy: []'), 'groupBy: expected at least one entry, got an empty list'],
  [route('groupWait: -5s'), 'groupWait: expected a duration such as 30s, 10m, 6h or 28d, got "-5s"'],
  [route('groupInterval: 1s'), 'groupInterval: expected at least 10s; a shorter one is a storm, got "1s"'],
  [route('repeatInterval: 1s'), 'repeatInterval: expected at least 1m, got "1s"'],
  [route('escalate: [{ after: 1s, to: [a] }]'), 'escalate.0.after: expected at least 1m, got "1s"'],
  [
    route('escalate: [{ after: 1h, unless: x, to: [a] }]'),
    'escalate.0.unless: expected one of acknowledged, resolved, got "x"',
  ],
  [
    route('escalate: [{ after: 1h, to: [] }]'),
    'escalate.0.to: expected at least one entry, got an empty list',
  ],
  [
    route('group_by: [a]'),
    'unknown key "group_by" in route; expected one of id, match, continue, receivers, groupBy, groupWait, groupInterval, repeatInterval, escalate, fallback, active, muted, routes',
  ],
  [
    route('routes: [{ id: a, routes: [{}] }]'),
    'route.routes.0.routes.0.id: expected a name of letters, digits, dots, dashes or underscores, at most 63 long, but it is missing; add it',
  ],
  ['calendars: 5', 'calendars: expected keys with values, got 5'],
  [calendar('5'), 'calendars.x: expected keys with values, got 5'],
  [calendar('{ days: [] }'), 'days: expected at least one entry, got an empty list'],
  [
    calendar('{ hours: {} }'),
    'hours: expected a text such as mon-fri, or a list of them, got keys with values',
  ],
  [calendar('{ spans: [] }'), 'spans: expected at least one entry, got an empty list'],
  [calendar('{ spans: [{ days: 9 }] }'), 'spans.0.days: expected a day or a range such as mon-fri, got "9"'],
  [calendar('{ timeZone: 5 }'), 'timeZone: expected a text, got 5; put it into quotes'],
  [
    'calendars: { "a b": {} }',
    'calendars.a b: expected a name of letters, digits, dots, dashes or underscores, at most 63 long; rename this key',
  ],
  [
    'inhibit: [{ id: a, target: [x=y] }]',
    'source: expected at least one matcher, such as severity="page", but it is missing; add it',
  ],
  [
    'inhibit: [{ id: a, source: [x=y], target: [x=y], equal: [""] }]',
    'equal.0: expected a text that is not empty, got ""',
  ],
  [
    'acknowledgeFor: 5',
    'acknowledgeFor: expected a duration such as 30s, 10m, 6h or 28d, got 5; add its unit',
  ],
  [
    'heartbeat: { every: 1m }',
    'heartbeat.url: expected an http or https URL, or a secret as { env: NAME } or { file: PATH }, but it is missing; add it',
  ],
  ['just words', 'the file: expected keys with values, got "just words"'],
];

describe('a wrong value', () => {
  it.each(WRONG)('%s: %s', (text, expected) => {
    const lines = refusalsOf(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(-expected.length)).toBe(expected);
  });

  it('is told in no words of the library, and with line and column', () => {
    const all = WRONG.flatMap(([text]) => refusalsOf(text)).join('\n');
    expect(all).not.toMatch(/Invalid|Too (?:big|small)|Unrecognized|received|undefined|NaN|\[object/);
    expect(all.split('\n').every((line) => /^leeway\.yaml:\d+:\d+ /.test(line))).toBe(true);
  });
});

describe('a text that is no YAML', () => {
  it.each([
    ['a: 1\na: 2', '2:1 expected every key once, got this one twice; remove one of them'],
    ['models:\n\t- a', '2:1 expected spaces before a key, got a tab; indent with spaces'],
    ['a: "x', '1:6 expected YAML: Missing closing "quote'],
    ['models: []\n  tenants: 1', '2:1 expected YAML: All mapping items must start at the same column'],
    ['data: *where', '1:7 expected an alias of an anchor before it, got *where; write the anchor as &where'],
  ])('%j is refused with its place, once', (text, expected) => {
    expect(refusalsOf(text)).toEqual([`leeway.yaml:${expected}`]);
  });

  it('is refused when its aliases stand for more than memory holds', () => {
    const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index, all) =>
      index === 0
        ? 'a: &a [x, x, x, x, x, x, x, x, x]'
        : `${name}: &${name} [${`*${all[index - 1]!}, `.repeat(9)}]`,
    );
    expect(refusalsOf(levels.join('\n'))[0]).toMatch(
      /expected YAML, got text that cannot be read: Excessive/,
    );
  });
});
