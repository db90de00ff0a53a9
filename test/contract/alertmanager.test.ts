import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createLiveEvents } from '../../server/show/live-events.ts';
import { showApp } from '../../server/show/app.ts';
import type { AlertView, GroupView, SilenceView } from '../../server/show/views/alertmanager.ts';
import type { Settings } from '../../server/settings.ts';
import { matchersOf, routeWith } from '../server/route/routes.ts';
import { HOUR_MS, NOW_MS, optionsOf, RULES, settingsOf } from '../server/show/fixtures.ts';
import { apiWorld, type ApiWorld } from './api-world.ts';

const nowMs = NOW_MS + 2 * HOUR_MS;
let world: ApiWorld;
let app: ReturnType<typeof showApp>;
const published: unknown[] = [];

const route = routeWith({
  receivers: ['tickets'],
  groupIntervalMs: 300_000,
  repeatIntervalMs: 3_600_000,
  routes: [
    // Both alerts of the world are of one incident, and so go where its pages go.
    routeWith({ id: 'units', matchers: matchersOf('rule=~"unit.*"'), receivers: ['tickets'] }),
    routeWith({
      id: 'acme-page',
      matchers: matchersOf('tenant=acme', 'severity=page'),
      receivers: ['oncall', 'mail'],
    }),
    routeWith({
      id: 'other',
      matchers: matchersOf('tenant=other'),
      receivers: ['beta'],
      fallback: ['spare'],
    }),
  ],
});

beforeAll(async () => {
  world = await apiWorld();
  const settings: Settings = settingsOf({ route, publicUrl: 'https://leeway.acme.example/' });
  const events = createLiveEvents();
  const { publish } = events;
  app = showApp(
    optionsOf({
      control: world.control,
      telemetry: world.telemetry,
      settings,
      rules: RULES,
      clock: { now: () => nowMs },
      events: {
        ...events,
        publish: (event) => {
          published.push(event);
          publish(event);
        },
      },
    }),
  );
});
afterAll(() => world.close());

interface Sent {
  readonly key?: string;
  readonly method?: string;
  readonly body?: unknown;
}

async function call(
  path: string,
  { key = 'acme-operate', method = 'GET', body }: Sent = {},
): Promise<Response> {
  const password = Buffer.from(`anybody:${world.key(key)}`).toString('base64');
  return app.request(`/api/v2${path}`, {
    method,
    headers: {
      authorization: `Basic ${password}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
const get = async <T>(path: string, sent: Sent = {}) => (await call(path, sent)).json() as Promise<T>;
const subjectsOf = (alerts: readonly AlertView[]) => alerts.map(({ labels }) => labels['subject']);

const silence = (changes: object = {}) => ({
  matchers: [{ name: 'subject', value: 'country', isRegex: false, isEqual: true }],
  startsAt: new Date(nowMs).toISOString(),
  endsAt: new Date(nowMs + HOUR_MS).toISOString(),
  createdBy: 'anna',
  comment: 'known',
  ...changes,
});

describe('alerts that fire', () => {
  it('come with labels, receivers, times and a link', async () => {
    const alerts = await get<readonly AlertView[]>('/alerts');
    const country = alerts.find(({ labels }) => labels['subject'] === 'country');
    expect(country).toMatchObject({
      labels: { tenant: 'acme', model: 'fraud', alertname: country?.labels['rule'], severity: 'ticket' },
      receivers: [{ name: 'tickets' }],
      status: { state: 'active', silencedBy: [], inhibitedBy: [] },
      generatorURL: 'https://leeway.acme.example/#/models/acme/fraud',
    });
    expect(country?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(Date.parse(country?.endsAt ?? '')).toBeGreaterThan(nowMs);
    const paged = alerts.find(({ labels }) => labels['severity'] === 'page');
    expect(paged?.receivers).toEqual([{ name: 'oncall' }, { name: 'mail' }]);
  });

  it.each([
    ['filter=subject%3Dcountry', ['country']],
    ['filter=subject%3D~%22coun.*%22&filter=model%3Dfraud', ['country']],
    ['filter=%7Bsubject%3D%22country%22%2Cmodel!%3Dfraud%7D', []],
    ['filter=nothing%3D%22%22&filter=subject%3Dcountry', ['country']],
    ['receiver=tick.*&filter=subject%3Dcountry', ['country']],
    ['receiver=tick', []],
    ['active=false', []],
    ['silenced=false&inhibited=false&unprocessed=false&filter=subject%3Dcountry', ['country']],
  ])('are asked for by %s', async (query, expected) => {
    expect(subjectsOf(await get(`/alerts?${query}`))).toEqual(expected);
  });

  it.each([
    ['filter=subject', 'bad matcher format: subject: expected one of = != =~ !~ after subject'],
    ['filter=a%3D~%22(%3F%3Db)%22', 'no look-ahead, no back-references'],
    ['receiver=(', 'failed to parse receiver param'],
    ['active=maybe', 'Parameter "active": expected true or false.'],
  ])('are refused to %s, as a JSON text', async (query, words) => {
    for (const path of ['/alerts', '/alerts/groups']) {
      const response = await call(`${path}?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toContain(words);
    }
  });

  it('of another tenant are not there, and a key of all tenants sees all', async () => {
    expect(await get('/alerts', { key: 'other-read' })).toEqual([]);
    expect(await get<readonly unknown[]>('/alerts', { key: 'all-read' })).toEqual(await get('/alerts'));
  });

  it('come in groups, one for each receiver of each route', async () => {
    const groups = await get<readonly GroupView[]>('/alerts/groups');
    expect(groups.map(({ receiver }) => receiver.name)).toEqual(['mail', 'oncall', 'tickets']);
    expect(groups.map(({ labels }) => labels)).toEqual(
      groups.map(() => ({ tenant: 'acme', model: 'fraud' })),
    );
    expect(groups[0]?.alerts).toEqual(groups[1]?.alerts);
    expect(subjectsOf(groups[2]?.alerts ?? [])).toContain('country');
    expect(await get<readonly GroupView[]>('/alerts/groups?receiver=mail')).toHaveLength(1);
  });

  it('are not taken from others, in words', async () => {
    const response = await call('/alerts', { method: 'POST', body: [{ labels: { alertname: 'foreign' } }] });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.stringContaining('makes its alerts itself'),
    ]);
  });
});

const statesOf = async () =>
  (await get<readonly SilenceView[]>('/silences')).map(({ status }) => status.state);

describe('a silence', () => {
  it('is made, seen, keeps its alerts quiet, is replaced and ends', async () => {
    const made = await call('/silences', { method: 'POST', body: silence() });
    const { silenceID } = (await made.json()) as { readonly silenceID: string };
    const [seen] = await get<readonly SilenceView[]>('/silences');
    expect(seen).toEqual({
      id: silenceID,
      matchers: [{ name: 'subject', value: 'country', isRegex: false, isEqual: true }],
      startsAt: new Date(nowMs).toISOString(),
      endsAt: new Date(nowMs + HOUR_MS).toISOString(),
      updatedAt: new Date(nowMs).toISOString(),
      createdBy: expect.stringMatching(/^anna \(.+\)$/),
      comment: 'known',
      status: { state: 'active' },
    });
    expect(await get(`/silence/${silenceID}`)).toEqual(seen);
    const [quiet] = await get<readonly AlertView[]>('/alerts?filter=subject%3Dcountry');
    expect(quiet?.status).toEqual({ state: 'suppressed', silencedBy: [silenceID], inhibitedBy: [] });
    expect(subjectsOf(await get('/alerts?silenced=false'))).not.toContain('country');
    expect(subjectsOf(await get('/alerts?active=false&inhibited=false'))).toEqual(['country']);

    const longer = silence({ id: silenceID, endsAt: new Date(nowMs + 2 * HOUR_MS).toISOString() });
    const replaced = await call('/silences', { method: 'POST', body: longer });
    const { silenceID: nextId } = (await replaced.json()) as { readonly silenceID: string };
    const all = await get<readonly SilenceView[]>('/silences');
    expect(all.map(({ id, endsAt, status }) => [id, endsAt, status.state])).toEqual([
      [nextId, longer.endsAt, 'active'],
      [silenceID, new Date(nowMs).toISOString(), 'expired'],
    ]);

    expect((await call(`/silence/${nextId}`, { method: 'DELETE' })).status).toBe(200);
    expect(await statesOf()).toEqual(['expired', 'expired']);
    expect(await get(`/silence/${nextId}`)).toMatchObject({ id: nextId, status: { state: 'expired' } });
    expect(published).toHaveLength(4);

    const again = await call('/silences', { method: 'POST', body: longer });
    expect(await statesOf()).toEqual(['active', 'expired', 'expired']);
    const { silenceID: lastId } = (await again.json()) as { readonly silenceID: string };
    await call(`/silence/${lastId}`, { method: 'DELETE' });
  });

  it('is found by what it asks for', async () => {
    const made = await call('/silences', { method: 'POST', body: silence() });
    const { silenceID } = (await made.json()) as { readonly silenceID: string };
    const found = async (filter: string) =>
      (await get<readonly SilenceView[]>(`/silences?filter=${encodeURIComponent(filter)}`)).filter(
        ({ status }) => status.state === 'active',
      ).length;
    expect([
      await found('subject=country'),
      await found('subject=~"c.*"'),
      await found('subject=amount'),
    ]).toEqual([1, 1, 0]);
    expect([await found('model=""'), await found('model=fraud')]).toEqual([1, 0]);
    await call(`/silence/${silenceID}`, { method: 'DELETE' });
  });

  it.each([
    ['without a matcher', { matchers: [] }, 'Field "matchers": expected at least one matcher'],
    ['without a reason', { comment: ' ' }, 'Field "comment": expected why, in words'],
    ['that ends before it begins', { endsAt: '2026-11-01T00:00:00Z' }, 'must end after it begins'],
    ['with no time', { endsAt: 'tomorrow' }, 'Field "endsAt": expected a time such as'],
    ['that is too long', { endsAt: '2027-11-21T00:00:00Z' }, 'at most 7 days (longestSilence)'],
    ['of nothing', null, 'Field "": '],
  ])('%s is refused in words', async (_what, changes, words) => {
    const body = changes === null ? 7 : silence(changes);
    const response = await call('/silences', { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([400, expect.stringContaining(words)]);
  });

  it('of a key of all tenants says which tenant it is for', async () => {
    const refused = await call('/silences', { key: 'all-operate', method: 'POST', body: silence() });
    expect([refused.status, await refused.json()]).toEqual([400, expect.stringContaining('tenant')]);
    const tenant = { name: 'tenant', value: 'acme', isRegex: false };
    const body = silence({ matchers: [tenant, ...silence().matchers] });
    const made = await call('/silences', { key: 'all-operate', method: 'POST', body });
    const { silenceID } = (await made.json()) as { readonly silenceID: string };
    expect((await call(`/silence/${silenceID}`, { key: 'other-operate' })).status).toBe(404);
    expect((await call(`/silence/${silenceID}`, { key: 'other-operate', method: 'DELETE' })).status).toBe(
      404,
    );
    expect((await call(`/silence/${silenceID}`, { method: 'DELETE' })).status).toBe(200);
  });

  it('is not made from a form that a foreign page could send', async () => {
    const password = Buffer.from(`x:${world.key('acme-operate')}`).toString('base64');
    const response = await app.request('/api/v2/silences', {
      method: 'POST',
      headers: { authorization: `Basic ${password}`, 'content-type': 'text/plain' },
      body: JSON.stringify(silence()),
    });
    expect(response.status).toBe(415);
  });
});

describe('who calls', () => {
  const paths = ['/status', '/receivers', '/alerts', '/alerts/groups', '/silences', '/silence/x'];

  it.each(paths)('needs a key that may read: %s', async (path) => {
    expect((await app.request(`/api/v2${path}`)).status).toBe(401);
    const wrong = { headers: { authorization: `Basic ${Buffer.from('x:wrong').toString('base64')}` } };
    expect((await app.request(`/api/v2${path}`, wrong)).status).toBe(401);
    expect((await call(path, { key: 'acme-ingest' })).status).toBe(403);
    const bearer = { headers: { authorization: `Bearer ${world.key('acme-read')}` } };
    expect([200, 404]).toContain((await app.request(`/api/v2${path}`, bearer)).status);
  });

  it.each([
    ['POST', '/silences'],
    ['DELETE', '/silence/x'],
    ['POST', '/alerts'],
  ])('needs a key that may operate: %s %s', async (method, path) => {
    expect((await call(path, { method, key: 'acme-read', body: {} })).status).toBe(403);
  });

  it('sends the key as a password only where programs know nothing else', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from(`x:${world.key('acme-read')}`).toString('base64')}`,
    };
    expect((await app.request('/api/v1/alerts', { headers })).status).toBe(401);
    expect((await app.request('/metrics', { headers })).status).toBe(200);
  });
});

describe('the status', () => {
  it('speaks as Alertmanager 0.25 and shows the routes as a configuration of it', async () => {
    const status = await get<Record<string, never>>('/status', { key: 'all-read' });
    expect(status).toMatchObject({
      cluster: { status: 'disabled', peers: [] },
      versionInfo: { version: '0.25.0' },
    });
    expect(parse(status['config']?.['original'] ?? '')).toEqual({
      route: {
        receiver: 'tickets',
        group_by: ['tenant', 'model'],
        group_wait: '0ms',
        group_interval: '300000ms',
        repeat_interval: '3600000ms',
        routes: [
          expect.objectContaining({ receiver: 'tickets', matchers: ['rule=~"unit.*"'] }),
          expect.objectContaining({
            receiver: 'oncall,mail',
            matchers: ['tenant="acme"', 'severity="page"'],
          }),
          expect.objectContaining({ receiver: 'beta', matchers: ['tenant="other"'] }),
        ],
      },
      receivers: [{ name: 'tickets' }, { name: 'oncall,mail' }, { name: 'beta' }],
    });
  });

  it('shows a tenant its own routes only, and their receivers', async () => {
    const { config } = await get<{ readonly config: { readonly original: string } }>('/status');
    expect(config.original).not.toContain('other');
    expect(config.original).not.toContain('acme"');
    expect(await get('/receivers')).toEqual(['tickets', 'oncall', 'mail'].map((name) => ({ name })));
    expect(await get('/receivers', { key: 'other-read' })).toEqual(
      ['tickets', 'beta', 'spare'].map((name) => ({ name })),
    );
  });

  it('of health is told to anybody, and the version to whoever scrapes', async () => {
    expect(await (await app.request('/-/healthy')).text()).toBe('OK');
    expect((await app.request('/-/ready')).status).toBe(200);
    for (const key of ['all-read', 'acme-read']) {
      const headers = { 'x-api-key': world.key(key) };
      const metrics = await (await app.request('/metrics', { headers })).text();
      expect(metrics).toContain('alertmanager_build_info{version="0.25.0"} 1');
    }
  });
});
