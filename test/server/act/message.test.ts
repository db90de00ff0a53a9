import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../server/act/message.ts';
import { receivers } from '../../../server/act/receivers.ts';
import { noticeBody } from '../../../server/act/webhook-body.ts';
import type { Alert, Notice } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf } from './samples.ts';
import { fakeSlack } from './servers.ts';

describe('the words of a notice', () => {
  it('say nothing of the message itself when there is nothing to say', () => {
    expect(messageOf(noticeOf()).notes).toEqual([]);
  });

  it.each<[string, Partial<Notice>, boolean, RegExp]>([
    ['a possible repeat', {}, true, /^Possible repeat: /],
    ['a quiet one', { isQuiet: true }, false, /^For the record: /],
    [
      'a digest',
      { digest: { groups: 30, pages: 4, tickets: 26 } },
      false,
      /30 groups of alerts told as one \(4 pages, 26 tickets\)/,
    ],
  ])('say of %s what it is', (_name, change, mayRepeat, words) => {
    const { notes } = messageOf(noticeOf(change), { mayRepeat });
    expect(notes).toEqual([expect.stringMatching(words)]);
  });

  it('count what the notice left out beside what they leave out', () => {
    const firing = Array.from({ length: 20 }, (_, index) => alertOf({ id: `a${index}` }));
    expect(messageOf(noticeOf({ firing, omitted: 7 }))).toMatchObject({ omitted: 12 });
  });

  it('stay short whatever the texts are, and never end in half a character', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.constant('🚢'.repeat(2000)));
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 30 }), (title, cause, summaries) => {
        const firing = summaries.map((summary) => alertOf({ summary, evidence: { text: summary } }));
        const message = messageOf(noticeOf({ title, cause, firing, reason: 'repeat' }));
        const all = JSON.stringify(message);
        expect(all.replaceAll(/\\u[0-9a-f]{4}/g, 'x').length).toBeLessThan(20_000);
        expect(message.title.length).toBeLessThanOrEqual(140);
        for (const one of [message.title, message.cause ?? ''])
          if (one.endsWith('…')) expect(one.at(-2)).not.toMatch(/[\ud800-\udbff]/);
      }),
    );
  });
});

/** As an older version, or a fault of ours, may have left it in the store. */
const BROKEN: readonly (readonly [string, Partial<Notice>])[] = [
  ['an alert without evidence', { firing: [{ ...alertOf(), evidence: undefined } as unknown as Alert] }],
  ['an alert without a summary', { firing: [{ ...alertOf(), summary: null } as unknown as Alert] }],
  ['a time that is none', { atMs: Number.NaN }],
  ['no list of alerts', { firing: null as never }],
];

describe('a notice that cannot be put into words', () => {
  it.each(BROKEN)('because of %s is still told: what, how urgent and where', (_name, change) => {
    const message = messageOf(noticeOf(change));
    expect(message).toMatchObject({
      subject: '[Leeway] acme/fraud: Card fraud: distance drifted',
      severity: 'Page: somebody is needed now',
      url: 'http://127.0.0.1:8080/#/incidents/inc_1',
      notes: [expect.stringContaining('could not put the details into words') as string],
    });
  });

  it.each(BROKEN)('because of %s is still posted to webhooks', (_name, change) => {
    expect(noticeBody(noticeOf(change))).toMatchObject({
      type: 'leeway.alert.firing',
      data: { id: 'ntc_1', severity: 'page', title: 'Card fraud: distance drifted' },
    });
  });

  it('reaches people', async () => {
    await using slack = await fakeSlack();
    const settings = { id: 's', type: 'slack', channel: 'C1', token: 'xoxb', apiUrl: slack.url } as const;
    const receiver = receivers.find(({ type }) => type === 'slack')!;
    const payload = noticeOf(BROKEN[0]![1]);
    const outcome = await receiver.deliver(deliveryOf({ payload }), contextOf(settings));
    expect(outcome.kind).toBe('sent');
    expect([...slack.messages.values()][0]?.['text']).toContain('Card fraud: distance drifted');
  });
});
