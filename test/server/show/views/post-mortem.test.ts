import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postMortem } from '../../../../server/show/views/post-mortem.ts';
import { plain, postMortemMarkdown } from '../../../../server/show/views/post-mortem-markdown.ts';
import { alertOf, HOUR_MS, incidentOf, NO_TIMES, NOW_MS, runOf } from '../fixtures.ts';

const impact = {
  fromMs: NOW_MS - 3 * HOUR_MS,
  toMs: NOW_MS,
  predictions: 12_400,
  versions: [{ version: '7', predictions: 12_400 }],
  budgets: [
    { slo: 'answers', good: 900, bad: 100, share: 0.25, why: null },
    { slo: 'fast', good: 0, bad: 0, share: null, why: 'nothing was counted for it in that time' },
  ],
  why: null,
};

function reportOf(text = 'a plain text') {
  const alert = alertOf({ summary: text, evidence: { text }, incidentId: 'inc-1' });
  const incident = incidentOf({
    title: text,
    cause: text,
    openedBy: alert.id,
    beganAtMs: NOW_MS - 3 * HOUR_MS,
  });
  const record = {
    ...incident,
    times: { ...NO_TIMES, detectMs: 2 * HOUR_MS, notifyMs: 30_000 },
    notices: 1,
    scores: { [alert.id]: 12 },
    alerts: [alert],
    timeline: [
      {
        atMs: NOW_MS - HOUR_MS,
        actor: text,
        actorKind: 'user' as const,
        kind: 'comment',
        text,
        evidence: { kind: 'score' as const, id: '12', path: '#/scores/12' },
      },
    ],
    runs: [runOf({ reason: text, approvedBy: text })],
    deliveries: [],
  };
  const unitOf = () => null;
  return postMortem({ record, impact, unitOf, publicUrl: 'http://leeway.example/', nowMs: NOW_MS });
}

describe('a post-mortem', () => {
  it('tells facts, each with the page that shows it, and leaves the follow-ups to people', () => {
    const report = reportOf();
    expect(report).toMatchObject({ status: 'draft', followUps: [], actionable: null });
    expect(report.detection?.url).toBe('http://leeway.example/#/scores/12');
    const text = postMortemMarkdown(report);
    expect(text).toContain('| To detect: from the begin of the first bad window to the page | 2 h |');
    expect(text).toContain(
      '| To notify: from the page to the first notice that arrived at a person | under a minute |',
    );
    expect(text).toContain('[12,400 predictions](<http://leeway.example/#/incidents/inc-1>)');
    expect(text).toContain(
      'Objective answers: 100 of 1,000 events bad, 25 % of the error budget of its period.',
    );
    expect(text).toContain('Objective fast: nothing was counted for it in that time.');
    expect(text).toContain('[evidence](<http://leeway.example/#/scores/12>)');
    expect(text).toMatch(/## Follow-ups\n\n- \[ \]/);
  });

  it.each([
    ['# not a heading', '\\# not a heading'],
    ['a | b', 'a \\| b'],
    ['[click](javascript:alert(1))', '\\[click\\]\\(javascript:alert\\(1\\)\\)'],
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert\\(1\\)\\>'],
    ['![p](http://evil.example/p.png)', '\\!\\[p\\]\\(http\\://evil.example/p.png\\)'],
    ['see www.evil.example', 'see www\\.evil.example'],
    ['two\nlines\r\n\u2028and more', 'two lines and more'],
    ['@everyone &amp; `code` **bold** $x$', '\\@everyone \\&amp; \\`code\\` \\*\\*bold\\*\\* \\$x\\$'],
    ['a\u202egnp.exe', 'agnp.exe'],
  ])('writes %j as text', (from, to) => {
    expect(plain(from)).toBe(to);
  });

  it('has the same shape whatever people sent: no line, heading, cell or link of theirs', () => {
    const shape = (text: string) =>
      text.split('\n').map((line) => ({
        start: /^(#+ |- \[ \]|  - |- |\|)?/.exec(line)?.[0],
        cells: line.replaceAll(/\\./g, '').split('|').length,
        links: line.replaceAll(/\\./g, '').split('](<').length,
        html: /<(?!http:\/\/leeway\.example\/)/.test(line.replaceAll(/\\./g, '')),
      }));
    const calm = shape(postMortemMarkdown(reportOf('calm')));
    const wild = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...'|[](<>)#\n\\`*!-&~'.split('')), minLength: 1 }),
    );
    fc.assert(
      fc.property(wild, (text) => {
        expect(shape(postMortemMarkdown(reportOf(`x${text}x`)))).toEqual(calm);
      }),
    );
  });
});
