import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../server/show/api/index.ts';
import type { Endpoint } from '../../server/show/endpoint.ts';
import type { KeyEntry } from '../../server/ports.ts';
import type {
  AlertExplanationTold,
  AlertList,
  ApiError,
  IncidentList,
  ModelDetail,
  PostMortem,
  ScoreExplanation,
  ScoreList,
  SilencePreviewTold,
} from '../../server/show/types.ts';
import { openDatabase } from '../../server/store/sqlite/database.ts';
import { queueDelivery } from '../../server/store/sqlite/outbox.ts';
import { noticeOf } from '../server/act/samples.ts';
import { NOW_MS } from '../server/show/fixtures.ts';
import { apiWorld, driftAside, type ApiWorld } from './api-world.ts';

let world: ApiWorld;
/** Ids of real things of acme, by the path they belong to. */
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await apiWorld();
  await world.control.judge([driftAside], NOW_MS);
  const get = async <T>(path: string) =>
    (await call('GET', `/api/v1/${path}`, { key: 'acme-admin' }).then((r) => r.json())) as T;
  const alerts = await get<AlertList>('alerts');
  const incidents = await get<IncidentList>('incidents');
  const scores = await get<ScoreList>('scores?tenant=acme&model=fraud');
  const detail = await get<ModelDetail>('models/acme/fraud');
  const silence = await call('POST', '/api/v1/silences', {
    key: 'acme-operate',
    body: BODIES['/api/v1/silences'],
  });
  const { keys } = await get<{ readonly keys: readonly KeyEntry[] }>('keys');
  ids = {
    alerts: alerts.alerts.find((alert) => alert.subject === 'country')?.id ?? '',
    incidents: incidents.incidents.find((incident) => incident.model === 'aside')?.id ?? '',
    scores: String(scores.scores[0]?.id ?? ''),
    runs: detail.runs.find((run) => run.kind === 'rollback')?.id ?? '',
    receivers: 'trainer',
    silences: ((await silence.json()) as { readonly id: string }).id,
    deliveries: await deadDelivery(),
    keys: keys.find((key) => key.scopes[0] === 'ingest')?.id ?? '',
    planHash: detail.runs.find((run) => run.kind === 'rollback')?.planHash ?? '',
  };
});
afterAll(() => world.close());

/** One delivery of acme that was given up. */
async function deadDelivery(): Promise<string> {
  const id = 'ntc_dead';
  const database = openDatabase(world.folder);
  queueDelivery(
    database,
    {
      id,
      tenant: 'acme',
      model: 'fraud',
      receiver: 'oncall',
      kind: 'notice',
      payload: noticeOf({ id }),
      stream: 'a group',
      threadKey: 'a group',
      incidentId: null,
      expiresAtMs: NOW_MS + 3_600_000,
    },
    NOW_MS,
  );
  database.close();
  const outcome = { kind: 'failed', detail: 'invalid_auth', reason: 'auth' } as const;
  await world.control.settleDelivery({ id, outcome, nowMs: NOW_MS });
  return id;
}

/** A right body for each path that takes one. */
const BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  '/api/v1/silences': {
    matchers: [{ name: 'model', value: 'nothing' }],
    durationMs: 3_600_000,
    reason: 'test',
  },
  '/api/v1/silences/preview': { matchers: [{ name: 'rule', value: 'feature-drift' }] },
  '/api/v1/incidents/{id}/mitigate': { reason: 'test' },
  '/api/v1/incidents/{id}/resolve': { reason: 'test', actionable: true },
  '/api/v1/incidents/{id}/comments': { reason: 'test' },
  '/api/v1/runs/{id}/approve': { planHash: 'filled in', reason: 'test' },
  '/api/v1/models/{tenant}/{model}/schema': { features: { amount: { kind: 'number', min: 0, max: 500 } } },
  '/api/v1/models/{tenant}/{model}/erase': { ids: ['never sent'] },
  '/api/v1/baselines': { source: { kind: 'uploaded', set: 'training' } },
  '/api/v1/backtest': { model: 'fraud', since: '28d' },
  '/api/v1/deployments': { model: 'fraud', version: '8' },
  '/api/v1/reload': { dryRun: true },
  '/api/v1/deliveries/replay': { from: '2026-11-21T00:00:00Z', receiver: 'nobody' },
  '/api/v1/session': { key: 'unknown' },
  '/api/v1/keys': { scopes: ['read'] },
};
/** What a right request needs in its query. */
const QUERIES: Readonly<Record<string, string>> = {
  '/api/v1/scores': '?tenant=acme&model=fraud',
  '/api/v1/baselines': '?tenant=acme&model=spare',
  '/api/v1/baselines/sets': '?tenant=acme&model=spare&set=outdated',
  '/api/v1/models/{tenant}/{model}/predictions.parquet': '?from=0&to=1795219200000',
  '/signin': '?token=unknown',
};
/** What concerns every tenant answers 403 to a key of one. */
const OF_ALL_TENANTS = ['/api/v1/reload'];
/** Changes that end what later requests need go last. */
const LAST = [
  '/api/v1/incidents/{id}/mitigate',
  '/api/v1/incidents/{id}/resolve',
  '/api/v1/alerts/{id}/acknowledge',
  '/api/v1/alerts/{id}/resolve',
  '/api/v1/runs/{id}/approve',
];

const routes = [...ENDPOINTS]
  .sort((first, second) => LAST.indexOf(first.route.path) - LAST.indexOf(second.route.path))
  .map((one) => [`${one.route.method.toUpperCase()} ${one.route.path}`, one] as const);
const guarded = routes.filter(([, one]) => one.access === 'key' || Array.isArray(one.access));
const scoped = routes.filter(([, one]) => Array.isArray(one.access));
const withBody = guarded.filter(([, one]) => one.route.request?.body !== undefined);

interface Sent {
  readonly key?: string;
  readonly body?: unknown;
}

async function call(method: string, path: string, { key, body }: Sent = {}): Promise<Response> {
  return world.app.request(path, {
    method,
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': world.key(key) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The address of a real thing of acme. */
function addressOf({ route }: Endpoint): string {
  const noun = route.path.split('/')[3] ?? '';
  const path = route.path
    .replace('{tenant}', 'acme')
    .replace('{model}', 'fraud')
    .replace('{file}', 'leeway-fleet.json')
    .replace('{id}', encodeURIComponent(ids[noun] ?? ''));
  return path + (QUERIES[route.path] ?? '');
}

function bodyOf({ route }: Endpoint): Record<string, unknown> | undefined {
  if (route.request?.body === undefined) return undefined;
  const body = BODIES[route.path];
  return body?.['planHash'] === undefined ? body : { ...body, planHash: ids['planHash'] };
}

async function send(one: Endpoint, key: string, body: unknown = bodyOf(one)): Promise<Response> {
  return call(one.route.method.toUpperCase(), addressOf(one), { key, body });
}

/** A scope that is enough for an endpoint, and one that is not. */
function scopesOf({ access }: Endpoint): { readonly enough: string; readonly wrong: string } {
  const asked = Array.isArray(access) ? (access as readonly string[]) : ['read'];
  const enough = asked.includes('operate') ? 'operate' : (asked[0] ?? 'read');
  return { enough, wrong: asked.includes('ingest') || enough !== 'read' ? 'read' : 'ingest' };
}

async function readAll(response: Response): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) return response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value as Uint8Array | undefined);
}

describe('the description', () => {
  it('is OpenAPI 3.1 and describes every address, with words and a way to be refused', async () => {
    const document = (await (await call('GET', '/openapi.json')).json()) as {
      readonly openapi: string;
      readonly paths: Readonly<Record<string, Record<string, { summary?: string; responses: object }>>>;
    };
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        expect(operation.summary).toMatch(/\w/);
        expect(operation.responses).toHaveProperty('default');
        return `${method.toUpperCase()} ${path}`;
      }),
    );
    expect(described.sort()).toEqual(routes.map(([name]) => name).sort());
  });

  it('names each address once', () => {
    expect(new Set(routes.map(([name]) => name)).size).toBe(routes.length);
  });

  it('has real things behind it in this test', () => {
    expect(Object.entries(ids).filter(([, id]) => id === '')).toEqual([]);
  });
});

describe('without a key', () => {
  const unsigned = routes.filter(([name]) => name !== 'GET /signin');

  it.each(unsigned)('%s is 401', async (_name, one) => {
    const response = await call(one.route.method.toUpperCase(), addressOf(one), { body: bodyOf(one) });
    expect(response.status).toBe(401);
    expect(((await response.json()) as ApiError).error).toMatchObject({ code: 'unauthorized' });
  });
});

describe('with the wrong scope', () => {
  it.each(scoped)('%s is 403 and says which scope it needs', async (_name, one) => {
    const response = await send(one, `acme-${scopesOf(one).wrong}`);
    expect(response.status).toBe(403);
    expect(((await response.json()) as ApiError).error.message).toContain('scope');
  });
});

describe('with a key of another tenant', () => {
  it.each(scoped)('%s shows nothing of acme', async (_name, one) => {
    const response = await send(one, `other-${scopesOf(one).enough}`);
    const text = await readAll(response);
    expect(text).not.toMatch(/"acme"|fraud_|p42/);
    if (/\{id\}|\{tenant\}|\/baselines|\/backtest/.test(one.route.path)) expect(response.status).toBe(404);
    else if (OF_ALL_TENANTS.includes(one.route.path)) expect(response.status).toBe(403);
    else expect(response.status).toBeLessThan(300);
  });
});

describe('with an unknown field', () => {
  it.each(withBody)('%s is 400 and names it', async (_name, one) => {
    const response = await send(one, `acme-${scopesOf(one).enough}`, { ...bodyOf(one), colour: 'red' });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ApiError).error.message).toBe('Unknown field "colour".');
  });

  it.each(guarded)('%s refuses an unknown parameter by name', async (_name, one) => {
    const address = `${addressOf(one)}${addressOf(one).includes('?') ? '&' : '?'}colour=red`;
    const response = await call(one.route.method.toUpperCase(), address, {
      key: `acme-${scopesOf(one).enough}`,
      body: bodyOf(one),
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ApiError).error.message).toBe('Unknown parameter "colour".');
  });
});

describe('never 500', () => {
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.record({
      tenant: fc.jsonValue(),
      model: fc.jsonValue(),
      reason: fc.jsonValue(),
      scopes: fc.jsonValue(),
    }),
  );
  const segment = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.constantFrom('%', '..', '0', '-1', '1e9', '\u0000'),
  );

  it.each(routes.filter(([name]) => !name.includes('/events')))('%s', async (_name, one) => {
    await fc.assert(
      fc.asyncProperty(segment, junk, fc.string({ maxLength: 30 }), async (part, body, query) => {
        const path = one.route.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(part));
        const address = `${path}?${encodeURIComponent(query)}=${encodeURIComponent(part)}`;
        const method = one.route.method.toUpperCase();
        const response = await call(method, address, {
          key: 'other-admin',
          ...(method === 'GET' ? {} : { body }),
        });
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: 25 },
    );
  });
});

describe('with the right key', () => {
  it.each(scoped.filter(([, one]) => one.response !== null))(
    '%s answers exactly what it describes',
    async (_name, one) => {
      const whose = OF_ALL_TENANTS.includes(one.route.path) ? 'all' : 'acme';
      const response = await send(one, `${whose}-${scopesOf(one).enough}`);
      const value: unknown = await response.json();
      expect(response.status, JSON.stringify(value)).toBeLessThan(300);
      expect(one.response?.parse(value)).toEqual(value);
    },
  );

  it('shows the model that its new version broke', async () => {
    const detail = (await (
      await call('GET', '/api/v1/models/acme/fraud', { key: 'acme-read' })
    ).json()) as ModelDetail;
    expect(detail.health).toBe('action');
    expect(detail.version).toBe('7');
    expect(detail.drift[0]).toMatchObject({ feature: 'amount', alert: 'page' });
    expect(detail.drift[0]?.trend.at(-1)?.value).toBe(detail.drift[0]?.value);
    expect(detail.distributions.map((one) => one.feature)).toContain('amount');
    expect(detail.slos[0]).toMatchObject({ slo: 'answers', remaining: 1, bad: 0 });
    expect(detail.slos[0]?.trend.length).toBeGreaterThan(2);
    expect(detail.fairness[0]?.groups.map((group) => group.group).sort()).toEqual(['north', 'south']);
    expect(detail.volume.reduce((rows, one) => rows + one.rows, 0)).toBe(4200);
  });

  it('shows an earlier window when asked, healthy then', async () => {
    const read = async (query: string) =>
      (await (
        await call('GET', `/api/v1/models/acme/fraud${query}`, { key: 'acme-read' })
      ).json()) as ModelDetail;
    const [fromMs = 0] = (await read('')).windows;
    const detail = await read(`?window=${fromMs}`);
    expect(detail.window?.fromMs).toBe(fromMs);
    expect(detail.drift.find((row) => row.feature === 'amount')?.ratio).toBeLessThan(1);
    expect(detail.drift.find((row) => row.feature === 'amount')?.missingShare).toBe(0);
    expect(detail.fairness).toHaveLength(1);
  });

  it('explains every score: the same bit for bit, or why it cannot be computed again', async () => {
    const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const scores = await world.control.scores({ tenant: 'acme', model: 'fraud', ...range });
    const results = new Map<string, Set<string>>();
    for (const { id, detector, inputs } of scores) {
      const answer = await call('GET', `/api/v1/scores/${id}/explain`, { key: 'acme-read' });
      const { result, why } = (await answer.json()) as ScoreExplanation;
      expect([detector, result]).toEqual([detector, inputs === undefined ? 'impossible' : 'same']);
      if (result === 'impossible') expect(why).toContain('stored without what it was computed from');
      results.set(detector, (results.get(detector) ?? new Set()).add(result));
    }
    expect(results.get('drift')).toEqual(new Set(['same']));
    expect(results.get('missing-rate')).toEqual(new Set(['same']));
  });

  it('tells the scraper what the page tells', async () => {
    const page = await (await call('GET', '/metrics', { key: 'all-read' })).text();
    expect(page).toContain('leeway_model_status{tenant="acme",model="fraud"} 2');
    expect(page).toContain(
      'leeway_slo_error_budget_remaining_ratio{tenant="acme",model="fraud",slo="answers"} 1',
    );
    expect(page).toContain('leeway_predictions_total{tenant="acme",model="fraud"} 4200');
  });

  it('refuses a second approval in words', async () => {
    const [, approve] = routes.find(([name]) => name.endsWith('/approve')) ?? [];
    const response = await send(approve as Endpoint, 'acme-operate');
    expect(response.status).toBe(409);
    expect(((await response.json()) as ApiError).error.message).toMatch(/\w+ \w+/);
  });
});

describe('a schema', () => {
  it('that is declared is in the audit log, with who declared it; the same again is not', async () => {
    const before = await world.control.audit('acme', 1000);
    const body = { features: { amount: { kind: 'number', max: 1 } } };
    const path = '/api/v1/models/acme/fraud/schema';
    for (let time = 0; time < 2; time += 1)
      expect((await call('PUT', path, { key: 'acme-operate', body })).status).toBe(200);
    const after = await world.control.audit('acme', 1000);
    expect(after).toHaveLength(before.length + 1);
    expect(after[0]).toMatchObject({
      kind: 'schema_declared',
      subject: 'fraud',
      text: expect.stringMatching(/^Schema version \d+ was declared by the API\.$/),
    });
    expect(after[0]?.actor).not.toBe('');
  });
});

describe('rows at large', () => {
  const model = '/api/v1/models/acme/fraud';
  const range = '?from=0&to=1795219200000';
  const exported = async (key = 'acme-read') => {
    const response = await call('GET', `${model}/predictions.parquet${range}`, { key });
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  const rowsOf = async (bytes: Uint8Array) => {
    const file = join(world.folder, 'read.parquet');
    writeFileSync(file, bytes);
    const reader = await (
      await DuckDBConnection.create()
    ).runAndReadAll(`SELECT * FROM read_parquet('${file}') ORDER BY event_time`);
    return reader.getRowObjectsJson();
  };

  it('are one Parquet file of predictions with real names and without protected attributes, which is gone then', async () => {
    const { response, bytes } = await exported();
    expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet');
    expect(bytes).toHaveLength(Number(response.headers.get('content-length')));
    const rows = await rowsOf(bytes);
    expect(rows).toHaveLength(4200);
    expect(rows[0]).toMatchObject({ prediction_id: 'p0', model_version: '6', amount: 0, country: 'de' });
    expect(Object.keys(rows[0] ?? {})).not.toEqual(expect.arrayContaining(['region']));
    expect(Object.keys(rows[0] ?? {})).not.toContain('id_key');
    expect(readdirSync(join(world.folder, 'export'))).toEqual([]);
  });

  it.each([
    ['?from=2&to=1', 400],
    ['?from=1&to=1', 400],
    ['', 400],
    ['?from=yesterday&to=1', 400],
    ['?from=2026-11-21T00:00:00&to=2026-11-22T00:00:00', 400],
    ['?from=1970-01-01&to=2026-11-21T00:00:00Z', 200],
  ])('of the range "%s" are %d', async (query, status) => {
    const response = await call('GET', `${model}/predictions.parquet${query}`, { key: 'acme-read' });
    expect(response.status).toBe(status);
  });

  it('of a model that is not there are 404', async () => {
    const path = `/api/v1/models/acme/nothing/predictions.parquet${range}`;
    expect((await call('GET', path, { key: 'acme-read' })).status).toBe(404);
  });

  it('are erased by id, and the audit log says by whom and how many, not which', async () => {
    const response = await call('POST', `${model}/erase`, {
      key: 'acme-operate',
      body: { ids: ['p1', 'p2', 'never sent', 'as long as an id may be '.repeat(300)] },
    });
    expect(await response.json()).toEqual({ predictions: 2, labels: 0, files: 0 });
    expect(await rowsOf((await exported()).bytes)).toHaveLength(4198);
    const [entry] = await world.control.audit('acme', 1);
    expect(entry).toMatchObject({
      kind: 'rows_erased',
      subject: 'fraud',
      text: '2 predictions and 0 labels erased by id',
    });
  });

  it.each([[[]], [Array.from({ length: 1001 }, String)], [['']]])(
    'are not erased by a list that is empty, too long or holds nothing',
    async (ids) => {
      const response = await call('POST', `${model}/erase`, { key: 'acme-operate', body: { ids } });
      expect(response.status).toBe(400);
    },
  );
});

describe('an incident', () => {
  const path = () => `/api/v1/incidents/${ids['incidents']}`;

  it('is told as a draft of a post-mortem, in Markdown and in JSON, with what was counted', async () => {
    const fraud = (await (
      await call('GET', '/api/v1/incidents?model=fraud', { key: 'acme-read' })
    ).json()) as IncidentList;
    const of = `/api/v1/incidents/${fraud.incidents[0]?.id}/post-mortem`;
    const markdown = await call('GET', of, { key: 'acme-read' });
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await markdown.text()).toMatch(/^# Fraud.*## Impact.*predictions.*## Timeline.*## Follow-ups/s);
    const report = (await (
      await call('GET', `${of}?format=json`, { key: 'acme-read' })
    ).json()) as PostMortem;
    expect(report).toMatchObject({ status: 'draft', followUps: [], model: 'fraud', tenant: 'acme' });
    expect(report.impact.predictions).toBeGreaterThan(0);
    expect(report.impact.budgets).toMatchObject([{ slo: 'answers', bad: 0, share: 0 }]);
    expect(report.timeline.map((entry) => entry.kind)).toContain('first_bad_window');
    expect(report.detection?.url).toMatch(/#\/scores\/\d+$/);
    const other = await call('GET', of, { key: 'other-read' });
    expect(other.status).toBe(404);
  });

  it.each(['markdown ', 'html', ''])('is not written as %j', async (format) => {
    const response = await call('GET', `${path()}/post-mortem?format=${encodeURIComponent(format)}`, {
      key: 'acme-read',
    });
    expect(response.status).toBe(400);
  });

  it.each([[{ reason: ' ' }], [{}], [{ reason: 'x', actionable: 'yes' }]])(
    'is not ended by %j',
    async (body) => {
      expect((await call('POST', `${path()}/resolve`, { key: 'acme-operate', body })).status).toBe(400);
    },
  );

  it('that has ended is not ended again, in words', async () => {
    const body = { reason: 'again' };
    const response = await call('POST', `${path()}/resolve`, { key: 'acme-operate', body });
    expect(response.status).toBe(409);
    expect(((await response.json()) as ApiError).error.message).toBe('The incident is already resolved.');
  });
});

describe('an alert', () => {
  it('explains who was told of it and why nobody else was', async () => {
    const { alerts } = (await (
      await call('GET', '/api/v1/alerts?model=fraud', { key: 'acme-read' })
    ).json()) as AlertList;
    for (const { id } of alerts) {
      const response = await call('GET', `/api/v1/alerts/${id}/explain`, { key: 'acme-read' });
      const { routes, summary, scoreId } = (await response.json()) as AlertExplanationTold;
      expect(routes.some((route) => route.outcome === 'handles')).toBe(true);
      expect(summary).not.toEqual([]);
      expect(scoreId).toBeGreaterThan(0);
    }
  });
});

describe('a silence that is only thought of', () => {
  const preview = async (key: string, matchers: readonly object[]) =>
    (await (
      await call('POST', '/api/v1/silences/preview', { key, body: { matchers } })
    ).json()) as SilencePreviewTold;

  it('tells what it would hold back, nothing of another tenant, and the longest there may be', async () => {
    const matchers = [{ name: 'model', value: 'fraud' }];
    const found = await preview('acme-read', matchers);
    expect([...found.firing, ...found.lately].map((alert) => alert.model)).toContain('fraud');
    expect(found.longestSilenceMs).toBe(7 * 86_400_000);
    expect(await preview('other-read', matchers)).toMatchObject({ firing: [], lately: [] });
  });

  it('with an expression that cannot be used is refused in words, as it is when it is made', async () => {
    const matchers = [{ name: 'model', op: '=~', value: '(' }];
    const making = { matchers, durationMs: 3_600_000, reason: 'planned' };
    const thought = await call('POST', '/api/v1/silences/preview', { key: 'acme-read', body: { matchers } });
    const made = await call('POST', '/api/v1/silences', { key: 'acme-operate', body: making });
    const words = async (response: Response) => ((await response.json()) as ApiError).error.message;
    expect([thought.status, made.status]).toEqual([400, 400]);
    expect(await words(thought)).toContain('A matcher of the silence cannot be used, number 1 of 1');
  });
});
