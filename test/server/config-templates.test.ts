import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { messageOf } from '../../server/act/message.ts';
import { noticeValues } from '../../server/act/template-values.ts';
import { parseConfig } from '../../server/config.ts';
import { FatalError } from '../../server/errors.ts';
import { noticeOf } from './act/samples.ts';

/** Templates are looked at when the configuration is read: by check, at the start and at a reload. */

const environment = { TOKEN: 'xoxb-0123456789' };
const parse = (text: string) => parseConfig(text, { file: 'leeway.yaml', environment });

/** `templates` in the words of YAML. */
const slack = (templates: string) =>
  `receivers:\n  - { id: oncall, type: slack, channel: C1, token: { env: TOKEN }, templates: ${templates} }\n`;
const text = (template: string) => parse(slack(`{ text: ${JSON.stringify(template)} }`));

function mistakeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FatalError);
    return (error as FatalError).message;
  }
  return 'no mistake found';
}

const REASONS =
  'first new_alerts some_resolved all_resolved repeat acknowledged incident_update silence_ending'.split(' ');

describe('a template that some notice could not be put into refuses the configuration', () => {
  it.each([
    ['a value that no notice has', '{{ tytle }}', 'unknown value "tytle"; did you mean "title"?'],
    ['one that is like no other', '{{ zebra }}', 'unknown value "zebra"; expected one of receiver, reason'],
    [
      'one that is only asked about',
      '{% if cuase %}x{% endif %}',
      'unknown value "cuase"; did you mean "cause"?',
    ],
    [
      'one in a branch that no sample takes',
      '{% if model == "m7" %}{{ tytle }}{% endif %}',
      'unknown value "tytle"; did you mean "title"?',
    ],
    ...['constructor', 'toString', 'valueOf', '__proto__'].flatMap((word) => [
      [`the word ${word} of an alert`, `{{ alerts | map: "${word}" }}`, `unknown value "${word}"`],
      [`the word ${word} of the numbers`, `{{ counts.${word} }}`, `unknown value "${word}"`],
      [
        `the word ${word} of a loop`,
        `{% for a in alerts %}{{ forloop.${word} }}{% endfor %}`,
        `unknown value "${word}"`,
      ],
    ]),
    ...REASONS.map((reason) => [
      `a list entry that a notice of the reason ${reason} does not have`,
      `{% if reason == "${reason}" %}{{ firing[7].summary }}{% endif %}`,
      '"firing.7" is not there in a notice',
    ]),
    ['one that is assigned', '{% assign x = tytle %}', 'unknown value "tytle"'],
    [
      'one of an alert',
      '{% for alert in alerts %}{{ alert.sumary }}{% endfor %}',
      'unknown value "sumary"; did you mean "summary"?',
    ],
    [
      'one of an alert that is only asked about',
      '{% for alert in alerts %}{% if alert.cuase %}x{% endif %}{% endfor %}',
      'unknown value "cuase"; did you mean "cause"?',
    ],
    [
      'one of an alert in a branch that no sample takes',
      '{% for a in firing %}{% if a.rule == "r7" %}{{ a.sumary }}{% endif %}{% endfor %}',
      'unknown value "sumary"; did you mean "summary"?',
    ],
    [
      'one of a ticket',
      '{% assign t = alerts | where: "severity", "ticket" %}{% for a in t %}{{ a.sumary }}{% endfor %}',
      'unknown value "sumary"; did you mean "summary"?',
    ],
    ['one of the counts', '{{ counts.fireing }}', 'unknown value "fireing"; did you mean "firing"?'],
    [
      'an alert that need not be there',
      '{{ firing[0].summary }}',
      '"firing.0" is not there in a notice of an alert that is over; ask for it within {% if … %}',
    ],
    ['a filter', '{{ title | upcas }}', 'unknown filter "upcas"; did you mean "upcase"?'],
    ['a filter that unescapes', '{{ title | raw }}', 'unknown filter "raw"; expected one of abs, '],
    ['a filter of every JavaScript object', '{{ title | constructor }}', 'unknown filter "constructor"'],
    ['a tag', '{% iff title %}', 'unknown tag "iff"; did you mean "if"?'],
    ['a tag that reads files', '{% include "x" %}', 'unknown tag "include"; expected one of if, unless, '],
    ['another', '{% render "x" %}', 'unknown tag "render"'],
    ['another still', '{% layout "x" %}', 'unknown tag "layout"'],
    ['a tag that is not closed', '{% if title %}', 'cannot be read: tag {% if title %} not closed'],
    ['an output that is not closed', '{{ title', 'cannot be read: output "{{ title" not closed'],
    [
      'a time zone that does not exist',
      '{{ at | date: "%H:%M", "Mars/Olympus" }}',
      'cannot be rendered: Invalid time zone specified: Mars/Olympus',
    ],
    [
      'a loop of millions',
      '{% for i in (1..999999999) %}x{% endfor %}',
      'makes too much text or too long lists, for a notice of an alert that fires',
    ],
    [
      'loops that are long in a storm only',
      '{% for a in alerts %}{% for b in alerts %}{% for c in alerts %}{{ c.summary }}{% endfor %}{% endfor %}{% endfor %}',
      'takes longer than 250 ms, for a storm of 100 alerts',
    ],
    [
      'a text that doubles',
      '{% assign z = title %}{% for i in (1..99) %}{% assign z = z | append: z %}{% endfor %}',
      'makes too much text or too long lists',
    ],
    [
      'a flood of words',
      `{% for a in alerts %}{% for b in alerts %}${'word '.repeat(200)}{% endfor %}{% endfor %}`,
      'writes more than 500000 characters, for a storm of 100 alerts',
    ],
    ['more than anybody writes', 'x'.repeat(10_001), 'expected at most 10000 characters'],
  ])('%s', (_name, template, expected) => {
    const message = mistakeOf(() => text(template));
    expect(message).toMatch(/^leeway\.yaml:2:\d+ receivers\.0\.templates\.text: /);
    expect(message).toContain(expected);
  });

  it.each([
    ['in a line', slack("{ title: '{{ model }} {{ tytle }}' }"), 'tytle'],
    ['in a line with a quote', slack("{ title: 'it''s {{ tytle }}' }"), 'tytle'],
    ['a filter in it', slack("{ title: '{{ model | upcas }}' }"), 'upcas'],
    [
      'on lines of its own',
      `receivers:
  - id: oncall
    type: slack
    channel: C1
    token: { env: TOKEN }
    templates:
      text: |
        *{{ title }}*
        {% for alert in alerts %}
          {{ alert.sumary }}
        {% endfor %}
`,
      'alert.sumary',
    ],
  ])('and is pointed at, %s', (_name, config, mistyped) => {
    const before = config.slice(0, config.indexOf(mistyped)).split('\n');
    const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    expect(mistakeOf(() => parse(config))).toMatch(new RegExp(`^leeway\\.yaml:${place} `));
  });

  it('like a value without quotes, which YAML takes for a map', () => {
    expect(mistakeOf(() => parse(slack('{ text: {{ title }} }')))).toContain(
      'expected a template as a text: in quotes, or under | on lines of its own',
    );
  });

  it('like a template that the receiver has no place for', () => {
    expect(mistakeOf(() => parse(slack('{ subject: x }')))).toContain(
      'unknown key "subject" in receivers.0.templates',
    );
    const webhook =
      '{ id: w, type: webhook, url: "https://x.example", secret: { env: TOKEN }, templates: {} }';
    expect(mistakeOf(() => parse(`receivers:\n  - ${webhook}\n`))).toContain('unknown key "templates"');
  });

  it('with every other mistake at once', () => {
    const config = slack("{ title: '{{ tytle }}', text: '{{ txet }}' }");
    expect(mistakeOf(() => parse(config)).split('\n')).toHaveLength(2);
  });
});

describe('a template is taken', () => {
  it.each([
    ['with whatever may be missing asked for first', '{% if cause %}Cause: {{ cause }}{% endif %}'],
    ['with whatever may be missing written as nothing', '{{ cause }} {{ incident }} {{ digest.groups }}'],
    [
      'with labels that a group may not have',
      '{{ labels.team | default: "nobody" }} {{ labels["cost centre"] }}',
    ],
    ['with labels that are asked about', '{% unless labels.team %}nobody{% endunless %}'],
    ['with a list entry that is asked for first', '{% if firing[0] %}{{ firing[0].summary }}{% endif %}'],
    [
      'with lists',
      '{{ firing | where: "severity", "page" | sort: "startedAt" | map: "summary" | join: "; " }}',
    ],
    ['with all labels', '{% for label in labels %}{{ label[0] }}={{ label[1] }}{% endfor %}'],
    ['with times of people', '{{ at | date: "%d.%m. %H:%M", "Europe/Prague" }}'],
    ['with cases', '{% case status %}{% when "firing" %}!{% else %}ok{% endcase %}'],
    ['empty', ''],
  ])('%s', (_name, template) => {
    expect(text(template).receivers[0]).toMatchObject({ templates: { text: template } });
  });

  it('by every type of receiver that tells people', () => {
    const receivers = [
      { id: 's', type: 'slack', channel: 'C', token: { env: 'TOKEN' }, templates: { title: 't', text: 't' } },
      {
        id: 'm',
        type: 'email',
        from: 'a@b.example',
        to: ['c@d.example'],
        smtp: { env: 'TOKEN' },
        templates: { subject: 't', text: 't', html: 't' },
      },
      { id: 'p', type: 'pagerduty', routingKey: { env: 'TOKEN' }, templates: { summary: 't' } },
    ];
    const settings = parse(stringify({ receivers }));
    expect(settings.receivers.map((one) => ('templates' in one ? one.templates : null))).toEqual(
      receivers.map(({ templates }) => templates),
    );
  });
});

describe('what the documentation says of templates', () => {
  const root = new URL('../../', import.meta.url);
  const section = readFileSync(new URL('README.md', root), 'utf8')
    .split('## In your own words')[1]!
    .split('\n## ')[0]!;
  const example = readFileSync(new URL('leeway.example.yaml', root), 'utf8');

  it.each([
    ['README', /```yaml\n(.*?)```/s.exec(section)![1]!],
    [
      'leeway.example.yaml',
      `receivers:\n${/(#   - id: team\n.*?)#   # Signed/s.exec(example)![1]!.replaceAll(/^#/gm, ' ')}`,
    ],
  ])('holds: the example of %s is taken', (_name, config) => {
    const read = parseConfig(config, { file: 'x.yaml', environment: { SLACK_BOT_TOKEN: 'xoxb' } });
    expect(read.receivers[0]).toHaveProperty('templates.text');
  });

  it('names every value, and no other', () => {
    const values = noticeValues(noticeOf(), messageOf(noticeOf()));
    const [table, ...after] = section.split('Of an alert there are')[0]!.split('| value')[1]!.split('\n\n');
    const named = [...table!.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)(?:\.NAME)?`/g)].map(([, name]) => name),
    );
    expect(after.join('').trim()).toBe('');
    expect(new Set(named)).toEqual(new Set(Object.keys(values)));
    const ofAlert = /Of an alert there are (.*?)\. These/s.exec(section)![1]!;
    const [alert] = values['alerts'] as readonly object[];
    const ofAlerts = [...ofAlert.matchAll(/`(\w+)/g)].map(([, name]) => name);
    expect(new Set(ofAlerts)).toEqual(new Set(Object.keys(alert!)));
  });
});
