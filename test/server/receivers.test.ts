import { describe, expect, it } from 'vitest';
import { receiverDesk, refusedCalls } from '../../server/receivers.ts';
import { parseConfig } from '../../server/config.ts';
import type { Settings } from '../../server/settings.ts';
import { LOCAL_EGRESS } from './act/context.ts';
import { SECRET } from './act/samples.ts';
import { httpServer, fakeSlack, type TestServer } from './act/servers.ts';

const KEY = `whsk_${Buffer.alloc(32, 5).toString('base64')}`;

const TEXT = `
tenants: [{ id: acme }, { id: other }]
models:
  - tenant: acme
    name: fraud
    retrain: { receiver: trainer }
    rollback: { url: "https://serving.acme.example/deploy", secret: { env: SECRET } }
receivers:
  - { id: slack, type: slack, channel: C1, token: { env: TOKEN } }
  - { id: mail, type: email, to: [ana@acme.example, ben@acme.example], from: l@acme.example, smtp: { env: SMTP } }
  - { id: hook, type: webhook, url: "https://hook.example/path-with-token", secret: { env: KEY } }
  - { id: trainer, type: webhook, url: "https://ci.acme.example/x", secret: { env: SECRET } }
  - { id: upstream, type: alertmanager, url: "http://alertmanager:9093", resend: 30s }
  - { id: pager, type: pagerduty, routingKey: { env: TOKEN } }
route:
  id: root
  receivers: [slack]
  routes:
    - { id: acme, match: ['tenant="acme"'], receivers: [mail], fallback: [hook] }
    - { id: others, match: ['tenant!~"acme|beta"'], receivers: [upstream], escalate: [{ after: 5m, to: [pager] }] }
egress:
  allow: [slack.com, "http://alertmanager:9093", hook.example]
  tenants: { acme: [serving.acme.example] }
`;
const environment = { SECRET, KEY, TOKEN: 'xoxb-0123456789', SMTP: 'smtp://ana:hunter2@mail.example:587' };
const settings = parseConfig(TEXT, { file: 'leeway.yaml', environment });

describe('the list of receivers', () => {
  it('says where each tells, and no secret', () => {
    const list = receiverDesk(settings).list(null);
    expect(list.map(({ id, type, target }) => `${id} ${type} ${target}`)).toEqual([
      'slack slack C1',
      'mail email ana@acme.example, ben@acme.example',
      'hook webhook hook.example',
      'trainer webhook ci.acme.example',
      'upstream alertmanager alertmanager:9093',
      'pager pagerduty events.pagerduty.com',
    ]);
    for (const secret of [...Object.values(environment), 'hunter2', 'path-with-token'])
      expect(JSON.stringify(list)).not.toContain(secret);
  });

  it('shows the public key of a webhook that is signed by a private one', () => {
    const keys = receiverDesk(settings).list(null);
    expect(keys.filter(({ publicKey }) => publicKey?.startsWith('whpk_')).map(({ id }) => id)).toEqual([
      'hook',
    ]);
  });

  it.each([
    ['acme', ['slack', 'mail', 'hook', 'trainer']],
    ['other', ['slack', 'upstream', 'pager']],
    ['beta', ['slack']],
  ])('shows tenant %s those its alerts may come to', (tenant, ids) => {
    expect(
      receiverDesk(settings)
        .list(tenant)
        .map(({ id }) => id),
    ).toEqual(ids);
  });
});

const asked = { tenant: null, actor: 'ana' };

describe('the test of a receiver', () => {
  const local = (change: Partial<Settings>) => receiverDesk({ ...settings, egress: LOCAL_EGRESS, ...change });

  it('tells it a notice that says it is a test and who asked', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const desk = local({ receivers: [{ id: 'hook', type: 'webhook', url: server.url, secret: SECRET }] });
    expect(await desk.test({ ...asked, id: 'hook' })).toEqual({
      result: 'sent',
      detail: `127.0.0.1:${server.port} answered 200`,
    });
    const { data } = JSON.parse(server.seen[0]!.body) as { data: object };
    expect(data).toMatchObject({
      title: 'Test of the receiver hook',
      severity: 'ticket',
      update: 'Asked for by ana.',
      firing: [
        { rule: 'leeway-test', summary: 'This is a test: nothing is wrong and nothing is to be done' },
      ],
    });
  });

  it('tells Slack', async () => {
    await using slack = await fakeSlack();
    const desk = local({
      receivers: [{ id: 's', type: 'slack', channel: 'C1', token: 'xoxb', apiUrl: slack.url }],
    });
    expect(await desk.test({ ...asked, id: 's' })).toMatchObject({ result: 'sent' });
    expect([...slack.messages.values()][0]?.['text']).toContain('Test of the receiver s');
  });

  it.each<
    [string, (server: TestServer) => Settings['receivers'][number], (seen: TestServer['seen']) => unknown]
  >([
    [
      'PagerDuty',
      ({ url }) => ({ id: 'x', type: 'pagerduty', routingKey: 'R0123456789', apiUrl: url }),
      (seen) => seen.map(({ body }) => (JSON.parse(body) as { event_action: string }).event_action),
    ],
    [
      'Alertmanager',
      ({ url }) => ({ id: 'x', type: 'alertmanager', url, resendMs: 60_000 }),
      (seen) =>
        seen.map(({ body }) =>
          Date.parse((JSON.parse(body) as { endsAt: string }[])[0]!.endsAt) > Date.now()
            ? 'trigger'
            : 'resolve',
        ),
    ],
  ])('ends at once what %s would keep open', async (_name, receiver, told) => {
    await using server = await httpServer((seen) => ({
      status: seen.path.startsWith('/api/v2') ? 200 : 202,
    }));
    const desk = local({ receivers: [receiver(server)] });
    expect(await desk.test({ ...asked, id: 'x' })).toMatchObject({ result: 'sent' });
    expect(told(server.seen)).toEqual(['trigger', 'resolve']);
  });

  it.each([
    ['is refused', { status: 404 }, 'failed', '404'],
    ['is down', { status: 503 }, 'retry', '503'],
  ])('says so when it %s, and tries once only', async (_name, answer, result, detail) => {
    await using server = await httpServer(() => answer);
    const desk = local({ receivers: [{ id: 'hook', type: 'webhook', url: server.url, secret: SECRET }] });
    const tested = await desk.test({ ...asked, id: 'hook' });
    expect(tested).toEqual({ result, detail: expect.stringContaining(detail) as string });
    expect(server.seen.length).toBe(1);
  });

  it('calls nothing that egress does not name', async () => {
    const tested = await receiverDesk(settings).test({ ...asked, id: 'pager' });
    expect(tested).toEqual({ result: 'failed', detail: expect.stringContaining('egress.allow') as string });
  });

  it.each([
    ['nobody', null, 'gone'],
    ['a receiver of another tenant', 'other', 'mail'],
  ])('knows no receiver when asked for %s', async (_name, tenant, id) => {
    expect(await receiverDesk(settings).test({ id, tenant, actor: 'ana' })).toBeNull();
  });
});

describe('calls that the configuration asks for and egress refuses', () => {
  it('are told before the first page', () => {
    expect(refusedCalls(settings)).toEqual([
      expect.stringMatching(/^receiver mail: mail.example:587 .*add "mail.example:587" to egress.allow$/),
      expect.stringMatching(/^receiver trainer: ci.acme.example:443 /),
      expect.stringMatching(/^receiver pager: events.pagerduty.com:443 /),
    ]);
  });

  it('hold a rollback against the list of its own tenant', () => {
    const egress = { ...settings.egress, tenants: { other: ['serving.acme.example'] } };
    expect(refusedCalls({ ...settings, egress }).join('\n')).toContain(
      'rollback of acme/fraud: serving.acme',
    );
  });

  it('name a trainer that cannot sign its answers, and an address that cannot be understood', () => {
    const receivers: Settings['receivers'] = [
      { id: 'trainer', type: 'webhook', url: 'https://hook.example', secret: KEY },
      { id: 'mail', type: 'email', to: [], from: 'a@b.example', smtpUrl: 'mail.example' },
    ];
    expect(refusedCalls({ ...settings, receivers })).toEqual([
      expect.stringContaining('receiver mail: Expected the SMTP server as'),
      expect.stringContaining('receiver trainer: a trainer cannot sign its callbacks'),
    ]);
  });
});
