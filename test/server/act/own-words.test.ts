import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEMPLATES, wordsFor, type TemplateFailure } from '../../../server/act/own-words.ts';
import { templateMistake } from '../../../server/act/template-check.ts';
import { SAMPLES } from '../../../server/act/template-samples.ts';
import type { Alert, Notice } from '../../../server/model.ts';
import { alertOf, noticeOf, NOW_MS } from './samples.ts';

/** What templates make of a notice, before any receiver is told. */

const slackOf = (text: string, notice: Notice = noticeOf()) =>
  wordsFor({ settings: { type: 'slack', templates: { text } } }, notice);
const said = (text: string, notice: Notice = noticeOf()) => slackOf(text, notice).words.text;

const resolved = noticeOf({
  reason: 'all_resolved',
  firing: [],
  resolved: [alertOf({ state: 'resolved', resolvedAtMs: NOW_MS + 60_000 })],
});

describe('the values of a template', () => {
  it.each<[string, string, string, Partial<Notice>?]>([
    ['who is told', '{{ receiver }}', 'oncall'],
    ['how it is, in a word', '{{ status }} {{ severity }} {{ reason }}', 'firing page first'],
    ['how it is, in words', '{{ urgency }}', 'Page: somebody is needed now'],
    ['what it is about', '{{ tenant }}/{{ model }}: {{ title }}', 'acme/fraud: Card fraud: distance drifted'],
    ['the models of all alerts', '{{ models | join: "," }}', 'fraud'],
    ['labels of the group', '{{ labels.model }} {{ labels.team }}.', 'fraud .'],
    [
      'nothing of an empty label',
      '{% if labels.team %}{{ labels.team }}{% else %}nobody{% endif %}',
      'nobody',
      { labels: { team: '' } },
    ],
    [
      'labels with names that JavaScript has words for',
      '{{ labels.toString }} {{ labels.__proto__ }}[{{ labels.constructor }}{{ labels.valueOf }}{{ labels.size }}]',
      'text prototype[]',
      { labels: JSON.parse('{"toString":"text","__proto__":"prototype"}') as Notice['labels'] },
    ],
    ['nothing of a label that is in no alert', "[{{ alerts | map: 'labels.constructor' }}]", '[]'],
    ['all labels', '{{ labels }}', 'tenant=acme, model=fraud'],
    ['why', '{{ cause | truncate: 20 }}', 'values are 1.61 t...'],
    ['nothing where no cause is known', '[{{ cause }}]', '[]', { cause: null }],
    ['what is new', '{{ change }}', 'Still firing: distance drifted', { reason: 'repeat' }],
    ['what happened', '{{ update }}', 'Escalated to lead.', { update: 'Escalated to lead.' }],
    ['the incident', '{{ incident }} {{ url }}', 'inc_1 http://127.0.0.1:8080/#/incidents/inc_1'],
    ['when', '{{ at }} {{ at | date: "%H:%M", "Europe/Prague" }}', '2026-11-21T14:00:00.000Z 15:00'],
    [
      'how many',
      '{{ counts.firing }} {{ counts.pages }} {{ counts.tickets }} {{ counts.omitted }}',
      '1 1 0 7',
      { omitted: 7 },
    ],
    [
      'a storm',
      '{{ digest.groups }} {{ digest.pages }}',
      '30 4',
      { digest: { groups: 30, pages: 4, tickets: 26 } },
    ],
    ['whether it calls somebody', '{{ quiet }}', 'true', { isQuiet: true }],
    [
      'each alert',
      '{% for a in alerts %}{{ a.rule }} {{ a.subject }} {{ a.summary }} {{ a.value }} {{ a.startedAt }} {{ a.url }}{% endfor %}',
      'feature-drift distance distance drifted 0.4 2026-11-21T14:00:00.000Z http://127.0.0.1:8080/#/models/acme/fraud',
    ],
    ['what shows an alert', '{{ firing.first.evidence }}', 'cell (1200, 1900] rose from 3 to 21 %'],
  ])('say %s', (_name, template, expected, change = {}) => {
    expect(said(template, noticeOf(change))).toBe(expected);
  });

  it.each(['round: 3', 'times: 100', 'plus: 1', 'at_least: 0.1', 'divided_by: 2', 'abs'])(
    'stay nothing where a number is not known, whatever counts with it: %s',
    (filter) => {
      const template = `[{% for a in firing %}{{ a.value | ${filter} }}{% endfor %}]`;
      expect(said(template, noticeOf({ firing: [alertOf({ value: null })] }))).toBe('[]');
      expect(said(template)).toMatch(/^\[\d+(\.\d+)?\]$/);
    },
  );

  it('say what is over, and when it ended', () => {
    const template =
      '{{ status }}: {% for a in resolved %}{{ a.summary }}, {{ a.resolvedAt | date: "%H:%M" }}{% endfor %}';
    expect(said(template, resolved)).toBe('resolved: distance drifted, 14:01');
  });

  it('name fifty alerts of a storm at most, and count them all', () => {
    const firing = Array.from({ length: 120 }, (_, index) => alertOf({ id: `a${index}` }));
    const template = '{{ firing.size }} of {{ counts.firing }}, {{ counts.omitted }} left out';
    expect(said(template, noticeOf({ firing, omitted: 30 }))).toBe('50 of 120, 100 left out');
  });

  it('are found in alerts that are chosen by them', () => {
    const firing = [alertOf(), alertOf({ id: 'b', severity: 'ticket', summary: 'hour drifted' })];
    const template = '{{ alerts | where: "severity", "ticket" | map: "summary" | join }}';
    expect(said(template, noticeOf({ firing }))).toBe('hour drifted');
  });
});

const WILD = '<!channel> & "x" \'y\' </b><script>\r\nBcc: eve@evil.example\u0000';

describe('a value', () => {
  const notice = noticeOf({ title: WILD });
  const email = (templates: { readonly subject?: string; readonly text?: string; readonly html?: string }) =>
    wordsFor({ settings: { type: 'email', templates } }, notice).words;

  it('is escaped in Slack, where the template itself is not', () => {
    expect(said('*{{ title }}* <{{ url }}|look>', notice)).toBe(
      '*&lt;!channel&gt; &amp; "x" \'y\' &lt;/b&gt;&lt;script&gt;\nBcc: eve@evil.example* <http://127.0.0.1:8080/#/incidents/inc_1|look>',
    );
  });

  it('is escaped in HTML, in attributes too', () => {
    expect(email({ html: '<b title="{{ title }}">{{ title | upcase }}</b>' }).html).toMatch(
      /^<b title="&lt;!channel&gt; &amp; &quot;x&quot; &#39;y&#39; &lt;\/b&gt;&lt;script&gt;\nBcc: eve@evil\.example">&lt;!CHANNEL&gt;.*<\/b>$/s,
    );
  });

  it.each(['{{ title | default: "x" }}', '{% assign t = title %}{{ t }}', '{{ firing | map: "summary" }}'])(
    'is escaped whatever way it comes: %s',
    (template) => {
      const html = wordsFor(
        { settings: { type: 'email', templates: { html: template } } },
        noticeOf({ title: WILD, firing: [alertOf({ summary: WILD })] }),
      ).words.html;
      expect(html).toContain('&lt;script&gt;');
      expect(html).not.toContain('<script>');
    },
  );

  it('stays as it is in plain text, without control characters', () => {
    expect(email({ text: '{{ title }}' }).text).toBe(
      '<!channel> & "x" \'y\' </b><script>\nBcc: eve@evil.example',
    );
  });

  it('stays on one line where a header or a title is made of it', () => {
    expect(email({ subject: 'x\r\n{{ title }}\u2028y' }).subject).toBe(
      'x <!channel> & "x" \'y\' </b><script> Bcc: eve@evil.example y',
    );
  });

  it.each(['xoxb-0123456789-secret', '{{ tenant }}-0123456789-secret'])(
    'is never a secret, nor part of one: %s',
    (template) => {
      const secrets = ['xoxb-0123456789-secret', 'acme-0123456789-secret'];
      const own = wordsFor(
        { settings: { type: 'slack', templates: { text: template } }, secrets },
        noticeOf(),
      );
      expect(own.words.text).toBe('[secret]');
    },
  );
});

describe('a text that is too long', () => {
  const title = 'ab<&>'.repeat(30);
  const long = '{% for i in (1..200) %}{{ title }}{% endfor %}';

  it.each([
    ['slack', 'title', 150],
    ['slack', 'text', 3000],
    ['email', 'subject', 250],
    ['pagerduty', 'summary', 1024],
  ] as const)('is cut for %s %s', (type, name, most) => {
    const { words, failures } = wordsFor(
      { settings: { type, templates: { [name]: long } } },
      noticeOf({ title }),
    );
    const text = (words as Readonly<Record<string, string>>)[name]!;
    expect(failures).toEqual([]);
    expect(text.length).toBeLessThanOrEqual(most);
    expect(text.length).toBeGreaterThan(most - 10);
    expect(text.endsWith('…')).toBe(true);
  });

  it('is never cut within what stands for a character in Slack, nor within a link', () => {
    for (let length = 2970; length <= 3000; length += 1) {
      const tail = said(`${'x'.repeat(length)}<https://leeway.example/x|look>`)!;
      expect(tail).toMatch(/^x+…?$|>$/);
      expect(said(`${'x'.repeat(length)}{{ title }}`, noticeOf({ title: '&'.repeat(20) }))).toMatch(
        /(&amp;|x)…?$/,
      );
    }
  });

  it('is not used at all where it is HTML, which cannot be cut anywhere', () => {
    const html = `{% for i in (1..1000) %}{{ title }}{% endfor %}`;
    const { words, failures } = wordsFor(
      { settings: { type: 'email', templates: { html } } },
      noticeOf({ title }),
    );
    expect(words.html).toBeUndefined();
    expect(failures).toEqual([{ template: 'html', problem: 'length', place: '1:1' }]);
  });
});

describe('a template that fails', () => {
  it.each<[string, string, Partial<Notice>, Omit<TemplateFailure, 'template'>]>([
    [
      'for want of an alert',
      'a\n{{ firing[0].summary }}',
      { firing: [] },
      { problem: 'missing', place: '2:4' },
    ],
    [
      'by a name that comes from a value',
      '{% if alerts[0] %}{{ alerts[0][title] }}{% endif %}',
      {},
      { problem: 'unknown', place: '1:22' },
    ],
    [
      'by a time zone that is a value',
      '{{ at | date: "%H", title }}',
      {},
      { problem: 'other', place: '1:1' },
    ],
    [
      'by its time',
      '{% for a in (1..150000) %}{{ a }}{% endfor %}',
      {},
      { problem: 'time', place: expect.any(String) as string },
    ],
    ['for a damaged notice', '{{ title }}', { firing: null as never }, { problem: 'other', place: '1:1' }],
  ])('says %s where, and never what a value was', (_name, text, change, failure) => {
    const told: TemplateFailure[] = [];
    const own = wordsFor(
      {
        settings: { type: 'slack', templates: { title: 'fine', text } },
        onTemplateFailure: (one) => void told.push(one),
      },
      noticeOf({ title: 'Mars/Olympus', ...change }),
    );
    expect(own.words.text).toBeUndefined();
    const texts = told.filter(({ template }) => template === 'text');
    expect(texts).toEqual([{ template: 'text', ...failure }]);
    expect(JSON.stringify(own)).not.toContain('Olympus');
  });

  it('leaves the others as they are', () => {
    const settings = { type: 'slack', templates: { title: 'fine', text: '{{ nope }}' } } as const;
    expect(wordsFor({ settings }, noticeOf()).words).toEqual({ title: 'fine' });
  });

  it('is no failure when it comes out blank: Leeway’s words are wanted then', () => {
    expect(slackOf('{% if severity == "ticket" %}x{% endif %}\n ')).toEqual({ words: {}, failures: [] });
  });
});

/** Pieces that templates are made of, well and badly. */
const piece = fc.oneof(
  fc.constantFrom(
    '{{ title }}',
    '{{ alerts }}',
    '{{ labels }}',
    '{{ cause | truncate: 9 }}',
    '{{ nope }}',
    '{{ title | nope }}',
    '{{ alerts[title] }}',
    '{{ at | date: title }}',
    '{% for a in alerts %}',
    '{% for i in (1..99999999) %}',
    '{% for i in (1..100) %}',
    '{{ a.summary }}',
    '{{ a.evidence | upcase | split: "" | join: "-" }}',
    '{% endfor %}',
    '{% if cause %}',
    '{% else %}',
    '{% endif %}',
    '{% assign z = z | append: title | append: title %}',
    '{% include "/etc/passwd" %}',
    '{{ "a" | times: title | divided_by: 0 }}',
    '{{ title | slice: -1, 99999999 }}',
    '{%',
    '{{',
    '\r\n',
    '<b>',
    '<!--',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const template = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(WILD));
const alert = fc
  .record({ summary: anyText, rule: anyText, subject: anyText, text: anyText, value: fc.option(fc.double()) })
  .map(({ text, ...change }) => alertOf({ ...change, evidence: { text } }));
const damage = fc.constantFrom<Partial<Record<keyof Notice, unknown>>>(
  {},
  {},
  {},
  { firing: null },
  { labels: null },
  { atMs: Number.NaN },
  { firing: [{ ...alertOf(), evidence: undefined } as unknown as Alert] },
);
const notice = fc
  .record({
    title: anyText,
    cause: fc.option(anyText),
    labels: fc.dictionary(anyText, anyText, { maxKeys: 4 }),
    firing: fc.array(alert, { maxLength: 12 }),
    resolved: fc.array(alert, { maxLength: 12 }),
    damage,
  })
  .map(({ damage: damaged, ...change }) => noticeOf({ ...change, ...(damaged as Partial<Notice>) }));

describe('whatever a template and a notice are', () => {
  it('there are words that the receiver takes, or a failure', { timeout: 120_000 }, () => {
    const secret = 'hunter2-very-secret';
    const of = fc.constantFrom('slack', 'email', 'pagerduty');
    fc.assert(
      fc.property(of, template, notice, (type, text, told) => {
        const names = Object.keys(TEMPLATES[type]);
        const templates = Object.fromEntries(names.map((name) => [name, `${text}${secret}`]));
        const own = wordsFor({ settings: { type, templates }, secrets: [secret] }, told);
        const forms: Readonly<Record<string, { most: number; isLine: boolean }>> = TEMPLATES[type];
        for (const name of names) {
          const words = (own.words as Readonly<Record<string, string>>)[name];
          const failed = own.failures.some((failure) => failure.template === name);
          expect(words === undefined).toBe(failed);
          expect(words ?? '').not.toContain(secret);
          expect((words ?? '').length).toBeLessThanOrEqual(forms[name]!.most);
          // oxlint-disable-next-line no-control-regex -- that none is left is what is looked at
          expect(words ?? '').not.toMatch(forms[name]!.isLine ? /[\u0000-\u001f\u2028]/ : /[\u0000\r]/);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it(
    'the check takes it and every sample can be told in it, or says where it is wrong',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(template, (text) => {
          const mistake = templateMistake(text, 'mrkdwn');
          if (mistake !== null) {
            expect(mistake.message).not.toBe('');
            expect(mistake.column).toBeGreaterThan(0);
            expect(mistake.column).toBeLessThanOrEqual(Math.max(1, text.length));
            return;
          }
          const settings = { type: 'slack', templates: { text } } as const;
          for (const { notice: sample } of SAMPLES)
            expect(wordsFor({ settings }, sample).failures).toEqual([]);
        }),
        { numRuns: 1000 },
      );
    },
  );

  it('takes no longer than its limit for a storm, with all templates of a mail', () => {
    const heavy =
      '{% for a in alerts %}{% for b in alerts %}{% for c in alerts %}{{ c.summary }}{% endfor %}{% endfor %}{% endfor %}';
    const settings = { type: 'email', templates: { subject: heavy, text: heavy, html: heavy } } as const;
    const startMs = performance.now();
    expect(wordsFor({ settings }, SAMPLES[2]!.notice).failures).toHaveLength(3);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});
