import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiWorld, driftAside, type ApiWorld } from '../../contract/api-world.ts';
import { jsonBody, NOW_MS } from './fixtures.ts';

const TOKEN = 'xoxb-0123456789-abcdef';
const WORDS = `rotated ${TOKEN} by hand`;
const KEPT = 'rotated [secret] by hand';
const NOTE = 'What looked like a secret was left out.';
let world: ApiWorld;

beforeAll(async () => {
  world = await apiWorld();
});
afterAll(() => world.close());

const post = async (path: string, body: unknown) =>
  world.app.request(path, jsonBody(world.key('all-operate'), body));

async function incidentId(): Promise<string> {
  const [incident] = await world.control.incidents({ tenant: 'acme' });
  return incident!.id;
}

const silence = { tenant: 'acme', matchers: [{ name: 'model', value: 'fraud' }], durationMs: 3_600_000 };

describe('a secret that a person types', () => {
  it('is left out of the reason of a silence, and the answer says so', async () => {
    const response = await post('/api/v1/silences', { ...silence, reason: WORDS });
    expect(await response.json()).toMatchObject({ reason: KEPT, note: NOTE });
  });

  it('is left out of what a client of Alertmanager says, and a header says so', async () => {
    const response = await post('/api/v2/silences', {
      matchers: [{ name: 'model', value: 'fraud', isRegex: false }],
      startsAt: '2026-11-21T00:00:00Z',
      endsAt: '2026-11-21T04:00:00Z',
      createdBy: `ana ${TOKEN}`,
      comment: WORDS,
    });
    expect(response.headers.get('leeway-note')).toBe(NOTE);
  });

  it.each(['comments', 'mitigate'])(
    'is left out of an incident (%s), and the answer says so',
    async (word) => {
      const response = await post(`/api/v1/incidents/${await incidentId()}/${word}`, { reason: WORDS });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ note: NOTE });
    },
  );

  it('is left out of why an alert is acknowledged, and the answer says so', async () => {
    const [alert] = await world.control.alerts({ tenant: 'acme', state: 'firing' });
    const response = await post(`/api/v1/alerts/${encodeURIComponent(alert!.id)}/acknowledge`, {
      reason: WORDS,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ note: NOTE });
  });

  it('is nowhere afterwards: not in the timeline, the post-mortem, the audit log or a silence', async () => {
    await world.control.judge([driftAside], NOW_MS);
    const id = await incidentId();
    const ask = async (path: string) => {
      const headers = { authorization: `Bearer ${world.key('all-admin')}` };
      const response = await world.app.request(path, { headers });
      expect(response.status, path).toBe(200);
      return response.text();
    };
    const told = await Promise.all(
      [
        `/api/v1/incidents/${id}`,
        `/api/v1/incidents/${id}/post-mortem?format=markdown`,
        '/api/v1/audit',
        '/api/v1/silences',
        '/api/v2/silences',
      ].map(ask),
    );
    expect(told.join('\n')).not.toContain(TOKEN);
    expect(told[0]).toContain(KEPT);
    expect(told[2]).toContain(KEPT);
  });

  it('is said of the configuration too: no text holds what it has read as a secret', async () => {
    const response = await post('/api/v1/silences', {
      ...silence,
      reason: `key ${'a'.repeat(44)} of rollback`,
    });
    expect(await response.json()).toMatchObject({ reason: 'key [secret] of rollback' });
  });

  it('is refused as the value of a matcher, without being repeated', async () => {
    const response = await post('/api/v1/silences', {
      ...silence,
      matchers: [{ name: 'team', value: TOKEN }],
      reason: 'known',
    });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('The value of the matcher on team looks like a Slack token');
    expect(text).not.toContain(TOKEN);
  });

  it('leaves every other text as it was, without a note', async () => {
    const response = await post('/api/v1/silences', { ...silence, reason: 'the token: expired' });
    const made = (await response.json()) as object;
    expect(made).toMatchObject({ reason: 'the token: expired' });
    expect(made).not.toHaveProperty('note');
  });
});
