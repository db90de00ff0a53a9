import { WebClient } from '@slack/web-api';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signed } from '../../demo/signature.ts';
import { startStandIns, type StandIns } from '../../demo/standins.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const TOKEN = 'xoxb-demo';
const arrived: string[] = [];

let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns({
    slackToken: TOKEN,
    webhookSecret: SECRET,
    toleranceMs: 300_000,
    now: () => Date.UTC(2026, 0, 1),
    onArrival: ({ channel, title }) => arrived.push(`${channel}: ${title}`),
  });
});

afterAll(async () => {
  await standIns.close();
});

const slack = (token = TOKEN) =>
  new WebClient(token, { slackApiUrl: standIns.slackApiUrl, retryConfig: { retries: 0 } });

test('Slack takes a message, changes it in place and knows its thread', async () => {
  const client = slack();
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'distance moved' } }];
  const posted = await client.chat.postMessage({ channel: '#ops', text: 'Drift found', blocks });
  const reply = await client.chat.postMessage({ channel: '#ops', text: 'A reply', thread_ts: posted.ts! });
  await client.chat.update({ channel: posted.channel!, ts: posted.ts!, text: 'Drift is over' });
  const [first, second] = standIns.board.arrivals().filter(({ channel }) => channel === 'slack');
  expect(first).toMatchObject({ id: posted.ts, title: 'Drift is over', edits: 1, thread: null });
  expect(second).toMatchObject({ id: reply.ts, thread: posted.ts, edits: 0 });
  expect(arrived.slice(0, 3)).toEqual(['slack: Drift found', 'slack: A reply', 'slack: Drift is over']);
});

test('Slack refuses a wrong token, an unknown message and an empty one as it really does', async () => {
  await expect(slack('xoxb-other').auth.test()).rejects.toThrow('invalid_auth');
  await expect(slack().chat.update({ channel: 'C0DEMO', ts: '1.000000', text: 'x' })).rejects.toThrow(
    'message_not_found',
  );
  await expect(slack().chat.postMessage({ channel: '#ops', text: '' })).rejects.toThrow('no_text');
  expect(await slack().auth.test()).toMatchObject({ ok: true });
});

test('Slack takes a picture for a thread', async () => {
  const client = slack();
  const posted = await client.chat.postMessage({ channel: '#ops', text: 'Drift found' });
  const done = await client.filesUploadV2({
    channel_id: posted.channel!,
    thread_ts: posted.ts!,
    file: Buffer.from('PNG'),
    filename: 'drift.png',
  });
  expect(done.ok).toBe(true);
});

test('a mail arrives with subject, text and the mail it answers', async () => {
  const transport = createTransport(standIns.smtpUrl);
  const mail = { from: 'leeway@example.com', to: 'oncall@example.com' };
  const first = await transport.sendMail({
    ...mail,
    subject: 'Drift found',
    text: 'distance moved\nby 61 %',
  });
  await transport.sendMail({ ...mail, subject: 'Re: Drift found', text: 'over', inReplyTo: first.messageId });
  const mails = standIns.board.arrivals().filter(({ channel }) => channel === 'email');
  expect(mails).toMatchObject([
    { title: 'Drift found', text: expect.stringContaining('distance moved\nby 61 %') },
    { title: 'Re: Drift found', thread: first.messageId },
  ]);
});

const post = (url: string, value: unknown, id: string, secret = SECRET) => {
  const { headers, body } = signed(value, { id, atMs: Date.now(), secret });
  return fetch(url, { method: 'POST', headers, body });
};

test('a webhook is kept once when its signature is right and refused when it is not', async () => {
  const notice = { type: 'notice', data: { title: 'Drift found', severity: 'page' } };
  expect((await post(standIns.hookUrl, notice, 'msg_1')).status).toBe(200);
  expect((await post(standIns.hookUrl, notice, 'msg_1')).status).toBe(200);
  expect(
    (await post(standIns.hookUrl, notice, 'msg_2', `whsec_${Buffer.alloc(32, 4).toString('base64')}`)).status,
  ).toBe(401);
  expect(standIns.board.arrivals().filter(({ channel }) => channel === 'webhook')).toMatchObject([
    { id: 'msg_1', title: 'Drift found', text: expect.stringContaining('severity: page') },
  ]);
});

test('the trainer calls back accepted, training, candidate, in that order', async () => {
  const calls: unknown[] = [];
  const { serve } = await import('@hono/node-server');
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request: Request) => {
      calls.push(await request.json());
      return new Response('{}');
    },
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const data = { runId: 'run-1', model: 'late-arrival', callbackUrl: `http://127.0.0.1:${port}/callback` };
  expect((await post(standIns.trainerUrl, { type: 'retrain', data }, 'run-1')).status).toBe(200);
  await expect
    .poll(() => standIns.board.arrivals().find(({ channel }) => channel === 'trainer'))
    .toMatchObject({
      text: 'accepted: answered 200\ntraining: answered 200\ncandidate: answered 200',
    });
  expect(calls).toMatchObject([
    { sequence: 1, state: 'accepted' },
    { sequence: 2, state: 'training' },
    { sequence: 3, state: 'candidate' },
  ]);
  server.close();
});

test('the page shows what arrived, and a text that looks like markup stays text', async () => {
  await post(standIns.hookUrl, { type: 'notice', data: { title: '<b>bold</b>' } }, 'msg_3');
  const page = await (await fetch(standIns.url)).text();
  expect(page).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect(page).toContain('Mail: Drift found');
});
