import fc from 'fast-check';
import type { Severity } from '../../../../server/model.ts';
import { SLOTS } from './appliance.ts';
import { TREES } from './trees.ts';

/** One thing that happens to the router or to the world around it. Each is possible at any time. */
export type Command =
  | { readonly do: 'fire'; readonly slot: number; readonly severity: Severity }
  | { readonly do: 'resolve'; readonly slot: number }
  | { readonly do: 'join'; readonly slot: number }
  | { readonly do: 'acknowledge'; readonly slot: number }
  | { readonly do: 'storm' }
  | { readonly do: 'calm' }
  | {
      readonly do: 'silence';
      readonly matcher: string;
      readonly inMinutes: number;
      readonly forMinutes: number;
    }
  | { readonly do: 'unsilence' }
  | { readonly do: 'reload'; readonly tree: number }
  | { readonly do: 'crash'; readonly when: 'between' | 'after leasing' | 'after sending' }
  | { readonly do: 'receiver'; readonly id: string; readonly is: ReceiverState }
  | { readonly do: 'wait'; readonly minutes: number };

/** `deaf`: it takes what it is sent, and its answer is lost. */
export type ReceiverState = 'up' | 'down' | 'refusing' | 'deaf';

export const RECEIVERS = ['oncall', 'tickets', 'boss', 'extra'] as const;

const slot = fc.nat({ max: SLOTS - 1 });

const one = <Name extends Command['do']>(name: Name) => fc.constant(name);

const alerts: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: one('fire'),
      slot,
      severity: fc.constantFrom('ticket' as const, 'page' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: one('resolve'), slot }) },
  { weight: 1, arbitrary: fc.record({ do: one('join'), slot }) },
  { weight: 1, arbitrary: fc.record({ do: one('acknowledge'), slot }) },
);

const quiet: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: one('silence'),
      matcher: fc.constantFrom('model="m0"', 'severity="page"', 'subject=~"s[0-5]"', 'rule="drifts"'),
      inMinutes: fc.constantFrom(0, 0, 4, 40),
      forMinutes: fc.constantFrom(3, 20, 90),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'unsilence' }) },
);

const trouble: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: one('reload'), tree: fc.nat({ max: TREES.length - 1 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: one('crash'),
      when: fc.constantFrom('between' as const, 'after leasing' as const, 'after sending' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: one('receiver'),
      id: fc.constantFrom(...RECEIVERS),
      is: fc.constantFrom<ReceiverState>('up', 'down', 'refusing', 'deaf'),
    }),
  },
);

const wait = fc.record({ do: one('wait'), minutes: fc.constantFrom(1, 2, 5, 7, 30, 120, 400) });

const command = fc.oneof(
  { weight: 9, arbitrary: alerts },
  { weight: 3, arbitrary: quiet },
  { weight: 4, arbitrary: trouble },
  { weight: 8, arbitrary: wait },
);

export const commands = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });

/** For an appliance on disk, where each takes its time. */
export const fewCommands = fc.array(command, { minLength: 4, maxLength: 14, size: 'max' });

/** The same with storms, which take longer. */
export const stormyCommands = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: command },
    { weight: 2, arbitrary: fc.constant<Command>({ do: 'storm' }) },
    { weight: 1, arbitrary: fc.constant<Command>({ do: 'calm' }) },
  ),
  { minLength: 1, maxLength: 20, size: 'max' },
);
