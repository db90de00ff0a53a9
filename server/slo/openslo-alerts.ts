import { UNITS_MS } from '../config-common.ts';
import { conditionSpec, policySpec } from './openslo-schema.ts';
import { keyOf, type Given, type Placed, type Warning } from './openslo-types.ts';

/** Alert policies as pairs of windows, where OpenSLO says what a pair says: so much burn over so long a time. */

export interface Burn {
  /** As leeway.yaml has them; null: none, or not all could be said, and `burn: auto` it is. */
  readonly pairs: readonly PairFile[] | null;
  readonly warnings: readonly Warning[];
}

interface PairFile {
  readonly severity: 'page' | 'ticket';
  readonly long: string;
  readonly short: string;
  readonly factor: number;
}

/** What one policy comes to: a pair, or why there is none. */
interface Read {
  readonly pair: PairFile | null;
  readonly warnings: readonly Warning[];
}

/**
 * The pairs of an SLO. A part of them alone would watch less than either side meant: where one condition cannot be said, all
 * are left to `auto`, and each says why with its place. `targets` are percentages.
 */
export function burnOf(given: Given, targets: readonly (number | null)[], period: string | null): Burn {
  // The largest budget: what is reached there is reached with every other.
  const lowest = Math.min(...targets.map((target) => target ?? 100));
  const read = (given.slo.spec.alertPolicies ?? []).map((one, index) =>
    readPolicy(given, one, { index, target: lowest, period }),
  );
  const pairs = read.flatMap(({ pair }) => pair ?? []);
  const warnings = read.flatMap((one) => one.warnings);
  if (read.length === 0 || pairs.length === read.length)
    return { pairs: pairs.length === 0 ? null : pairs, warnings };
  const left = pairs.map((pair) => JSON.stringify(pair)).join(', ');
  const rest = pairs.length === 0 ? '' : `; those that can be said are burn: [${left}]`;
  const at = given.where(['spec', 'alertPolicies']);
  const text = `burn is auto, since not every alert condition can be said by a pair of windows${rest}`;
  return { pairs: null, warnings: [...warnings, { at, text }] };
}

interface Around {
  readonly index: number;
  readonly target: number;
  readonly period: string | null;
}

function readPolicy({ where, known }: Given, one: unknown, around: Around): Read {
  const path = ['spec', 'alertPolicies', around.index];
  const name = typeof one === 'string' ? one : nameIn(one, 'alertPolicyRef');
  const policy: Placed<unknown> | undefined =
    name === null
      ? { document: specOf(one), where: (rest) => where([...path, 'spec', ...rest]) }
      : specOfKnown(known.get(keyOf('AlertPolicy', name)));
  const parsed = policySpec.safeParse(policy?.document);
  if (policy === undefined || !parsed.success)
    return none(
      where(path),
      `its alert policy ${name === null ? '' : `"${name}" `}is not in the file or not of version 1`,
    );
  const noData =
    parsed.data.alertWhenNoData === true
      ? [
          {
            at: policy.where(['alertWhenNoData']),
            text: "alertWhenNoData: silence is watched by the model's silentAfter",
          },
        ]
      : [];
  const [condition] = parsed.data.conditions;
  const reference = nameIn(condition, 'conditionRef');
  const found: Placed<unknown> | undefined =
    reference === null
      ? {
          document: specOf(condition),
          where: (rest) => policy.where(['conditions', 0, 'spec', ...rest]),
        }
      : specOfKnown(known.get(keyOf('AlertCondition', reference)));
  const read =
    found === undefined
      ? none(policy.where(['conditions', 0]), 'its alert condition is not in the file or not of version 1')
      : readCondition(found, around);
  return { pair: read.pair, warnings: [...read.warnings, ...noData] };
}

function nameIn(value: unknown, key: string): string | null {
  return typeof value === 'object' && value !== null && key in value
    ? String((value as Readonly<Record<string, unknown>>)[key])
    : null;
}

function specOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'spec' in value ? value.spec : undefined;
}

function specOfKnown(one: Placed | undefined): Placed<unknown> | undefined {
  return one && { document: one.document.spec, where: (rest) => one.where(['spec', ...rest]) };
}

function none(at: string, text: string): Read {
  return { pair: null, warnings: [{ at, text }] };
}

function readCondition({ document, where }: Placed<unknown>, { target, period }: Around): Read {
  const parsed = conditionSpec.safeParse(document);
  if (!parsed.success) return none(where([]), 'its alert condition is not in the file or not of version 1');
  const { severity = '', condition } = parsed.data;
  const at = (key: string) => where(['condition', key]);
  const { kind, op, threshold, lookbackWindow = '' } = condition;
  if (kind !== 'burnrate')
    return none(at('kind'), `an alert condition of kind "${kind}" is not carried over`);
  if (op === 'lte' || op === 'lt')
    return none(
      at('op'),
      `op ${op} with a burn rate would fire while the budget is safe; gt is what was meant`,
    );
  if (threshold === undefined || threshold <= 0)
    return none(where(['condition']), 'its alert condition has no threshold above 0');
  if (threshold * (1 - target / 100) >= 1)
    return none(
      at('threshold'),
      `a burn of ${threshold} can never be reached with a target of ${target} %: where everything is bad it is ${Number((100 / (100 - target)).toPrecision(3))}`,
    );
  const longMinutes = minutesOf(lookbackWindow);
  if (!(longMinutes >= LEAST_MINUTES) || longMinutes > minutesOf(period ?? ''))
    return none(
      at('lookbackWindow'),
      `a lookbackWindow of ${lookbackWindow || 'no length'} is none of a pair: from ${LEAST_MINUTES}m to the period of the objective`,
    );
  return pairFrom({ severity, factor: threshold, longMinutes, alertAfter: condition.alertAfter }, where);
}

/** The short window is a twelfth of the long one, and a minute at least. */
const TWELFTH = 12;
const LEAST_MINUTES = TWELFTH;

interface Said {
  readonly severity: string;
  readonly factor: number;
  readonly longMinutes: number;
  readonly alertAfter: string | undefined;
}

function pairFrom({ severity, factor, longMinutes, alertAfter }: Said, where: Placed['where']): Read {
  const after = alertAfter === undefined ? 0 : minutesOf(alertAfter);
  const shortMinutes = Math.round(longMinutes / TWELFTH);
  // A pair has no wait; the short window asks that the burn still goes on, which is what a wait of its length is for.
  if (!(after <= shortMinutes))
    return none(
      where(['condition', 'alertAfter']),
      `alertAfter ${alertAfter} cannot be said: a pair fires as soon as both windows burn, the short one over ${textOf(shortMinutes)}`,
    );
  const level = LEVELS[severity.toLowerCase()];
  const pair: PairFile = {
    severity: level ?? 'ticket',
    long: textOf(longMinutes),
    short: textOf(shortMinutes),
    factor,
  };
  const { long, short } = pair;
  const added = after === 0 ? `${short} is added` : `${short} takes the place of alertAfter`;
  const told = `becomes a ${pair.severity} over ${long} and ${short}: the short window of ${added}, and asks that it still burns`;
  const unknown = `severity "${severity}" is none of Leeway; taken as a ticket, which wakes nobody`;
  return {
    pair,
    warnings: [
      { at: where(['condition']), text: told },
      ...(level === undefined ? [{ at: where(['severity']), text: unknown }] : []),
    ],
  };
}

/** What others call what should wake somebody, and what should not. */
const LEVELS: Readonly<Record<string, PairFile['severity']>> = {
  '': 'page',
  page: 'page',
  critical: 'page',
  high: 'page',
  sev1: 'page',
  ticket: 'ticket',
  warning: 'ticket',
  medium: 'ticket',
  low: 'ticket',
  info: 'ticket',
};

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440, w: 7 * 1440 };

/** NaN for what is no length of whole minutes. */
function minutesOf(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  return Number(amount || NaN) * (MINUTES[unit] ?? NaN);
}

function textOf(minutes: number): string {
  const ms = minutes * UNITS_MS.m;
  const unit = (['d', 'h', 'm'] as const).find((one) => ms % UNITS_MS[one] === 0) ?? 'm';
  return `${ms / UNITS_MS[unit]}${unit}`;
}
