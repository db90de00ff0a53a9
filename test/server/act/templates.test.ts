import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliverDue } from '../../../server/act/outbox.ts';
import { receivers } from '../../../server/act/receivers.ts';
import { testReceiver } from '../../../server/act/test-notice.ts';
import type { Log } from '../../../server/log.ts';
import type { Delivery, DeliveryOutcome, Notice } from '../../../server/model.ts';
import type { ReceiverSettings } from '../../../server/settings.ts';
import { createMetrics } from '../../../server/show/prometheus.ts';
import { contextOf, LOCAL_EGRESS } from './context.ts';
import { mailbox } from './mailbox.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS } from './samples.ts';
import { fakeSlack, httpServer } from './servers.ts';

/** What people are told in the words of a receiver's own templates, and what Leeway says beside them whatever they are. */

type Of<T extends ReceiverSettings['type']> = Extract<ReceiverSettings, { readonly type: T }>;

const slackAt = (apiUrl: string, templates: Of<'slack'>['templates'], token = 'xoxb'): Of<'slack'> => ({
  id: 'oncall',
  type: 'slack',
  channel: '#oncall',
  token,
  apiUrl,
  templates: templates ?? {},
});
const mailAt = (port: number, templates: Of<'email'>['templates']): Of<'email'> => ({
  id: 'mail',
  type: 'email',
  to: ['ana@acme.example'],
  from: 'leeway@acme.example',
  smtpUrl: `smtp://127.0.0.1:${port}`,
  templates: templates ?? {},
});
const pagerAt = (url: string, templates: Of<'pagerduty'>['templates']): Of<'pagerduty'> => ({
  id: 'pager',
  type: 'pagerduty',
  routingKey: 'R0123456789ABCDEF0123456789ABCDE',
  apiUrl: `${url}/v2/enqueue`,
  templates: templates ?? {},
});

function deliver(settings: ReceiverSettings, delivery: Delivery = deliveryOf()): Promise<DeliveryOutcome> {
  const receiver = receivers.find(({ type }) => type === settings.type)!;
  return receiver.deliver(delivery, contextOf(settings));
}

const told = (change: Partial<Notice>, more: Partial<Delivery> = {}) =>
  deliveryOf({ payload: noticeOf(change), ...more });
const over = [
  alertOf({ state: 'resolved', summary: 'hour drifted' }),
  alertOf({ state: 'resolved', id: 'b' }),
];
const ended: Partial<Notice> = { id: 'ntc_2', reason: 'all_resolved', firing: [], resolved: over };
const LINK = 'http://127.0.0.1:8080/#/incidents/inc_1';

interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly elements?: readonly { readonly text: string }[];
}
const textsOf = (blocks: string | undefined) =>
  (JSON.parse(blocks ?? '[]') as readonly Block[]).map(
    ({ text, elements }) => text?.text ?? elements?.[0]?.text,
  );

describe('Slack in the words of its templates', () => {
  const templates = {
    title: '{{ model | upcase }}: {{ title }}',
    text: '*Team {{ labels.model }}*: {{ cause }}',
  };

  it('has the title and the text, and keeps urgency, link and footer', async () => {
    await using slack = await fakeSlack();
    expect(await deliver(slackAt(slack.url, templates))).toMatchObject({ kind: 'sent' });
    const fields = [...slack.messages.values()][0]!;
    expect(textsOf(fields['blocks'])).toEqual([
      'FRAUD: Card fraud: distance drifted',
      '*Page: somebody is needed now*',
      '*Team fraud*: values are 1.61 times those of the baseline: miles became kilometres?',
      `<${LINK}|Open the incident in Leeway>`,
      'acme/fraud, 2026-11-21 14:00 UTC',
    ]);
    expect(fields['text']).toBe('Page: somebody is needed now. FRAUD: Card fraud: distance drifted');
  });

  it('says what is over, in the message and in its thread, also where the template says nothing of it', async () => {
    await using slack = await fakeSlack();
    const settings = slackAt(slack.url, templates);
    const first = await deliver(settings);
    const thread = first.kind === 'sent' ? (first.thread ?? null) : null;
    await deliver(settings, told(ended, { thread }));
    const [message, ...replies] = [...slack.messages.values()];
    expect(textsOf(message!['blocks'])).toContain('Resolved: hour drifted; distance drifted');
    expect(textsOf(message!['blocks'])).toContain('*Resolved: nothing fires any more*');
    expect(replies.map(({ text }) => text)).toEqual(['All resolved: hour drifted; distance drifted']);
  });

  it('says that it may be a repeat', async () => {
    await using slack = await fakeSlack();
    await deliver(slackAt(slack.url, templates), deliveryOf({ mayRepeat: true, attempt: 9 }));
    expect([...slack.messages.values()][0]!['blocks']).toContain('Possible repeat');
  });
});

describe('a mail in the words of its templates', () => {
  it('has subject, text and HTML of its own, and keeps what is sure of every mail', async () => {
    await using box = await mailbox();
    const templates = {
      subject: '[{{ status | upcase }}:{{ counts.firing }}] {{ model }}',
      text: 'Hello,\n{% for alert in firing %}- {{ alert.summary }}\n{% endfor %}',
      html: '<table><tr><td>{{ title }}</td></tr></table><!-- never closed',
    };
    await deliver(mailAt(box.port, templates), told({}, { mayRepeat: true }));
    const [mail] = box.mails;
    expect(mail!.subject).toBe('[FIRING:1] fraud');
    expect(mail!.text).toContain('Hello,\n- distance drifted\n');
    expect(mail!.html).toContain('<table><tr><td>Card fraud: distance drifted</td></tr></table>');
    for (const body of [mail!.text, mail!.html!.split('<table>')[0]])
      for (const sure of ['Page: somebody is needed now', 'Possible repeat', LINK])
        expect(body).toContain(sure);
    expect(mail!.messageId).toMatch(/^<notice\./);
    expect(mail!.inReplyTo).toMatch(/^<root\./);
  });

  it('says the text in HTML too when there is no template for that', async () => {
    await using box = await mailbox();
    await deliver(mailAt(box.port, { text: 'a <b>\n{{ title }}' }), told({ title: '<script>' }));
    expect(box.mails[0]!.html).toContain(
      '<div style="white-space: pre-wrap">a &lt;b&gt;\n&lt;script&gt;</div>',
    );
    expect(box.mails[0]!.html).not.toContain('<script>');
  });

  it('says what is over', async () => {
    await using box = await mailbox();
    await deliver(mailAt(box.port, { text: 'x', html: '<i>x</i>' }), told(ended));
    for (const body of [box.mails[0]!.text, box.mails[0]!.html]) {
      expect(body).toContain('Resolved: nothing fires any more');
      expect(body).toContain('Resolved: hour drifted; distance drifted');
    }
  });

  it('lets nothing that a subject says start a header', async () => {
    await using box = await mailbox();
    const title = 'x\r\nBcc: eve@evil.example\r\n\r\nbody';
    await deliver(mailAt(box.port, { subject: 'a\r\nX-Own: 1\n{{ title }}' }), told({ title }));
    const [mail] = box.mails;
    expect(mail!.subject).toBe('a X-Own: 1 x Bcc: eve@evil.example body');
    expect(mail!.bcc).toBeUndefined();
    expect(mail!.headers.map(({ key }) => key)).not.toContain('x-own');
  });
});

describe('PagerDuty in the words of its template', () => {
  const taken = { status: 202, body: '{"status":"success"}' };

  it('has the summary, and keeps key, link, severity and details', async () => {
    await using server = await httpServer(() => taken);
    await deliver(pagerAt(server.url, { summary: '{{ labels.model }} is ill\n{{ cause }}' }));
    await deliver(pagerAt(server.url, {}));
    const [own, plain] = server.seen.map(({ body }) => JSON.parse(body) as { payload: object });
    expect(own).toEqual({
      ...plain,
      payload: {
        ...plain!.payload,
        summary: 'fraud is ill values are 1.61 times those of the baseline: miles became kilometres?',
      },
    });
  });

  it('is told in Leeway’s words, and why, when the template fails', async () => {
    await using server = await httpServer(() => taken);
    await deliver(pagerAt(server.url, { summary: '{{ nope }}' }));
    expect(JSON.parse(server.seen[0]!.body)).toMatchObject({
      payload: {
        summary: 'acme/fraud: Card fraud: distance drifted',
        custom_details: {
          notes: ["These are Leeway's own words: the template summary of the receiver pager failed."],
        },
      },
    });
  });
});

describe('a template that fails when it is needed', () => {
  const broken = '{{ firing[7].summary }}';

  it('is told of in the message, in a counter and in the log, and the notice arrives', async () => {
    await using slack = await fakeSlack();
    const metrics = createMetrics();
    const lines: (readonly [string, unknown])[] = [];
    const warn: Log['warn'] = (message, fields) => void lines.push([message, fields]);
    const log: Log = { info: () => {}, warn, error: () => {} };
    const settled: DeliveryOutcome[] = [];
    await deliverDue({
      control: {
        leaseDeliveries: async () => [deliveryOf()],
        settleDelivery: async ({ outcome }) => {
          settled.push(outcome);
          return [];
        },
      },
      settings: { receivers: [slackAt(slack.url, { text: broken })], egress: LOCAL_EGRESS },
      now: () => NOW_MS,
      recordTemplateFailure: metrics.templateFailure,
      log,
    });
    expect(settled).toMatchObject([{ kind: 'sent' }]);
    const { blocks } = [...slack.messages.values()][0]!;
    expect(blocks).toContain('miles became kilometres?');
    expect(blocks).toContain("Leeway's own words: the template text of the receiver oncall failed.");
    expect(lines).toContainEqual([
      "A template failed; the notice is told in Leeway's words",
      { delivery: 'ntc_1', receiver: 'oncall', template: 'text', problem: 'missing', place: '1:4' },
    ]);
    expect(await metrics.render([])).toContain(
      'leeway_template_failures_total{receiver="oncall",template="text"} 1',
    );
  });

  it('is told by the test of the receiver', async () => {
    await using box = await mailbox();
    const receiver = mailAt(box.port, { subject: 'Test of {{ receiver }}', text: broken });
    const settings = { receivers: [receiver], egress: LOCAL_EGRESS, publicUrl: 'http://127.0.0.1:8080' };
    const tested = await testReceiver({ receiver, settings, actor: 'ana', nowMs: NOW_MS, id: '1' });
    expect(tested).toEqual({
      result: 'sent',
      detail: 'mailed 1 of 1; the template text failed at 1:4 (missing)',
    });
    expect(box.mails[0]!.subject).toBe('Test of mail');
  });
});

describe('whatever a template and a notice say', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '{{ title }}',
      '{% for a in alerts %}{{ a.summary }}{% endfor %}',
      '{{ nope }}',
      '{% if',
      '<!--',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  const notice = fc
    .record({ title: text, cause: fc.option(text), summary: text })
    .map(({ summary, ...change }) => noticeOf({ ...change, firing: [alertOf({ summary })], resolved: over }));

  it('the notice arrives, with what is over and where to look', { timeout: 120_000 }, async () => {
    await using slack = await fakeSlack();
    await using box = await mailbox();
    await using pager = await httpServer(() => ({ status: 202, body: '{}' }));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(text, notice, async (template, payload) => {
        const delivery = deliveryOf({ payload });
        const [token, templates] = [`xoxb-of-run-${(run += 1)}`, { text: template, title: template }];
        const mailed = { subject: template, text: template, html: template };
        const outcomes = [
          await deliver(slackAt(slack.url, templates, token), delivery),
          await deliver(mailAt(box.port, mailed), delivery),
          await deliver(pagerAt(pager.url, { summary: template }), delivery),
        ];
        expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent']);
        const [mail, message] = [box.mails.at(-1)!, [...slack.messages.values()].at(-1)!];
        expect(mail.references).toMatch(/^<root\./);
        for (const said of [message['blocks'], mail.text, mail.html]) {
          expect(said).toContain(LINK);
          expect(said).toMatch(/Resolved[:*<].{0,20}hour drifted/);
        }
      }),
      { numRuns: 100 },
    );
  });
});
