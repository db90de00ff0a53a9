import type { Backtest, BacktestIncident, BacktestRule } from '../ports.ts';
import { duration, plural, utc } from '../show/views/words.ts';

const HEADS = ['rule', 'incidents', 'per 28 days', 'alerts', 'pages', 'longest', 'judged', 'too little data'];

/** A backtest for people: a table of rules, then a line an incident; pure. */
export function backtestLines(found: Backtest): readonly string[] {
  const { fromMs, toMs, scores, rules, notes } = found;
  const incidents = rules.flatMap((rule) => rule.incidents.map((incident) => incidentLine(rule, incident)));
  return [
    `${duration(toMs - fromMs)} to ${utc(toMs)}: ${plural(scores, 'score')} judged by ${plural(rules.length, 'rule')}`,
    '',
    ...aligned([HEADS, ...rules.map((rule) => rowOf(rule, toMs))]),
    '',
    ...(incidents.length === 0 ? ['No incident would have opened.'] : incidents),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
}

function rowOf(rule: BacktestRule, endMs: number): readonly string[] {
  const { incidents, perFourWeeks, alerts, pages, judged, undecided } = rule;
  const longestMs = Math.max(0, ...incidents.map(({ fromMs, toMs }) => (toMs ?? endMs) - fromMs));
  return [
    rule.rule,
    String(incidents.length),
    perFourWeeks.toFixed(1),
    String(alerts),
    String(pages),
    incidents.length === 0 ? '-' : duration(longestMs),
    String(judged),
    String(undecided),
  ];
}

/** "feature-drift, acme/fraud: page from … to …; amount, peak 0.56: …; and 2 more". */
function incidentLine(
  { rule }: BacktestRule,
  { tenant, model, severity, fromMs, toMs, alerts }: BacktestIncident,
) {
  const [worst] = alerts.toSorted((first, second) => (second.peak ?? 0) - (first.peak ?? 0));
  const end = toMs === null ? 'goes on' : `to ${utc(toMs)}, ${duration(toMs - fromMs)}`;
  const peak =
    worst?.peak === null || worst === undefined ? '' : `, peak ${Number(worst.peak.toPrecision(3))}`;
  const more = alerts.length > 1 ? `; and ${plural(alerts.length - 1, 'more alert')}` : '';
  return `${rule}, ${tenant}/${model}: ${severity} from ${utc(fromMs)} ${end}${peak}: ${worst?.text ?? ''}${more}`;
}

/** The first column at the left, numbers at the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEADS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
}
