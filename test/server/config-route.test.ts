import { describe, expect, it } from 'vitest';
import { configDoubts, parseConfig } from '../../server/config.ts';
import { FatalError } from '../../server/errors.ts';

const FILE = 'leeway.yaml';
const ENVIRONMENT = { TOKEN: 'xoxb-1' };
const RECEIVERS = ['oncall', 'tickets', 'boss']
  .map((id) => `  - { id: ${id}, type: slack, channel: C1, token: { env: TOKEN } }\n`)
  .join('');
/** Three receivers in lines 1 to 4; what a test adds begins in line 5. */
const with3 = (text: string) => `receivers:\n${RECEIVERS}${text}`;
const parse = (text: string) => parseConfig(with3(text), { file: FILE, environment: ENVIRONMENT });

function mistakesOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FatalError);
    return (error as FatalError).message.split('\n');
  }
  return [];
}

describe('a mistake in routes is told with file, line, column and what to do', () => {
  it.each([
    [
      'an unknown receiver',
      'route: { id: root, receivers: [oncal] }',
      ':5:32 unknown receiver "oncal"; expected one of oncall, tickets, boss',
    ],
    [
      'an unknown fallback',
      'route:\n  id: root\n  fallback: [oncall, nobody]\n',
      ':7:22 unknown receiver "nobody"',
    ],
    [
      'an unknown receiver of an escalation',
      'route:\n  id: root\n  escalate:\n    - { after: 15m, to: [chief] }\n',
      ':8:26 unknown receiver "chief"',
    ],
    [
      'an unknown calendar',
      'route:\n  id: root\n  routes:\n    - { id: a, active: [office] }\n',
      ':8:25 unknown calendar "office"; expected one of none, there are no calendars',
    ],
    [
      'two routes with one id',
      'route:\n  id: root\n  routes:\n    - id: a\n      routes:\n        - id: root\n',
      ':10:15 "root" is the id of two routes; state is kept by it, so each needs its own',
    ],
    [
      'two inhibitions with one id',
      'inhibit:\n  - { id: a, source: [a=b], target: [c=d] }\n  - { id: a, source: [a=b], target: [c=d] }\n',
      ':7:11 "a" is the id of two inhibitions; state is kept by it, so each needs its own',
    ],
    [
      'an escalation back to who was told',
      'route:\n  id: root\n  receivers: [oncall]\n  escalate:\n    - { after: 15m, to: [boss] }\n    - { after: 1h, to: [oncall] }\n',
      ':10:25 "oncall" has been told before this step: an escalation that comes back to it is a loop',
    ],
    [
      'an escalation back to an inherited receiver',
      'route:\n  id: root\n  receivers: [oncall]\n  routes:\n    - id: a\n      escalate: [{ after: 15m, to: [oncall] }]\n',
      ':10:37 "oncall" has been told before this step',
    ],
    ['a root with matchers', 'route: { id: root, match: [a=b] }', ':5:27 expected no match in the root'],
    [
      'a root that continues',
      'route: { id: root, continue: true }',
      ':5:30 expected no continue in the root',
    ],
    [
      'a root that is muted',
      'calendars: { night: { hours: "22:00-06:00" } }\nroute: { id: root, muted: [night] }',
      ':6:27 expected no muted in the root',
    ],
    [
      'every label beside some',
      'route: { id: root, groupBy: [tenant, "..."] }',
      ":5:29 route.groupBy: expected '...' alone",
    ],
    [
      'a label twice',
      'route: { id: root, groupBy: [a, a] }',
      ':5:29 route.groupBy: expected every label once',
    ],
    ['no label to group by', 'route: { id: root, groupBy: [] }', ':5:29 route.groupBy: '],
    [
      'an interval of nothing',
      'route: { id: root, groupInterval: 0s }',
      ':5:35 route.groupInterval: expected at least 10s; a shorter one is a storm',
    ],
    [
      'repeats that storm',
      'route: { id: root, repeatInterval: 30s }',
      ':5:36 route.repeatInterval: expected at least 1m',
    ],
    [
      'an escalation at once',
      'route: { id: root, escalate: [{ after: 0s, to: [boss] }] }',
      ':5:40 route.escalate.0.after: expected at least 1m',
    ],
    [
      'a route without an id',
      'route:\n  id: root\n  routes:\n    - { match: [a=b] }\n',
      ':8:7 route.routes.0.id: ',
    ],
    ['an unknown key', 'route: { id: root, group_by: [a] }', ':5:30 unknown key "group_by" in route'],
  ])('%s', (_what, text, expected) => {
    const mistakes = mistakesOf(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(FILE + expected);
  });

  it('all of them at once', () => {
    expect(mistakesOf('route: { id: root, receivers: [x], fallback: [y], match: [a=b] }')).toHaveLength(3);
  });
});

describe('a mistake in a matcher points at its character', () => {
  const match = (yaml: string) =>
    mistakesOf(`route:\n  id: root\n  routes:\n    - { id: a, match: [${yaml}] }\n`);
  it.each([
    ['plain', 'severity', ':8:32 route.routes.0.match.0: expected one of = != =~ !~ after severity'],
    ['the second', 'a=b, c', ':8:30 route.routes.0.match.1: expected one of'],
    [
      'in single quotes',
      `'kind=~"["'`,
      ':8:31 route.routes.0.match.0: expected an expression in RE2 syntax for kind',
    ],
    ['after a doubled quote', `'a="it''s", b=~"["'`, ':8:39 route.routes.0.match.0: expected an expression'],
    [
      'in double quotes',
      String.raw`"a=\"x\", b=~\"[\""`,
      ':8:37 route.routes.0.match.0: expected an expression',
    ],
    [
      'after an escape of four digits',
      String.raw`"a=\u00e9, b"`,
      ':8:36 route.routes.0.match.0: expected one of',
    ],
    [
      'a bomb',
      `'a=~"([a-z]{1,999}){1}[a-z]{1,999}"'`,
      ':8:28 route.routes.0.match.0: expected an expression in RE2 syntax for a (no look-ahead, no back-references): its repetitions make it',
    ],
    ['look-ahead', `'a=~"(?=b)"'`, 'no look-ahead, no back-references'],
  ])('%s', (_what, yaml, expected) => {
    expect(match(yaml)[0]).toContain(expected);
  });

  it('over several lines, at its beginning', () => {
    const text =
      'route:\n  id: root\n  routes:\n    - id: a\n      match:\n        - >-\n          a=b,\n          c\n';
    expect(mistakesOf(text)[0]).toContain(`${FILE}:10:11 route.routes.0.match.0: expected one of`);
  });

  it('of an inhibition, too; and a side without any is refused', () => {
    expect(mistakesOf("inhibit:\n  - { id: a, source: ['a'], target: [b=c] }\n")[0]).toContain(
      `${FILE}:6:25 inhibit.0.source.0: expected one of`,
    );
    expect(mistakesOf('inhibit:\n  - { id: a, target: [b=c] }\n')[0]).toContain(
      'inhibit.0.source: expected at least one matcher',
    );
  });
});

describe('a mistake in a calendar points at its part', () => {
  it.each([
    [
      'timeZone: Europe/Atlantis\n    days: mon',
      ':7:15 calendars.office.timeZone: expected a time zone of the IANA database',
    ],
    [
      'days: [mon, work]',
      ':7:11 calendars.office.days: expected a day or a range such as mon-fri, got "work"',
    ],
    ['hours: 8-18', ':7:12 calendars.office.hours: expected hours such as 08:00-18:00, got "8-18"'],
    ['dates: 2026-02-30', ':7:12 calendars.office.dates: expected a date'],
    ['daysOfMonth: 32', ':7:18 calendars.office.daysOfMonth: expected a day of the month'],
    [
      'spans:\n      - days: mon\n      - hours: 25:00-26:00',
      ':9:16 calendars.office.spans.1.hours: expected hours',
    ],
    ['spans:\n      - {}', ':8:9 calendars.office.spans.0: expected days, hours'],
    ['timeZone: UTC', ':7:5 calendars.office: expected days, hours'],
    ['day: mon', ':7:10 unknown key "day" in calendars.office'],
  ])('%s', (text, expected) => {
    expect(mistakesOf(`calendars:\n  office:\n    ${text}\n`)[0]).toContain(FILE + expected);
  });

  it('but numbers stand for themselves', () => {
    const { calendars } = parse('calendars: { a: { daysOfMonth: [1, -1], years: 2026, dates: 2026-12-25 } }');
    expect(calendars[0]?.spans[0]).toMatchObject({
      daysOfMonth: [
        { from: 1, to: 1 },
        { from: -1, to: -1 },
      ],
      years: [{ from: 2026, to: 2026 }],
      dates: [{ from: '2026-12-25', to: '2026-12-25' }],
    });
  });
});

describe('a route takes what it does not say from its parent', () => {
  it('receivers, grouping, timing, escalation and fallback, but not matchers, continue or calendars', () => {
    const { route } = parse(`
calendars: { office: { days: mon-fri } }
route:
  id: root
  receivers: [oncall]
  groupBy: [tenant]
  groupWait: 1m
  groupInterval: 2m
  repeatInterval: 3h
  fallback: [tickets]
  escalate: [{ after: 15m, to: [boss] }]
  routes:
    - id: a
      match: ['a="1"']
      continue: true
      active: [office]
      groupWait: 0s
      routes: [{ id: b, receivers: [tickets], escalate: [] }]
`);
    const [a] = route.routes;
    expect(a).toMatchObject({
      receivers: ['oncall'],
      groupBy: ['tenant'],
      groupWaitMs: 0,
      groupIntervalMs: 120_000,
      repeatIntervalMs: 10_800_000,
      fallback: ['tickets'],
      escalate: [{ afterMs: 900_000, unless: 'acknowledged', receivers: ['boss'] }],
    });
    expect(a?.routes[0]).toMatchObject({
      receivers: ['tickets'],
      groupWaitMs: 0,
      escalate: [],
      matchers: [],
      continues: false,
      active: [],
    });
  });
});

describe('what is allowed and hardly meant is a warning', () => {
  const doubts = (text: string) => configDoubts(with3(text), FILE);
  const USED = 'receivers: [oncall, tickets, boss]';
  const routes = (...lines: readonly string[]) =>
    `route:\n  id: root\n  ${USED}\n  routes:\n${lines.map((line) => `    - ${line}\n`).join('')}`;

  it.each([
    [
      'a later route that asks for the same',
      ['{ id: a, match: [x=1] }', '{ id: b, match: [x=1] }'],
      ':10:13 b is never reached: a before it takes x="1" and does not continue',
    ],
    [
      'the same, written differently',
      ['{ id: a, match: [x=1, y=2] }', `{ id: b, match: ['{y="2",x="1"}'] }`],
      ':10:13 b is never reached',
    ],
    [
      'a later route that asks for more',
      ['{ id: a, match: [x=1] }', '{ id: b, match: [x=1, y=2] }'],
      ':10:13 b is never reached',
    ],
    [
      'anything after a route without matchers',
      ['{ id: a }', '{ id: b, match: [x=1] }'],
      ':10:13 b is never reached: a before it takes everything and does not continue',
    ],
  ])('%s', (_what, lines, expected) => {
    expect(doubts(routes(...lines))).toEqual([expect.stringContaining(FILE + expected)]);
  });

  it.each([
    ['an earlier route that continues', ['{ id: a, continue: true }', '{ id: b, match: [x=1] }']],
    ['an earlier route that asks for more', ['{ id: a, match: [x=1, y=2] }', '{ id: b, match: [x=1] }']],
    ['another value', ['{ id: a, match: [x=1] }', '{ id: b, match: [x=2] }']],
    ['the same below another route', ['{ id: a, match: [x=1], routes: [{ id: c, match: [x=1] }] }']],
  ])('but not %s', (_what, lines) => {
    expect(doubts(routes(...lines))).toEqual([]);
  });

  it('a receiver that nothing names, unless a retraining does', () => {
    const text =
      'route: { id: root, receivers: [oncall] }\nmodels:\n  - { tenant: a, name: b, retrain: { receiver: boss } }\n';
    expect(doubts(text)).toEqual([`${FILE}:3:11 no route names the receiver "tickets": it is never told`]);
  });

  it('a calendar that nothing names', () => {
    expect(doubts(`calendars: { office: { days: mon } }\nroute: { id: root, ${USED} }`)).toEqual([
      `${FILE}:5:22 no route names the calendar "office"`,
    ]);
  });

  it('a route that tells nobody, where somebody could be told', () => {
    const text = `route: { id: root, routes: [{ id: a, match: [x=1], ${USED} }] }`;
    expect(doubts(text)).toEqual([
      `${FILE}:5:8 root has no receivers, nor has any route above it: what it takes is told to nobody`,
    ]);
    expect(configDoubts('', FILE)).toEqual([]);
  });

  it('a route that is muted whenever it is active', () => {
    const text = routes('{ id: a, match: [x=1], active: [office], muted: [office] }');
    expect(doubts(`${text}calendars: { office: { days: mon } }\n`)).toEqual([
      `${FILE}:9:38 a is muted whenever it is active: it never tells`,
    ]);
  });

  it('repeats that come before a group may tell again', () => {
    expect(doubts(`route: { id: root, ${USED}, groupInterval: 2h, repeatInterval: 1h }`)).toEqual([
      expect.stringContaining('root repeats no sooner than its groupInterval, which is longer'),
    ]);
  });
});
