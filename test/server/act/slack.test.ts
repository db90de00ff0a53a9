import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../server/act/message.ts';
import { receivers } from '../../../server/act/receivers.ts';
import { slackMessage } from '../../../server/act/slack-blocks.ts';
import type { Delivery, Notice } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS, retrainOf } from './samples.ts';
import type { DeliveryContext } from '../../../server/act/types.ts';
import { CHANNEL, fakeSlack, type Answer, type FakeSlack } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'slack')!;
const TOKEN = 'xoxb-very-secret';

function settingsFor(apiUrl: string) {
  return { id: 'oncall', type: 'slack', channel: '#oncall', token: TOKEN, apiUrl } as const;
}

async function deliver(
  url: string,
  delivery: Delivery,
  timeoutMs = 2_000,
  change: Partial<DeliveryContext> = {},
) {
  return receiver.deliver(delivery, contextOf(settingsFor(url), { timeoutMs, ...change }));
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
  it.each<[string, FakeSlack['next'][number], object]>([
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'retry', afterMs: 7000 }],
    ['429 without a time', { status: 429 }, { kind: 'retry', afterMs: null }],
    ['500', { status: 500, body: 'oops' }, { kind: 'unknown' }],
    ['is_archived', refusal('is_archived'), { kind: 'failed', reason: 'client' }],
    ['a connection dropped', 'drop', { kind: 'unknown' }],
    ['a connection dropped after accepting', { accepts: 'drop' }, { kind: 'unknown' }],
    ['503 with a time', { status: 503, headers: { 'retry-after': '3' } }, { kind: 'retry', afterMs: 3000 }],
    ['404', { status: 404 }, { kind: 'failed' }],
    ['a hang', 'hang', { kind: 'unknown', detail: 'Slack: no answer in time' }],
    ['a redirect', { status: 302, headers: { location: '/' } }, { kind: 'failed' }],
    ['garbage', { status: 200, body: '<html>not slack</html>' }, { kind: 'retry' }],
    ['null', { status: 200, body: 'null' }, { kind: 'unknown' }],
    [
      'invalid_auth',
      refusal('invalid_auth'),
      { kind: 'failed', reason: 'auth', detail: 'Slack refused: invalid_auth' },
    ],
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
    slack.next.push({ status: 200, body: '{"ok":true}' }, { status: 429, headers: { 'retry-after': '2' } });
    expect(await deliver(slack.url, later)).toMatchObject({ kind: 'retry', afterMs: 2000, reason: 'rate' });
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

describe('a Slack message whose answer was lost', () => {
  const settings = (url: string) => ({ ...settingsFor(url), channel: CHANNEL });
  const again = (url: string, change: Partial<Delivery> = {}, notice: Partial<Notice> = {}) =>
    receiver.deliver(
      deliveryOf({ mayRepeat: true, attempt: 2, payload: noticeOf(notice), ...change }),
      contextOf(settings(url)),
    );

  it('is found by the id it carries, and brought up to date instead of posted again', async () => {
    await using slack = await fakeSlack();
    slack.next.push({ accepts: 'drop' });
    expect(await receiver.deliver(deliveryOf(), contextOf(settings(slack.url)))).toMatchObject({
      kind: 'unknown',
    });
    expect(await again(slack.url, {}, { title: 'now more' })).toMatchObject({ kind: 'sent', thread: THREAD });
    expect(slack.calls()).toEqual(['/chat.postMessage', '/conversations.history', '/chat.update']);
    expect(slack.messages.size).toBe(1);
    expect(slack.messages.get(THREAD.ts)!['text']).toContain('now more');
  });

  it('is found by the id of an older notice that was superseded', async () => {
    await using slack = await fakeSlack();
    slack.next.push({ accepts: 'hang' });
    await receiver.deliver(deliveryOf(), contextOf(settings(slack.url), { timeoutMs: 200 }));
    await again(slack.url, { id: 'ntc_2' }, { id: 'ntc_2', supersedes: ['ntc_1'] });
    expect(slack.messages.size).toBe(1);
  });

  it('is posted plainly when Slack says that it never came', async () => {
    await using slack = await fakeSlack();
    expect(await again(slack.url)).toMatchObject({ kind: 'sent', detail: 'posted a message' });
    expect(slack.messages.get(THREAD.ts)!['text']).not.toContain('repeat');
  });

  it.each<[string, FakeSlack['next'][number]]>([
    ['is slowed down', { status: 429, headers: { 'retry-after': '9' } }],
    ['gets no answer', 'drop'],
    ['meets an error', { status: 500 }],
  ])('is asked for again a few times when the app %s, then posted and marked', async (_name, trouble) => {
    await using slack = await fakeSlack();
    for (const attempt of [2, 3]) {
      slack.next.push(trouble);
      expect(await again(slack.url, { attempt })).toMatchObject({ kind: 'retry' });
    }
    slack.next.push(trouble);
    expect(await again(slack.url, { attempt: 4 })).toMatchObject({
      kind: 'sent',
      detail: expect.stringContaining('marked'),
    });
    expect(slack.messages.get(THREAD.ts)!['text']).toMatch(/^Possible repeat/);
  });

  it('is posted and marked at once when the app may not read the channel', async () => {
    await using slack = await fakeSlack();
    slack.next.push({ status: 200, body: '{"ok":false,"error":"missing_scope"}' });
    expect(await again(slack.url)).toMatchObject({ kind: 'sent', detail: expect.stringContaining('marked') });
    expect(slack.messages.get(THREAD.ts)!['text']).toMatch(/^Possible repeat/);
  });

  it('is posted and marked when the channel is only known by its name', async () => {
    await using slack = await fakeSlack();
    await receiver.deliver(deliveryOf({ mayRepeat: true }), contextOf(settingsFor(slack.url)));
    expect(slack.messages.get(THREAD.ts)!['text']).toMatch(/^Possible repeat/);
  });

  it('is looked for in so many messages, not in all there are', async () => {
    await using slack = await fakeSlack();
    for (let index = 0; index < 350; index += 1)
      slack.messages.set(`1.${index}`, { channel: CHANNEL, text: 'x' });
    expect(await again(slack.url)).toMatchObject({ kind: 'sent', detail: expect.stringContaining('marked') });
    expect(slack.calls().filter((path) => path.startsWith('/conversations'))).toHaveLength(3);
  });

  it('has its change in the thread once', async () => {
    await using slack = await fakeSlack();
    await receiver.deliver(deliveryOf(), contextOf(settings(slack.url)));
    slack.next.push({ accepts: { status: 200, body: '{"ok":true}' } }, { accepts: 'drop' });
    const change = { ...later, attempt: 1 };
    expect(await receiver.deliver(change, contextOf(settings(slack.url)))).toMatchObject({ kind: 'unknown' });
    await receiver.deliver({ ...change, mayRepeat: true }, contextOf(settings(slack.url)));
    expect(slack.replies(THREAD.ts)).toEqual(['All resolved: distance drifted']);
  });
});

describe('a quiet notice', () => {
  const quiet = (change: Partial<Delivery> = {}) =>
    deliveryOf({
      payload: noticeOf({
        id: 'ntc_2',
        isQuiet: true,
        reason: 'all_resolved',
        firing: [],
        resolved: [resolved],
      }),
      ...change,
    });

  it('makes the message true again and says nothing in its thread', async () => {
    await using slack = await fakeSlack();
    await deliver(slack.url, deliveryOf());
    expect(await deliver(slack.url, quiet({ thread: THREAD }))).toMatchObject({ kind: 'sent' });
    expect(slack.messages.get(THREAD.ts)!['blocks']).toContain('Resolved: nothing fires any more');
    expect(slack.replies(THREAD.ts)).toEqual([]);
  });

  it('posts nothing where there is no message to correct', async () => {
    await using slack = await fakeSlack();
    expect(await deliver(slack.url, quiet())).toMatchObject({ kind: 'sent' });
    expect(await deliver(slack.url, quiet({ thread: { channel: CHANNEL, ts: '9.9' } }))).toMatchObject({
      kind: 'sent',
    });
    expect(slack.messages.size).toBe(0);
  });

  it('still tells what fires and was never told', async () => {
    await using slack = await fakeSlack();
    const delivery = deliveryOf({ payload: noticeOf({ isQuiet: true }) });
    expect(await deliver(slack.url, delivery)).toMatchObject({ detail: 'posted a message' });
  });
});

describe('what is added to the thread', () => {
  const picture = async () => ({ png: Buffer.from('PNG of a drift'), alt: 'distance rose' });

  it('is the picture, once the message is out', async () => {
    await using slack = await fakeSlack();
    await deliver(slack.url, deliveryOf(), 2_000, { picture });
    await expect.poll(() => slack.files).toHaveLength(1);
    expect(slack.calls()).toEqual([
      '/chat.postMessage',
      '/files.getUploadURLExternal',
      '/upload',
      '/files.completeUploadExternal',
    ]);
    expect(slack.files[0]).toMatchObject({ channel_id: CHANNEL, thread_ts: THREAD.ts });
    const asked = Object.fromEntries(new URLSearchParams(slack.seen[1]!.body));
    expect(asked).toMatchObject({ filename: 'drift.png', alt_text: 'distance rose', length: '14' });
    expect(slack.seen[2]!.body).toContain('PNG of a drift');
  });

  it.each<[string, DeliveryContext['picture'], FakeSlack['next']]>([
    ['is never made', () => new Promise(() => {}), []],
    ['cannot be made', () => Promise.reject(new Error('no')), []],
    ['is nothing', async () => null, []],
    [
      'is not taken',
      picture,
      [{ accepts: { status: 200, body: '{"ok":true,"channel":"C0RESOLVED","ts":"1.1"}' } }, { status: 500 }],
    ],
  ])('never holds up or fails the message when the picture %s', async (_name, made, next) => {
    await using slack = await fakeSlack();
    slack.next.push(...next);
    const outcome = await deliver(slack.url, deliveryOf(), 2_000, {
      ...(made !== undefined && { picture: made }),
    });
    expect(outcome).toMatchObject({ kind: 'sent' });
    expect(slack.messages.size).toBe(1);
    expect(slack.files).toEqual([]);
  });

  it('are the alerts that found no room, and a link to the rest', async () => {
    await using slack = await fakeSlack();
    const firing = Array.from({ length: 90 }, (_, index) =>
      alertOf({ id: `a${index}.1`, summary: `feature ${index} drifted ${'x'.repeat(60)}` }),
    );
    await deliver(slack.url, deliveryOf({ payload: noticeOf({ firing }) }));
    await expect.poll(() => slack.replies(THREAD.ts)).toHaveLength(1);
    const [text = ''] = slack.replies(THREAD.ts);
    expect(text).toContain('feature 15 drifted');
    expect(text).toMatch(/and \d+ more: <http.*\|Open the incident in Leeway>$/);
    expect(text.length).toBeLessThan(3200);
  });

  it('is no picture for a storm', async () => {
    await using slack = await fakeSlack();
    let asked = 0;
    const counted = async () => {
      asked += 1;
      return picture();
    };
    const digest = { groups: 30, pages: 2, tickets: 28 };
    await deliver(slack.url, deliveryOf({ payload: noticeOf({ digest }) }), 2_000, { picture: counted });
    expect([asked, slack.files]).toEqual([0, []]);
  });
});

describe('the pace of a channel', () => {
  const one = (id: string, severity: 'page' | 'ticket') =>
    deliveryOf({ id, payload: noticeOf({ id, severity }) });

  it('delays what comes too fast, tickets before pages, without a call', async () => {
    await using slack = await fakeSlack();
    const tickets = Array.from({ length: 9 }, (_, index) => deliver(slack.url, one(`t${index}`, 'ticket')));
    const page = deliver(slack.url, one('p', 'page'));
    const outcomes = await Promise.all(tickets);
    expect(await page).toMatchObject({ kind: 'sent' });
    const delayed = outcomes.filter((outcome) => outcome.kind === 'retry' && outcome.reason === 'delayed');
    expect(delayed.length).toBeGreaterThanOrEqual(3);
    expect(delayed.every((outcome) => outcome.kind === 'retry' && outcome.afterMs! > 0)).toBe(true);
    expect(slack.messages.size).toBe(10 - delayed.length);
    expect(
      [...slack.messages.values()].findIndex((fields) => fields['metadata']?.includes('"p"')),
    ).toBeLessThan(4);
  }, 15_000);

  it('is held by Slack for one channel and for no other', async () => {
    await using slack = await fakeSlack();
    slack.next.push({ status: 429, headers: { 'retry-after': '30' } });
    expect(await deliver(slack.url, one('a', 'page'))).toMatchObject({
      kind: 'retry',
      reason: 'rate',
      afterMs: 30_000,
    });
    expect(await deliver(slack.url, one('b', 'page'))).toMatchObject({ kind: 'retry', reason: 'delayed' });
    const other = { ...settingsFor(slack.url), channel: '#other' };
    expect(await receiver.deliver(one('c', 'ticket'), contextOf(other))).toMatchObject({ kind: 'sent' });
    expect(slack.calls()).toHaveLength(2);
  });
});

function bodyOf(change: Partial<Notice>, mayRepeat = false) {
  const notice = noticeOf(change);
  return slackMessage({ message: messageOf(notice), digest: notice.digest, mayRepeat });
}

describe('a Slack message', () => {
  it('keeps every limit of Slack, whatever the alerts say', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 4000 });
    const alerts = fc.array(fc.tuple(text, text), { maxLength: 60 });
    fc.assert(
      fc.property(text, text, alerts, (title, cause, parts) => {
        const firing = parts.map(([summary, evidence]) => alertOf({ summary, evidence: { text: evidence } }));
        const { text: fallback, blocks } = bodyOf({ title, cause, firing });
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
    const shown = JSON.stringify(bodyOf({ firing }).blocks);
    expect(shown).toContain('and 25 more in Leeway');
  });

  it('lets no value mention people or make links', () => {
    const shown = JSON.stringify(bodyOf({ firing: [alertOf({ summary: '<!channel> & <http://x|y>' })] }));
    expect(shown).not.toContain('<!channel>');
    expect(shown).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
  });

  it('says what a storm is made of, and how many alerts were left out before', () => {
    const shown = JSON.stringify(
      bodyOf({ digest: { groups: 37, pages: 12, tickets: 25 }, omitted: 100 }).blocks,
    );
    expect(shown).toContain('Storm: 37 groups at once are told as one, 12 for a page and 25 for a ticket');
    expect(shown).toContain('and 100 more in Leeway');
  });

  it('is marked where it may be a repeat, also for who only hears it', () => {
    const { text, blocks } = bodyOf({}, true);
    expect(text).toMatch(/^Possible repeat\. /);
    expect(JSON.stringify(blocks)).toContain('Possible repeat: Slack took this once before, perhaps');
  });

  it('has a header even without a title', () => {
    expect(bodyOf({ title: ' ' }).blocks[0]).toMatchObject({ text: { text: 'Leeway' } });
  });
});
