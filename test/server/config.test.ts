import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultModel, loadConfig, parseConfig } from '../../server/config.ts';
import { configSchema, modelSchema } from '../../server/config-schema.ts';
import { FatalError } from '../../server/errors.ts';

const EXAMPLE = readFileSync(new URL('../../leeway.example.yaml', import.meta.url), 'utf8');

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, { file: '/etc/leeway/leeway.yaml', environment });

function mistakeOf(text: string): string {
  try {
    parse(text, { HOME: 'not a signing secret' });
  } catch (error) {
    expect(error).toBeInstanceOf(FatalError);
    expect((error as FatalError).exitCode).toBe(2);
    return (error as FatalError).message;
  }
  return 'no mistake found';
}

describe('a mistake in the configuration is told with file, line, column and what was expected', () => {
  it.each([
    ['a value of the wrong type', 'listen:\n  port: abc\n', ':2:9 listen.port: expected a number, got "abc"'],
    [
      'an unknown key',
      'models:\n  - tenant: a\n    name: b\n    windw: 1d\n',
      ':4:12 unknown key "windw" in models.0',
    ],
    [
      'a window of 7m, which counts by the hour cannot tell',
      'models:\n  - tenant: a\n    name: b\n    window: 7m\n',
      'expected a multiple of 1h, the grain of counts older than two days',
    ],
    [
      'a window of 90m, which counts by the hour cannot tell',
      'models:\n  - tenant: a\n    name: b\n    window: 90m\n',
      'expected a multiple of 1h, the grain of counts older than two days',
    ],
    [
      'a baseline of no known kind',
      'models:\n  - { tenant: a, name: b, baseline: { always: 1 } }\n',
      'expected one of { reference: … }, { period: … }, { first: … }',
    ],
    [
      'a receiver that is not there',
      'route: { id: root, receivers: [oncall] }',
      ':1:32 unknown receiver "oncall"; expected one of none, there are no receivers',
    ],
    [
      'a kind of receiver that is not there',
      'receivers:\n  - { id: s, type: pigeon }',
      'expected one of slack, email, webhook',
    ],
    [
      'the same model twice',
      'models:\n  - { tenant: a, name: b }\n  - { tenant: a, name: b }\n',
      '"a/b" is there twice in models',
    ],
    [
      'a secret in the text',
      'receivers:\n  - { id: s, type: slack, channel: c, token: xoxb-123 }',
      'never the value itself',
    ],
    [
      'a secret that is not set',
      'receivers:\n  - { id: s, type: slack, channel: c, token: { env: NOPE } }',
      'the environment variable NOPE is not set',
    ],
    [
      'a secret that cannot sign',
      'receivers:\n  - { id: w, type: webhook, url: "http://x.example", secret: { env: HOME } }',
      'expected a signing secret: whsec_ and 24 to 64 bytes in base64',
    ],
    [
      'an end of a secret that is no time',
      'receivers:\n  - { id: w, type: webhook, url: "http://x.example", secret: { env: A }, previous: { secret: { env: B }, until: soon } }',
      ':2:113 receivers.0.previous.until',
    ],
    [
      'an Alertmanager told too seldom',
      'receivers:\n  - { id: u, type: alertmanager, url: "http://x.example", resend: 1h }',
      'expected 10s to 10m',
    ],
    [
      'a host with a path',
      'egress: { allow: [ci.example/x] }',
      'expected host, host:port, host:* or *.example.com',
    ],
    [
      'a host of https',
      'egress: { allow: ["https://ci.example"] }',
      ':1:19 egress.allow.0: expected host, host:port',
    ],
    [
      'a host of a tenant',
      'egress: { tenants: { a: ["*example"] } }',
      ':1:26 egress.tenants.a.0: expected host',
    ],
    [
      'a network without its size',
      'egress: { open: [10.0.0.0] }',
      ':1:18 egress.open.0: expected a network such as',
    ],
    [
      'a network of no size',
      'egress: { open: [10.0.0.0/33] }',
      'expected a network such as 10.0.0.0/8 or fd00::/8',
    ],
    ['a network by name', 'egress: { open: ["localhost/8"] }', 'expected a network such as'],
    ['a proxy in the text', 'egress: { proxy: "http://proxy:3128" }', 'never the value itself'],
    ['a port that is none', 'egress: { ports: [0] }', ':1:19 egress.ports.0'],
    [
      'the same port twice',
      'listen:\n  grpcPort: 4318\n',
      ':2:13 expected another port than listen.otlpPort, got 4318 twice',
    ],
    [
      'a quota of nothing',
      'limits: { maxBytesPerSecondPerTenant: 0 }',
      ':1:39 limits.maxBytesPerSecondPerTenant: expected at least 1, got 0',
    ],
    [
      'a hash without a key',
      'tenants:\n  - { id: a, pii: { rules: [{ attribute: email, do: hash }] } }\n',
      'expected a key as { env: NAME } or { file: PATH }',
    ],
    [
      'a hashed prediction id without a key',
      'tenants:\n  - { id: a, pii: { predictionId: hash } }\n',
      'expected a key as { env: NAME } or { file: PATH }',
    ],
    [
      'a bucket of no size',
      'tenants:\n  - { id: a, pii: { rules: [{ attribute: age, do: bucket }] } }\n',
      'expected a width for numbers',
    ],
    [
      'a key of hashes in the text',
      'tenants:\n  - { id: a, pii: { key: hush, rules: [] } }\n',
      'never the value itself',
    ],
    [
      'a declared kind that is not known',
      'models:\n  - { tenant: a, name: b, schema: { x: { kind: numeric } } }\n',
      'models.0.schema.x.kind',
    ],
    [
      'a declared min above the max',
      'models:\n  - { tenant: a, name: b, schema: { x: { min: 2, max: 1 } } }\n',
      'expected min at most max',
    ],
    ['broken YAML', 'listen: [1\nport: 2', ':2:1 '],
  ])('%s', (_name, text, expected) => {
    const message = mistakeOf(text);
    expect(message).toContain('/etc/leeway/leeway.yaml:');
    expect(message).toContain(expected);
  });

  it('never repeats a secret that was written by mistake', () => {
    expect(mistakeOf('receivers:\n  - { id: s, type: slack, channel: c, token: xoxb-123 }')).not.toContain(
      'xoxb',
    );
  });

  it('names every mistake at once', () => {
    expect(mistakeOf('listen: { port: a, otlpPort: b }').split('\n')).toHaveLength(2);
  });

  it('says that a file is not there', () => {
    expect(() => loadConfig('/nowhere/leeway.yaml', {})).toThrow(/no such file/);
  });
});

describe('a configuration', () => {
  it('may be empty', () => {
    expect(parse('')).toMatchObject({
      dataFolder: '/etc/leeway/data',
      listen: { host: '127.0.0.1', port: 8080, otlpPort: 4318, grpcPort: 4317 },
      models: [],
    });
  });

  it('reads durations, percents and secrets', () => {
    const settings = parse(
      'models:\n  - { tenant: a, name: b, window: 1h, slos: [{ id: fast, kind: latency, target: 99.9, threshold: 120ms, period: 7d }] }\nreceivers:\n  - { id: s, type: slack, channel: c, token: { env: SLACK } }',
      { SLACK: 'xoxb' },
    );
    expect(settings.models[0]).toMatchObject({
      windowMs: 3_600_000,
      slos: [{ target: 0.999, thresholdMs: 120, periodMs: 604_800_000 }],
    });
    expect(settings.receivers[0]).toMatchObject({ token: 'xoxb' });
  });

  it('reads declared features and rules for personal data', () => {
    const settings = parse(
      `tenants:
  - id: a
    pii:
      key: { env: HASHES }
      predictionId: hash
      rules:
        - { attribute: 'customer.*', do: drop, in: [features] }
        - { attribute: age, do: bucket, width: 10 }
models:
  - { tenant: a, name: b, schema: { amount: { kind: number, min: 0 }, region: { protected: true } } }`,
      { HASHES: 'hush' },
    );
    expect(settings.pii).toEqual([
      {
        tenant: 'a',
        key: 'hush',
        hashPredictionId: true,
        rules: [
          { attribute: 'customer.*', among: ['features'], action: { kind: 'drop' } },
          {
            attribute: 'age',
            among: ['features', 'segments', 'protected'],
            action: { kind: 'bucket', width: 10, characters: null },
          },
        ],
      },
    ]);
    expect(settings.tenants).toEqual([{ id: 'a', title: 'a' }]);
    expect(settings.models[0]?.schema).toEqual({
      amount: { kind: 'number', min: 0, max: null, categories: null, protected: false },
      region: { kind: null, min: null, max: null, categories: null, protected: true },
    });
  });

  it('reads what may be called', () => {
    const settings = parse(
      `egress:
  allow: [slack.com, 'http://am:9093', '*.acme.example:*', '[2001:db8::1]:25', '*']
  tenants: { acme: [ci.acme.example] }
  open: [10.0.0.0/8, fd00::/8]
  proxy: { env: PROXY }`,
      { PROXY: 'http://proxy:3128' },
    );
    expect(settings.egress).toEqual({
      allow: ['slack.com', 'http://am:9093', '*.acme.example:*', '[2001:db8::1]:25', '*'],
      tenants: { acme: ['ci.acme.example'] },
      open: ['10.0.0.0/8', 'fd00::/8'],
      ports: [80, 443, 25, 465, 587],
      proxy: 'http://proxy:3128',
    });
  });

  it('reads every kind of receiver', () => {
    const key = `whsk_${Buffer.alloc(32, 5).toString('base64')}`;
    const old = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
    const settings = parse(
      `receivers:
  - { id: w, type: webhook, url: "https://w.example", secret: { env: KEY }, previous: { secret: { env: OLD }, until: 2027-01-31T00:00:00Z } }
  - { id: u, type: alertmanager, url: "http://am:9093" }
  - { id: t, type: alertmanager, url: "http://am:9093", token: { env: ROUTING } }
  - { id: b, type: alertmanager, url: "http://am:9093", basicAuth: { user: leeway, password: { env: ROUTING } } }
  - { id: p, type: pagerduty, routingKey: { env: ROUTING } }
  - { id: m, type: email, to: [a@b.example], from: c@d.example, smtp: { env: SMTP } }`,
      { KEY: key, OLD: old, ROUTING: 'r', SMTP: 'smtp://mail' },
    );
    expect(settings.receivers).toEqual([
      {
        id: 'w',
        type: 'webhook',
        url: 'https://w.example',
        secret: key,
        previous: { secret: old, untilMs: Date.UTC(2027, 0, 31) },
      },
      { id: 'u', type: 'alertmanager', url: 'http://am:9093', resendMs: 60_000 },
      {
        id: 't',
        type: 'alertmanager',
        url: 'http://am:9093',
        resendMs: 60_000,
        credentials: { token: 'r' },
      },
      {
        id: 'b',
        type: 'alertmanager',
        url: 'http://am:9093',
        resendMs: 60_000,
        credentials: { user: 'leeway', password: 'r' },
      },
      { id: 'p', type: 'pagerduty', routingKey: 'r', apiUrl: null },
      { id: 'm', type: 'email', to: ['a@b.example'], from: 'c@d.example', smtpUrl: 'smtp://mail' },
    ]);
  });

  it('of the shipped example is valid, and its values are the defaults', () => {
    const settings = parse(EXAMPLE);
    const { slos: _slos, title: _title, positive: _positive, ...model } = settings.models[0]!;
    expect(defaultModel({ tenant: 'acme', model: 'fraud' })).toMatchObject(model);
    expect({ ...settings, models: [], tenants: [] }).toEqual({ ...parse(''), models: [], tenants: [] });
  });
});

describe('a heartbeat', () => {
  it('may name its address by a secret, and is sent every minute unless it says so', () => {
    const text = 'heartbeat: { url: { env: BEAT } }';
    const { heartbeat } = parseConfig(text, {
      file: 'leeway.yaml',
      environment: { BEAT: 'https://x.example/y' },
    });
    expect(heartbeat).toEqual({ url: 'https://x.example/y', everyMs: 60_000 });
  });

  it('is not sent every second', () => {
    expect(() => parse('heartbeat: { url: https://x.example, every: 1s }')).toThrow('expected at least 10s');
  });
});

describe('the shipped example', () => {
  const { listen, limits, retention, egress } = configSchema.parse({});
  const keys = [configSchema.shape, modelSchema.shape, listen, limits, retention, egress].flatMap(
    Object.keys,
  );

  it.each([...keys, 'maxBytesPerSecondPerTenant'])('names %s', (key) => {
    expect(EXAMPLE).toMatch(new RegExp(`^[ #-]*${key}:`, 'm'));
  });
});

describe('what windows are judged against', () => {
  const modelOf = (text: string) =>
    parse(`models: [{ tenant: acme, name: fraud, ${text} }]\ntenants: [{ id: acme }]\n`).models[0];

  it('may be an uploaded training set, or a period without some ranges', () => {
    expect(modelOf('baseline: { uploaded: { set: train-1 } }')?.baseline).toEqual({
      kind: 'uploaded',
      set: 'train-1',
    });
    const range = '{ from: 2026-10-02T00:00:00Z, to: 2026-10-03T00:00:00Z }';
    const period = `from: 2026-10-01T00:00:00Z, to: 2026-10-15T00:00:00Z, exclude: [${range}]`;
    expect(modelOf(`baseline: { period: { ${period} } }`)?.baseline).toMatchObject({
      kind: 'period',
      exclude: [{ fromMs: Date.UTC(2026, 9, 2), toMs: Date.UTC(2026, 9, 3) }],
    });
  });

  it('may be the weeks before, in whole days and at least a week of them', () => {
    const drift = 'drift: { against: [fixed, moving], movingSpan: 14d, importance: { amount: 2 } }';
    expect(modelOf(drift)?.drift).toEqual({
      against: ['fixed', 'moving'],
      season: 'auto',
      movingSpanMs: 14 * 86_400_000,
      excluded: [],
      importance: { amount: 2 },
    });
    expect(() => modelOf('drift: { movingSpan: 36h }')).toThrow('expected whole days, at least 7d');
  });
});

describe('storage', () => {
  it('keeps rows for 90 days, counts for 400, and half a gigabyte free, unless it is told otherwise', () => {
    const DAY_MS = 86_400_000;
    const usual = { keepRowsMs: 90 * DAY_MS, keepCountsMs: 400 * DAY_MS, minFreeBytes: 512 * 1024 * 1024 };
    expect(parse('').storage).toEqual(usual);
    const told = parse('retention: { rows: 7d, counts: 800d }\nlimits: { minFreeBytes: 0 }\n');
    expect(told.storage).toEqual({ keepRowsMs: 7 * DAY_MS, keepCountsMs: 800 * DAY_MS, minFreeBytes: 0 });
  });
});
