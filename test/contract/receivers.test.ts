import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../server/act/receivers.ts';
import type { Receiver } from '../../server/act/types.ts';
import type { Delivery, DeliveryOutcome } from '../../server/model.ts';
import type { ReceiverSettings } from '../../server/settings.ts';
import { contextOf } from '../server/act/context.ts';
import { alertOf, deliveryOf, noticeOf, retrainOf, SECRET } from '../server/act/samples.ts';

/** What every receiver of the registry keeps, whatever the other side does. */

const TOKEN = 'xoxb-0123456789-secret';
const PASSWORD = 'hunter2-very-secret';
const ROUTING_KEY = '0123456789abcdef0123456789abcdef';
const SECRETS: Readonly<Record<Receiver['type'], readonly string[]>> = {
  slack: [TOKEN],
  email: [PASSWORD, Buffer.from(`\0ana\0${PASSWORD}`).toString('base64')],
  webhook: [SECRET, SECRET.slice('whsec_'.length)],
  alertmanager: [],
  pagerduty: [ROUTING_KEY],
};

/** Settings of each type that point at a port of this machine. A new type has to be added here. */
const SETTINGS: Readonly<Record<Receiver['type'], (port: number) => ReceiverSettings>> = {
  slack: (port) => ({
    id: 'r',
    type: 'slack',
    channel: 'C1',
    token: TOKEN,
    apiUrl: `http://127.0.0.1:${port}/`,
  }),
  email: (port) => ({
    id: 'r',
    type: 'email',
    to: ['ana@acme.example'],
    from: 'leeway@acme.example',
    smtpUrl: `smtp://ana:${PASSWORD}@127.0.0.1:${port}`,
  }),
  webhook: (port) => ({ id: 'r', type: 'webhook', url: `http://127.0.0.1:${port}/`, secret: SECRET }),
  alertmanager: (port) => ({
    id: 'r',
    type: 'alertmanager',
    url: `http://127.0.0.1:${port}/`,
    resendMs: 60_000,
  }),
  pagerduty: (port) => ({
    id: 'r',
    type: 'pagerduty',
    routingKey: ROUTING_KEY,
    apiUrl: `http://127.0.0.1:${port}/v2/enqueue`,
  }),
};

type Behaviour = (socket: Socket, secrets: string) => void;

const echo = (socket: Socket, secrets: string, received: string) => {
  const body = `${received}\n${secrets}`;
  socket.end(
    `HTTP/1.1 400 ${secrets}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

/** What the other side may do with a connection, speaking neither HTTP nor SMTP well. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'hangs up at once': (socket) => socket.destroy(),
  'says nothing': () => {},
  'sends garbage': (socket) => socket.end(Buffer.from([0, 255, 13, 10, 1, 2, 13, 10])),
  'sends half an answer': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"ok":'),
  'answers an empty 200': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  'answers a list': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]'),
  'answers null': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull'),
  'claims gzip': (socket) =>
    socket.end(
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: application/gzip\r\ncontent-length: 3\r\n\r\nabc',
    ),
  'repeats what it got, and secrets': (socket, secrets) =>
    void socket.once('data', (chunk: Buffer) => echo(socket, secrets, chunk.toString())),
  'repeats secrets in SMTP': (socket, secrets) => socket.end(`554 ${secrets}\r\n`),
  'refuses for now in SMTP': (socket, secrets) => socket.end(`421 ${secrets}\r\n`),
  'talks for ever': (socket) => {
    const line = `220-${'x'.repeat(1000)}\r\n`;
    const timer = setInterval(() => socket.write(line), 5);
    socket.on('close', () => clearInterval(timer));
  },
};

/** Behaviours that are no answer: nothing can be concluded from them but to try again. */
const NO_ANSWER = ['hangs up at once', 'says nothing', 'talks for ever'];

const PAYLOADS: Readonly<Record<string, Delivery>> = {
  'a first notice': deliveryOf(),
  'a later notice': deliveryOf({
    thread: { channel: 'C1', ts: '1.1', root: '<root@acme.example>' },
    payload: noticeOf({ reason: 'all_resolved', firing: [], resolved: [alertOf({ state: 'resolved' })] }),
  }),
  'a notice about nothing': deliveryOf({ payload: noticeOf({ firing: [], title: '', cause: null }) }),
  'a retraining': deliveryOf({ kind: 'retrain', payload: retrainOf() }),
};

/** What a receiver has no words for, and what it answers without a call. */
const NO_RETRAINING = { payload: 'a retraining', kind: 'failed' };
const NOTHING = { payload: 'a notice about nothing', kind: 'sent' };
const UNCALLED: Readonly<Partial<Record<Receiver['type'], readonly (typeof NOTHING)[]>>> = {
  slack: [NO_RETRAINING],
  email: [NO_RETRAINING],
  alertmanager: [NO_RETRAINING, NOTHING],
  pagerduty: [NO_RETRAINING, NOTHING],
};

async function outcomeFrom(
  receiver: Receiver,
  behave: Behaviour,
  delivery: Delivery,
): Promise<DeliveryOutcome> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket, SECRETS[receiver.type].join(' '));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const settings = SETTINGS[receiver.type]((server.address() as AddressInfo).port);
  try {
    return await receiver.deliver(delivery, contextOf(settings, { timeoutMs: 250 }));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

function expectPresentable({ type }: Receiver, outcome: DeliveryOutcome): void {
  expect(['sent', 'retry', 'failed', 'unknown']).toContain(outcome.kind);
  expect(outcome.detail).not.toBe('');
  expect(outcome.detail.length).toBeLessThanOrEqual(500);
  for (const secret of SECRETS[type]) expect(JSON.stringify(outcome)).not.toContain(secret);
}

describe.each(receivers.map((receiver) => [receiver.type, receiver] as const))(
  'the receiver %s',
  (type, receiver) => {
    const uncalled = (UNCALLED[type] ?? []).map(({ payload }) => payload);
    const called = Object.entries(PAYLOADS).filter(([payload]) => !uncalled.includes(payload));
    const cases = Object.entries(BEHAVIOURS).flatMap(([name, behave]) =>
      called.map(([payload, delivery]) => ({ name, behave, payload, delivery })),
    );

    it.each(cases)('has a named outcome for $payload when the other side $name', async (entry) => {
      const { name, behave, delivery } = entry;
      const outcome = await outcomeFrom(receiver, behave, delivery);
      expectPresentable(receiver, outcome);
      if (NO_ANSWER.includes(name)) expect(['retry', 'unknown']).toContain(outcome.kind);
    });

    const refused = UNCALLED[type] ?? [];
    it.each(refused)('calls nobody for $payload', async ({ payload, kind }) => {
      const outcome = await outcomeFrom(receiver, BEHAVIOURS['says nothing']!, PAYLOADS[payload]!);
      expectPresentable(receiver, outcome);
      expect(outcome.kind).toBe(kind);
    });

    it('tries again when nobody listens', async () => {
      const outcome = await receiver.deliver(deliveryOf(), contextOf(SETTINGS[type](1)));
      expectPresentable(receiver, outcome);
      expect(outcome.kind).toBe('retry');
    });

    it('calls no host outside the egress list', async () => {
      const settings = SETTINGS[type](1);
      const context = contextOf(settings, { allow: ['other.example', '127.0.0.1:2'] });
      const outcome = await receiver.deliver(deliveryOf(), context);
      expectPresentable(receiver, outcome);
      expect(outcome.kind).toBe('failed');
      expect(outcome.detail).toContain('egress.allow');
    });
  },
);

it('has every type of receiver the settings know, once', () => {
  expect(receivers.map(({ type }) => type).sort()).toEqual(Object.keys(SETTINGS).sort());
});
