import { describe, expect, it } from 'vitest';
import { masked, secretIn, withoutSecrets } from '../../server/masked.ts';
import { receivers, secretsOf } from '../../server/act/receivers.ts';
import type { ReceiverSettings } from '../../server/settings.ts';
import { contextOf, LOCAL_EGRESS } from './act/context.ts';
import { alertOf, deliveryOf, noticeOf, SECRET } from './act/samples.ts';
import { httpServer } from './act/servers.ts';

describe('a text that holds a secret', () => {
  it('is told without it, wherever it stands', () => {
    const value = { a: ['x hunter2-secret y', { b: 'hunter2-secret' }], c: null, d: 7, e: true };
    expect(masked(value, ['hunter2-secret'])).toEqual({
      a: ['x [secret] y', { b: '[secret]' }],
      c: null,
      d: 7,
      e: true,
    });
  });

  it('loses the longer of two secrets first, so that no half of it stays', () => {
    expect(masked('token-abc-def', ['token-abc', 'token-abc-def'])).toBe('[secret]');
  });

  it('stays as it is for secrets of a few letters, which are in every text', () => {
    expect(masked('a page of a model', ['a', '', 'page'])).toBe('a page of a model');
  });
});

describe('what receivers are told', () => {
  const token = 'xoxb-0123456789-secret';
  const password = 'hunter2-very-secret';
  const all: readonly ReceiverSettings[] = [
    { id: 's', type: 'slack', channel: 'C1', token, apiUrl: null },
    {
      id: 'm',
      type: 'email',
      to: ['a@b.example'],
      from: 'c@d.example',
      smtpUrl: `smtp://ana:${password}@mail:25`,
    },
    { id: 'p', type: 'pagerduty', routingKey: 'R0123456789', apiUrl: null },
    {
      id: 'w',
      type: 'webhook',
      url: 'https://w.example',
      secret: SECRET,
      previous: { secret: 'whsec_old-one', untilMs: 0 },
    },
    { id: 'u', type: 'alertmanager', url: 'https://am.example', resendMs: 60_000 },
  ];

  it('holds the secrets of no receiver, not of another one either', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const egress = { ...LOCAL_EGRESS, proxy: 'http://proxy:secret-of-proxy@10.0.0.1:3128' };
    const secrets = secretsOf({ receivers: all, egress });
    const text = [
      token,
      password,
      'R0123456789',
      SECRET,
      'whsec_old-one',
      egress.proxy,
      'secret-of-proxy',
    ].join(' and ');
    const notice = noticeOf({
      title: text,
      cause: text,
      labels: { text },
      firing: [alertOf({ summary: text, evidence: { text } })],
    });
    const settings = { id: 'w', type: 'webhook', url: server.url, secret: SECRET } as const;
    const receiver = receivers.find(({ type }) => type === 'webhook')!;
    await receiver.deliver(deliveryOf({ payload: notice }), contextOf(settings, { secrets }));
    const { body } = server.seen[0]!;
    expect(body).toContain('[secret] and [secret]');
    for (const secret of [token, password, 'R0123456789', SECRET, 'whsec_old-one', 'secret-of-proxy'])
      expect(body).not.toContain(secret);
  });
});

describe('what looks like a secret', () => {
  it.each([
    ['lw_0a1b2c3d_abcdefghijklmnopqrstuvwxyz', 'a key of Leeway'],
    [SECRET, 'a signing secret'],
    ['xoxb-0123456789-abcdef', 'a Slack token'],
    ['AKIAABCDEFGHIJKLMNOP', 'an AWS key'],
    [`ghp_${'a1'.repeat(18)}`, 'a GitHub token'],
    [`glpat-${'a1'.repeat(10)}`, 'a GitLab token'],
    [`AIza${'a'.repeat(35)}`, 'a Google key'],
    [`npm_${'a1'.repeat(18)}`, 'a token of a package registry'],
    [`sk_live_${'a1'.repeat(12)}`, 'an API key'],
    [`eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.sig`, 'a signed token'],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', 'a private key'],
  ])('%s is %s, and taken out wherever it stands', (secret, name) => {
    expect(secretIn(`try ${secret}, then call`)).toBe(name);
    expect(withoutSecrets(`try ${secret}, then call`)).toBe('try [secret], then call');
  });

  it.each([
    ['password=hunter2', 'password=[secret]'],
    ['pw: Tr0ub4dor&3, ask ann', 'pw: [secret], ask ann'],
    ['Passwort: 4Katzen!', 'Passwort: [secret]'],
    ['curl -u bob:tiger https://wiki.example', 'curl -u bob:[secret] https://wiki.example'],
    ['https://files.example/a?sig=ab12cd34&x=1', 'https://files.example/a?sig=[secret]&x=1'],
    ['the password is hunter2', 'the password is [secret]'],
    ['api_key: "abc123def", region: eu', 'api_key: "[secret]", region: eu'],
    ['smtp://ana:tiger@mail.example:25', 'smtp://ana:[secret]@mail.example:25'],
    ['Authorization: Bearer abcdef0123456789', 'Authorization: Bearer [secret]'],
    ['https://hooks.slack.com/services/T0/B0/abcdefgh', 'https://hooks.slack.com/services/[secret]'],
  ])('of %s only the secret goes', (text, kept) => {
    expect(withoutSecrets(text)).toBe(kept);
    expect(withoutSecrets(kept), 'and nothing more the next time').toBe(kept);
  });

  it.each([
    'token: expired, the vendor has a new one',
    'the secret is patience',
    'version=2026.11 of fraud, amount=12.5',
    'see https://wiki.example/runbooks/fraud?page=2',
    'basic checks are fine; a bearer of bad news',
    'risk-model and task_force_2026',
  ])('%s stays as it is', (text) => {
    expect(secretIn(text)).toBeNull();
    expect(withoutSecrets(text)).toBe(text);
  });

  it('is looked for in texts of any length without getting stuck', () => {
    const long = ['token ', 'eyJ', 'a:', 'x://', 'sk-', 'password = '].map((part) => part.repeat(2_000));
    const startedMs = performance.now();
    for (const text of long) withoutSecrets(text);
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});
