import { conditionSpec, policySpec } from './openslo-schema.ts';
import { keyOf, type Given, type Known } from './openslo-types.ts';

/** Alert policies are not carried over: Leeway watches pairs of windows by itself. What they said is told, with its traps. */
export function policyWarnings({ slo, known }: Given): readonly string[] {
  return (slo.spec.alertPolicies ?? []).flatMap((one) => {
    const name = typeof one === 'string' ? one : 'alertPolicyRef' in one ? one['alertPolicyRef'] : null;
    const spec = typeof name === 'string' ? known.get(keyOf('AlertPolicy', name))?.spec : inline(one);
    const parsed = policySpec.safeParse(spec);
    if (!parsed.success)
      return [
        `its alert policy ${typeof name === 'string' ? `"${name}" ` : ''}is not in the file or not of version 1`,
      ];
    const [condition] = parsed.data.conditions;
    return [
      ...conditionWarnings(conditionOf(condition, known)),
      ...(parsed.data.alertWhenNoData === true
        ? ["alertWhenNoData: silence is watched by the model's silentAfter"]
        : []),
    ];
  });
}

function inline(one: unknown): unknown {
  return typeof one === 'object' && one !== null && 'spec' in one ? one.spec : undefined;
}

function conditionOf(condition: unknown, known: Known): unknown {
  if (typeof condition !== 'object' || condition === null) return undefined;
  if ('conditionRef' in condition)
    return known.get(keyOf('AlertCondition', String(condition.conditionRef)))?.spec;
  return inline(condition);
}

function conditionWarnings(spec: unknown): readonly string[] {
  const parsed = conditionSpec.safeParse(spec);
  if (!parsed.success) return ['its alert condition is not in the file or not of version 1'];
  const { severity = 'page', condition } = parsed.data;
  const { kind, op, threshold, lookbackWindow, alertAfter } = condition;
  if (kind !== 'burnrate') return [`an alert condition of kind "${kind}" is not carried over`];
  const isReversed = op === 'lte' || op === 'lt';
  const told = `burnrate ${op ?? ''} ${threshold ?? ''} over ${lookbackWindow ?? 'no window'}`.replaceAll(
    / +/g,
    ' ',
  );
  return [
    `its alert condition (${told}) is not carried over: burn is auto, pairs of windows that every target can reach${own(severity, threshold, lookbackWindow)}`,
    ...(isReversed
      ? [`op ${op} with a burn rate would fire while the budget is safe; gt is what was meant`]
      : []),
    ...(alertAfter === undefined
      ? []
      : [`alertAfter ${alertAfter} is dropped: the short window of a pair takes its place`]),
  ];
}

/** The nearest pair, to be written by hand where auto is not wanted. */
function own(severity: string, factor: number | undefined, lookback: string | undefined): string {
  const [, amount = '', unit = ''] = /^(\d+)([mhd])$/.exec(lookback ?? '') ?? [];
  const minutes = Number(amount) * ({ m: 1, h: 60, d: 1440 }[unit] ?? NaN);
  if (factor === undefined || !(minutes >= 12)) return '';
  const level = /page|critical|sev1|high/i.test(severity) ? 'page' : 'ticket';
  return `; by hand it would be burn: [{ severity: ${level}, long: ${lookback}, short: ${Math.round(minutes / 12)}m, factor: ${factor} }]`;
}
