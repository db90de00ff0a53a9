import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { duration } from './config-common.ts';
import { pairsOf } from './detect/slo-pairs.ts';
import type { BurnTable } from './detect/types.ts';
import { FatalError } from './errors.ts';
import type { ModelSettings } from './settings.ts';

const budget = z.number().positive().max(100);
const pair = z.strictObject({
  severity: z.enum(['page', 'ticket']),
  long: duration,
  short: duration,
  budget,
});

const schema = z.strictObject({
  burnWindows: z
    .array(
      z.strictObject({
        of: z.enum(['events', 'slices']),
        fromPeriod: duration,
        pairs: z.array(pair).min(1),
        lowVolume: z
          .strictObject({ within: duration, events: z.int().min(2), budget, over: duration })
          .optional(),
      }),
    )
    .min(1)
    .refine(
      (tables) => ['events', 'slices'].every((of) => tables.some((table) => table.of === of)),
      'expected a table of events and one of slices',
    ),
});

/** Reads `burn-windows.yaml` of the rules folder; a mistake is fatal and names the file. */
export function loadBurnWindows(folder: string): readonly BurnTable[] {
  const file = join(folder, 'burn-windows.yaml');
  if (!existsSync(file))
    throw new FatalError(`${file}: no such file; the rules folder needs the burn windows`, { exitCode: 2 });
  const parsed = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new FatalError(`${file}: ${z.prettifyError(parsed.error)}`, { exitCode: 2 });
  return parsed.data.burnWindows.map(toTable);
}

/** Throws FatalError for an objective that none of the pairs fits: it could never fire. */
export function checkObjectives(models: readonly ModelSettings[], tables: readonly BurnTable[]): void {
  const never = models.flatMap(({ tenant, model, slos }) =>
    slos
      .filter((slo) => pairsOf(tables, slo).length === 0)
      .map(
        ({ id }) =>
          `${tenant}/${model}: the objective ${id} can never fire: no pair of burn-windows.yaml fits its period and its slices; give it a \`burn\` of its own, or a shorter window to the model`,
      ),
  );
  if (never.length > 0) throw new FatalError(never.join('\n'), { exitCode: 2 });
}

function toTable(table: z.output<typeof schema>['burnWindows'][number]): BurnTable {
  const { lowVolume: low } = table;
  return {
    of: table.of,
    fromPeriodMs: table.fromPeriod,
    pairs: table.pairs.map(({ severity, long, short, budget: percent }) => ({
      severity,
      longMs: long,
      shortMs: short,
      budget: percent / 100,
    })),
    lowVolume:
      low === undefined
        ? null
        : { withinMs: low.within, events: low.events, budget: low.budget / 100, overMs: low.over },
  };
}
