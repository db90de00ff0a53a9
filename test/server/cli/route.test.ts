import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../server/cli/check.ts';
import { route } from '../../../server/cli/route.ts';
import type { Command } from '../../../server/cli/types.ts';

const CONFIG = `
egress: { allow: [slack.com] }
receivers:
  - { id: oncall, type: slack, channel: C1, token: { env: TOKEN } }
  - { id: tickets, type: slack, channel: C2, token: { env: TOKEN } }
  - { id: boss, type: slack, channel: C3, token: { env: TOKEN } }
  - { id: spare, type: slack, channel: C4, token: { env: TOKEN } }
calendars:
  office: { timeZone: Europe/Prague, days: mon-fri, hours: 08:00-18:00 }
route:
  id: root
  receivers: [tickets]
  routes:
    - id: audit
      continue: true
      receivers: [tickets]
      groupBy: ['...']
    - id: page
      match: ['severity="page"']
      receivers: [oncall]
      groupWait: 0s
      fallback: [tickets]
      escalate: [{ after: 15m, to: [boss] }]
    - id: drift
      match: ['kind=~"drift|fairness"']
      active: [office]
      routes:
        - { id: fraud, match: [model=fraud] }
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-route-'));
  writeFileSync(join(folder, 'leeway.yaml'), CONFIG);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(command: Command, ...words: readonly string[]) {
  const lines: string[] = [];
  const args = [...words, '--config', join(folder, 'leeway.yaml')];
  const environment = { TOKEN: 'xoxb-1' };
  const code = await command.run({ args, environment, print: (line) => lines.push(line) });
  return { code, lines };
}

describe('leeway route test', () => {
  it('shows the routes tried, who handles the alert, whom they tell, in what group and when', async () => {
    const { code, lines } = await run(route, 'test', 'tenant=acme', 'model=fraud', 'severity=page');
    expect(code).toBe(0);
    expect(lines).toEqual([
      'root: passes it down; it matches, and so does a route below it',
      '  audit: handles it; it matches',
      '  page: handles it; it matches',
      '  drift: not reached; page took the alert and does not continue',
      '    fraud: not reached; page took the alert and does not continue',
      '',
      'audit tells tickets',
      '  group: {tenant="acme", model="fraud", severity="page"}',
      '  timing: first after 30 s, changes every 5 min, repeated after 4 h',
      '',
      'page tells oncall',
      '  group: {tenant="acme", model="fraud"}',
      '  timing: first after 0 ms, changes every 5 min, repeated after 4 h',
      '  after 15 min unless acknowledged: boss',
      '  when a page reaches none of them: tickets',
    ]);
  });

  it.each([
    ['2026-11-20T10:00Z', '  at 2026-11-20 10:00 UTC it tells until 2026-11-20 17:00 UTC'],
    ['2026-11-20T18:00Z', '  at 2026-11-20 18:00 UTC it keeps quiet until 2026-11-23 07:00 UTC'],
  ])('with what calendars say at %s', async (at, expected) => {
    const { lines } = await run(route, 'test', 'kind=drift', '--at', at);
    expect(lines).toContain('  active inside office');
    expect(lines).toContain(expected);
  });

  it.each([
    ['oncall,tickets', 0],
    ['tickets, oncall', 0],
    ['oncall', 1],
    ['oncall,tickets,boss', 1],
  ])('ends with whether %s are told: %d', async (verify, code) => {
    const run1 = await run(route, 'test', 'severity=page', '--verify', verify);
    expect(run1.code).toBe(code);
    if (code === 1)
      expect(run1.lines.at(-1)).toBe(
        `{severity="page"} tells tickets, oncall; expected ${verify.replaceAll(',', ', ')}`,
      );
  });

  it('takes an alert without labels, and values in quotes', async () => {
    expect((await run(route, 'test', '--verify', 'tickets')).code).toBe(0);
    expect((await run(route, 'test', 'severity="page"', '--verify', 'oncall,tickets')).code).toBe(0);
  });

  it.each([
    [['show'], 'expected route test, got "route show"'],
    [[], 'expected route test'],
    [['test', 'severity'], 'expected labels such as severity=page, got "severity"'],
    [['test', '=page'], 'expected labels such as severity=page, got "=page"'],
    [['test', 'foo=~bar'], 'expected label=value, got "foo=~bar"'],
    [['test', 'foo!=bar'], 'expected label=value, got "foo!=bar"'],
    [['test', 'a=1', 'a=2'], 'expected every label once, got a twice'],
    [['test', '--at', 'noon'], 'expected a time such as 2026-12-25T10:00Z for --at, got "noon"'],
  ])('refuses %j in words', async (words, message) => {
    await expect(run(route, ...words)).rejects.toThrow(message);
  });
});

describe('leeway check', () => {
  it('prints warnings with their place, and the tree of routes', async () => {
    const { code, lines } = await run(check);
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('warning: '))).toEqual([
      `warning: ${join(folder, 'leeway.yaml')}:7:11 no route names the receiver "spare": it is never told`,
    ]);
    expect(lines.slice(1, -1)).toEqual([
      'root  everything else  tells tickets',
      '├── audit  everything  tells tickets  continues',
      '├── page  {severity="page"}  tells oncall',
      '└── drift  {kind=~"drift|fairness"}  tells tickets  active office',
      '    └── fraud  {model="fraud"}  tells tickets',
    ]);
    expect(lines.at(-1)).toMatch(/^valid: 0 models, 4 receivers, \d+ rules$/);
  });
});
