import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../server/config.ts';

const TOKEN = 'xoxb-0123456789-abcdef';

function refusalOf(text: string): string {
  try {
    parseConfig(text, { file: 'leeway.yaml', environment: { TOKEN: 'token-of-test' } });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const model = (rest: string) => `models:\n  - { tenant: acme, name: fraud, ${rest} }`;

describe('a secret where everybody may read', () => {
  it.each([
    ['a label of a model', model(`labels: { team: ${TOKEN} }`), '2:50 models.0.labels.team'],
    ['the name of a label', model('labels: { AKIAABCDEFGHIJKLMNOP: a }'), '2:66 models.0.labels.[secret]'],
    ['the name of a model', `models:\n  - { tenant: acme, name: ${TOKEN} }`, '2:27 models.0.name'],
    [
      'the id of an objective',
      model(`slos: [{ id: ${TOKEN}, kind: availability, target: 99 }]`),
      '2:47 models.0.slos.0.id',
    ],
    ['the id of a tenant', `tenants: [{ id: ${TOKEN}, title: A }]`, '1:17 tenants.0.id'],
    ['links', `publicUrl: https://leeway.example/?of=${TOKEN}`, '1:12 publicUrl'],
    [
      'the name of a calendar',
      `calendars: { ${TOKEN}: { timeZone: UTC, days: mon-fri } }`,
      '1:38 calendars.[secret]',
    ],
    ['a title', model(`title: ${TOKEN}`), '2:41 models.0.title'],
    [
      'the name of a receiver',
      `receivers:\n  - { id: ${TOKEN}, type: slack, channel: C1, token: { env: TOKEN } }`,
      '2:11 receivers.0.id',
    ],
    ['the id of a route', `route: { id: ${TOKEN} }`, '1:14 route.id'],
    [
      'what a route asks for',
      `route: { id: root, routes: [{ id: a, match: ['team="${TOKEN}"'] }] }`,
      '1:46 route.routes.0.match.0',
    ],
    ['what a route groups by', `route: { id: root, groupBy: [${TOKEN}] }`, '1:30 route.groupBy.0'],
    [
      'what an inhibition asks for',
      `inhibit: [{ id: a, source: ['team=${TOKEN}'], target: [a=b] }]`,
      '1:29 inhibit.0.source.0',
    ],
  ])('is refused in %s, with its place and without itself', (_, text, place) => {
    const told = refusalOf(text);
    expect(told).toContain(
      `leeway.yaml:${place}: expected a text that everybody may read, got what looks like`,
    );
    expect(told).not.toMatch(/xoxb-0|AKIAA/);
  });

  it('is repeated by no other refusal either', () => {
    expect(refusalOf(`route: { id: root, receivers: [${TOKEN}] }`)).toBe(
      'leeway.yaml:1:32 unknown receiver "[secret]"; expected one of none, there are no receivers',
    );
    expect(refusalOf(`${TOKEN}: 1`)).toContain('unknown key "[secret]" in the file');
  });

  it('is no matcher on a label that is called token', () => {
    expect(refusalOf(`route: { id: root, routes: [{ id: a, match: ['token="expired1"'] }] }`)).toBe('');
  });
});
