import type { IncidentTimes } from '../../ports.ts';
import type { BudgetSpent, Contribution, PostMortem } from '../types.ts';
import { duration, percent, sentence, utc, whole } from './words.ts';

/** A post-mortem as Markdown. Everything that came from outside is escaped, so that it can be nothing but text. Pure. */
export function postMortemMarkdown(report: PostMortem): string {
  return [
    `# ${plain(report.title)}`,
    `Status: ${report.status}. Incident ${link(report.incident, report.url)}, ${plain(report.tenant)} / ${plain(report.model)}, ${report.severity}, ${report.state}. Made ${utc(report.madeAtMs)}.`,
    '## Summary',
    list(report.summary.map(plain)),
    '## Impact',
    impactText(report),
    '## Times',
    timesTable(report.times),
    '## Detection',
    report.detection === null ? 'What opened it is not known any more.' : contributionText(report.detection),
    '## Timeline',
    timelineTable(report),
    '## Actions and approvals',
    report.actions.length === 0 ? 'None was proposed.' : list(report.actions.map(actionText)),
    '## Contributing alerts',
    list(report.contributing.map(contributionText)),
    '## Who was told',
    toldText(report),
    '## Follow-ups',
    '- [ ]',
    '',
  ].join('\n\n');
}

/** Characters that mean something in Markdown, in HTML or to those who render them. */
const SPECIAL = /[\\`*_{}[\]<>()#|~&@$!]|:(?=\/\/)|(?<=www)\./gi;
/** Line ends and other controls; and what changes the direction in which text is read. */
// oxlint-disable-next-line no-control-regex -- exactly these are to go
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text from outside as one line that is nothing but text. */
export function plain(text: string): string {
  return text.replaceAll(DIRECTION, '').replaceAll(CONTROL, ' ').replaceAll(SPECIAL, '\\$&').trim();
}

function link(text: string, url: string | null): string {
  return url === null
    ? plain(text)
    : `[${plain(text)}](<${url.replaceAll(/[<>\s\\]/g, encodeURIComponent)}>)`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'None.' : items.map((item) => `- ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function impactText({ impact, tenant, url }: PostMortem): string {
  const { fromMs, toMs, predictions, versions, budgets, why } = impact;
  const served =
    predictions === null
      ? `Predictions: not counted (${plain(why ?? 'not known')}).`
      : `${link(`${whole(predictions)} predictions`, url)} from the begin of the first bad window to the end.`;
  return list([
    `${utc(fromMs)} to ${utc(toMs)} (${duration(toMs - fromMs)}), tenant ${plain(tenant)}.`,
    served,
    ...versions.map((each) => `Version ${plain(each.version)}: ${whole(each.predictions)} predictions.`),
    ...budgets.map(budgetText),
  ]);
}

function budgetText({ slo, good, bad, share, why }: BudgetSpent): string {
  const counted = `${whole(bad)} of ${whole(good + bad)} events bad`;
  return share === null
    ? `Objective ${plain(slo)}: ${plain(why ?? 'not known')}.`
    : `Objective ${plain(slo)}: ${counted}, ${percent(share)} of the error budget of its period.`;
}

const MOMENTS: readonly (readonly [keyof IncidentTimes, string])[] = [
  ['detectMs', 'To detect: from the begin of the first bad window to the page'],
  ['judgeMs', 'Of it after that window had ended'],
  ['notifyMs', 'To notify: from the page to the first notice that arrived at a person'],
  ['acknowledgeMs', 'To acknowledge: from the page'],
  ['mitigateMs', 'To mitigate: from the page'],
  ['resolveMs', 'To resolve: from the page'],
];

function timesTable(times: IncidentTimes): string {
  const rows = MOMENTS.map(([name, words]) => [words, lengthText(times[name])]);
  return table(['What', 'How long'], rows);
}

function lengthText(lengthMs: number | null): string {
  if (lengthMs === null) return 'not yet, or not known';
  return lengthMs < 60_000 ? 'under a minute' : duration(lengthMs);
}

function contributionText(alert: Contribution): string {
  const { severity, summary, text, url, startedAtMs, resolvedAtMs, rule, value, peak, unit } = alert;
  const end = resolvedAtMs === null ? 'still fires' : `ended ${utc(resolvedAtMs)}`;
  const highest = `highest ${numberText(peak)}, last ${numberText(value)}${unit === null ? '' : ` (${plain(unit)})`}`;
  return `${link(summary, url)} (${severity}, rule ${plain(rule)}): ${sentence(plain(text))} Began ${utc(startedAtMs)}, ${end}; ${highest}.`;
}

function numberText(value: number | null): string {
  return value === null ? 'not known' : String(Number(value.toPrecision(3)));
}

function timelineTable({ timeline }: PostMortem): string {
  const rows = timeline.map(({ atMs, actor, actorKind, kind, text, url }) => [
    utc(atMs),
    `${plain(actor)} (${actorKind})`,
    plain(kind.replaceAll('_', ' ')),
    url === null ? plain(text) : `${plain(text)} ${link('evidence', url)}`,
  ]);
  return table(['When', 'Who', 'What', 'In words'], rows);
}

function actionText({
  kind,
  state,
  reason,
  approvedBy,
  planHash,
  url,
  steps,
}: PostMortem['actions'][number]): string {
  const approval =
    approvedBy === null
      ? ''
      : ` Approved by ${plain(approvedBy)}${planHash === null ? '' : `, plan ${planHash}`}.`;
  const done = steps.map((step) => `${step.name}: ${step.state}, ${plain(step.text)}`);
  return [
    `${link(`${kind} (${state})`, url)}: ${sentence(plain(reason))}${approval}`,
    ...done.map((one) => `  - ${one}`),
  ].join('\n');
}

function toldText({ told, actionable }: PostMortem): string {
  const rows = told.map(({ receiver, arrived, givenUp, onTheWay }) => [
    plain(receiver),
    String(arrived),
    String(onTheWay),
    String(givenUp),
  ]);
  const answer =
    actionable === null
      ? 'Nobody has said yet whether there was something to do.'
      : `A person said there was ${actionable ? 'something' : 'nothing'} to do.`;
  return rows.length === 0
    ? `Nobody was told.\n\n${answer}`
    : `${table(['Receiver', 'Arrived', 'On the way', 'Given up'], rows)}\n\n${answer}`;
}
