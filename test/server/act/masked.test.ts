import { describe, expect, it } from 'vitest';
import { masked } from '../../../server/act/masked.ts';
import { receivers, secretsOf } from '../../../server/act/receivers.ts';
import type { ReceiverSettings } from '../../../server/settings.ts';
import { contextOf, LOCAL_EGRESS } from './context.ts';
import { alertOf, deliveryOf, noticeOf, SECRET } from './samples.ts';
import { httpServer } from './servers.ts';

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
