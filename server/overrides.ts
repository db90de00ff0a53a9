import type { ModelKey, Rule, RuleOverride } from './model.ts';

/** What names tenants, models and subjects it is about. Absent: all of them; `*` stands for any run of characters. */
export interface Selector {
  readonly tenant?: string | undefined;
  readonly model?: string | undefined;
  readonly subject?: string | undefined;
}

/** Whether a name fits: a pattern in which every character but `*` stands for itself. */
export function matchesPattern(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined) return true;
  const [start = '', ...parts] = pattern.split('*');
  const end = parts.pop();
  if (end === undefined) return pattern === name;
  if (!name.startsWith(start) || !name.endsWith(end) || name.length < start.length + end.length) return false;
  const middle = name.slice(start.length, name.length - end.length);
  let at = 0;
  for (const part of parts) {
    const found = middle.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

/** A subject says more than a model, a model more than a tenant. */
const FIELDS = ['subject', 'model', 'tenant'] as const;

/** The most specific first: a name before a pattern, a longer pattern before a shorter one, and both before nothing. */
export function mostSpecificFirst<S extends Selector>(selectors: readonly S[]): readonly S[] {
  return selectors.toSorted((first, second) => compare(second, first));
}

/** Pairs that fit some same subject and are equally specific, by their places in the list. */
export function tiesAmong(selectors: readonly Selector[]): readonly (readonly [number, number])[] {
  return selectors.flatMap((second, at) =>
    selectors
      .slice(0, at)
      .flatMap((first, before) =>
        compare(first, second) === 0 && FIELDS.every((field) => overlap(first[field], second[field]))
          ? [[before, at] as const]
          : [],
      ),
  );
}

function compare(first: Selector, second: Selector): number {
  const differences = FIELDS.map((field) => narrowness(first[field]) - narrowness(second[field]));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Longer than any pattern. */
const EXACT = 1_000_000;

function narrowness(pattern: string | undefined): number {
  if (pattern === undefined) return 0;
  return pattern.includes('*') ? pattern.replaceAll('*', '').length : EXACT;
}

/** Whether some name fits both. */
function overlap(first: string | undefined, second: string | undefined): boolean {
  if (first === undefined || second === undefined) return true;
  // In round i, shared[j]: some text fits both the first i characters of `first` and the first j of `second`.
  let shared = Array.from({ length: second.length + 1 }, (_, at) => /^\**$/.test(second.slice(0, at)));
  for (const character of first.split('')) {
    const before = shared;
    shared = [character === '*' && before[0] === true];
    for (const [at, other] of second.split('').entries()) {
      const isStar = character === '*' || other === '*';
      shared.push(
        isStar ? before[at + 1] === true || shared[at] === true : character === other && before[at] === true,
      );
    }
  }
  return shared[second.length] === true;
}

/** What a rule judges. */
export interface Judged extends ModelKey {
  readonly subject: string;
}

/** The rule as it judges one subject of one model; null when it is off there. */
export function ruleFor(rule: Rule, judged: Judged): Rule | null {
  const own = rule.overrides?.find((override) => fits(override, judged));
  if (own === undefined) return rule;
  return own.off === true ? null : changedBy(rule, own);
}

function fits(override: RuleOverride, judged: Judged): boolean {
  return FIELDS.every((field) => matchesPattern(override[field], judged[field]));
}

/** The rule with what the override says otherwise. */
export function changedBy(rule: Rule, own: RuleOverride): Rule {
  const { page: rulePage, ticket: ruleTicket, ...rest } = rule;
  const [page, ticket] = [own.page ?? rulePage, own.ticket ?? ruleTicket];
  return {
    ...rest,
    persistence: { ...rule.persistence, ...own.persistence },
    ...(page !== undefined && page !== 'off' && { page }),
    ...(ticket !== undefined && ticket !== 'off' && { ticket }),
  };
}
