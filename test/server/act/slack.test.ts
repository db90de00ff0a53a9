import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../server/act/message.ts';
import { receivers } from '../../../server/act/receivers.ts';
import { slackMessage } from '../../../server/act/slack-blocks.ts';
import type { Delivery } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS, retrainOf } from './samples.ts';
import { fakeSlack, type Answer } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'slack')!;
const TOKEN = 'xoxb-very-secret';

function settingsFor(apiUrl: string) {
  return { id: 'oncall', type: 'slack', channel: '#oncall', token: TOKEN, apiUrl } as const;
}

async function deliver(url: string, delivery: Delivery, timeoutMs = 2_000) {
  return receiver.deliver(delivery, contextOf(settingsFor(url), { timeoutMs }));
}

const resolved = alertOf({ state: 'resolved', resolvedAtMs: NOW_MS + 1 });
const THREAD = { channel: 'C0RESOLVED', ts: '1763733600.000001' };
const later = deliveryOf({
  thread: THREAD,
  payload: noticeOf({ id: 'ntc_2', reason: 'all_resolved', firing: [], resolved: [resolved] }),
});

describe('the Slack receiver', () => {
  it('posts the first notice and gives back where', async () => {
    await using slack = await fakeSlack();
    const outcome = await deliver(slack.url, deliveryOf());
    expect(outcome).toEqual({ kind: 'sent', detail: 'posted a message', thread: THREAD });
    const fields = slack.messages.get(THREAD.ts)!;
    expect(slack.seen.map(({ path }) => path)).toEqual(['/chat.postMessage']);
    expect(slack.seen[0]!.headers['authorization']).toBe(`Bearer ${TOKEN}`);
    expect(fields['channel']).toBe('#oncall');
    expect(fields['text']).toBe('Page: somebody is needed now. Card fraud: distance drifted');
    for (const said of [
      'Page: somebody is needed now',
      'miles became kilometres?',
      'rose from 3 to 21 %',
      '<http://127.0.0.1:8080/#/incidents/inc_1|Open the incident in Leeway>',
    ])
      expect(fields['blocks']).toContain(said);
  });

  it('rewrites the message in place and says in its thread what changed', async () => {
    await using slack = await fakeSlack();
    await deliver(slack.url, deliveryOf());
    const outcome = await deliver(slack.url, later);
    expect(outcome).toEqual({ kind: 'sent', detail: 'updated the message', thread: THREAD });
    expect(slack.messages.get(THREAD.ts)!['blocks']).toContain('Resolved: nothing fires any more');
    const reply = Object.fromEntries(new URLSearchParams(slack.seen.at(-1)!.body));
    expect(slack.seen.map(({ path }) => path)).toEqual([
      '/chat.postMessage',
      '/chat.update',
      '/chat.postMessage',
    ]);
    expect(reply).toMatchObject({
      channel: THREAD.channel,
      thread_ts: THREAD.ts,
      text: 'All resolved: distance drifted',
    });
  });

  it.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    'posts anew when the message is gone (%s)',
    async (error) => {
      await using slack = await fakeSlack();
      slack.next.push({ status: 200, body: JSON.stringify({ ok: false, error }) });
      const outcome = await deliver(slack.url, later);
      expect(outcome).toMatchObject({ kind: 'sent', thread: THREAD });
      expect(slack.seen.map(({ path }) => path)).toEqual(['/chat.update', '/chat.postMessage']);
    },
  );

  const refusal = (error: string): Answer => ({ status: 200, body: JSON.stringify({ ok: false, error }) });
  it.each<[string, Answer, object]>([
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'retry', afterMs: 7000 }],
    ['429 without a time', { status: 429 }, { kind: 'retry', afterMs: null }],
    ['500', { status: 500, body: 'oops' }, { kind: 'retry' }],
    ['503 with a time', { status: 503, headers: { 'retry-after': '3' } }, { kind: 'retry', afterMs: 3000 }],
    ['404', { status: 404 }, { kind: 'failed' }],
    ['a hang', 'hang', { kind: 'retry', detail: 'Slack: no answer in time' }],
    ['a redirect', { status: 302, headers: { location: '/' } }, { kind: 'failed' }],
    ['garbage', { status: 200, body: '<html>not slack</html>' }, { kind: 'retry' }],
    ['null', { status: 200, body: 'null' }, { kind: 'retry' }],
    ['invalid_auth', refusal('invalid_auth'), { kind: 'failed', detail: 'Slack refused: invalid_auth' }],
    ['token_revoked', refusal('token_revoked'), { kind: 'failed' }],
    ['channel_not_found', refusal('channel_not_found'), { kind: 'failed' }],
    ['internal_error', refusal('internal_error'), { kind: 'retry' }],
    ['ratelimited', refusal('ratelimited'), { kind: 'retry' }],
    ['no ts', { status: 200, body: '{"ok":true}' }, { kind: 'sent' }],
  ])('names the outcome of %s and tries once only', async (_name, answer, expected) => {
    await using slack = await fakeSlack();
    slack.next.push(answer);
    expect(await deliver(slack.url, deliveryOf(), 300)).toMatchObject(expected);
    expect(slack.seen.length).toBe(1);
  });

  it('is tried again when only the reply in the thread failed', async () => {
    await using slack = await fakeSlack();
    await deliver(slack.url, deliveryOf());
    slack.next.push({ status: 200, body: '{"ok":true}' }, { status: 500 });
    expect(await deliver(slack.url, later)).toMatchObject({ kind: 'retry' });
  });

  it('calls nothing that the egress list does not name', async () => {
    await using slack = await fakeSlack();
    const settings = settingsFor(slack.url);
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settings, { allow: ['slack.com'] }));
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(outcome.detail).toContain('egress.allow');
    expect(slack.seen).toEqual([]);
  });

  it('refuses to be asked for a retraining', async () => {
    await using slack = await fakeSlack();
    const delivery = deliveryOf({ kind: 'retrain', payload: retrainOf() });
    expect(await deliver(slack.url, delivery)).toMatchObject({ kind: 'failed' });
  });
});

describe('a Slack message', () => {
  it('keeps every limit of Slack, whatever the alerts say', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 4000 });
    const alerts = fc.array(fc.tuple(text, text), { maxLength: 60 });
    fc.assert(
      fc.property(text, text, alerts, (title, cause, parts) => {
        const firing = parts.map(([summary, evidence]) => alertOf({ summary, evidence: { text: evidence } }));
        const { text: fallback, blocks } = slackMessage(messageOf(noticeOf({ title, cause, firing })));
        expect(fallback).not.toBe('');
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(JSON.stringify(blocks).length + fallback.length).toBeLessThanOrEqual(12_000);
        for (const block of blocks) {
          if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
          if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('counts what it leaves out', () => {
    const firing = Array.from({ length: 40 }, (_, index) => alertOf({ id: `a${index}.1` }));
    const shown = JSON.stringify(slackMessage(messageOf(noticeOf({ firing }))).blocks);
    expect(shown).toContain('and 25 more in Leeway');
  });

  it('lets no value mention people or make links', () => {
    const shown = JSON.stringify(
      slackMessage(messageOf(noticeOf({ firing: [alertOf({ summary: '<!channel> & <http://x|y>' })] }))),
    );
    expect(shown).not.toContain('<!channel>');
    expect(shown).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
  });
});
