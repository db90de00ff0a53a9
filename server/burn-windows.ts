import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { duration } from './config-common.ts';
import type { BurnPair } from './detect/types.ts';
import { FatalError } from './errors.ts';

const schema = z.strictObject({
  burnWindows: z
    .array(
      z.strictObject({
        severity: z.enum(['page', 'ticket']),
        long: duration,
        short: duration,
        factor: z.number().positive(),
      }),
    )
    .min(1),
});

/** Reads `burn-windows.yaml` of the rules folder; a mistake is fatal and names the file. */
export function loadBurnWindows(folder: string): readonly BurnPair[] {
  const file = join(folder, 'burn-windows.yaml');
  if (!existsSync(file))
    throw new FatalError(`${file}: no such file; the rules folder needs the burn windows`, { exitCode: 2 });
  const parsed = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new FatalError(`${file}: ${z.prettifyError(parsed.error)}`, { exitCode: 2 });
  return parsed.data.burnWindows.map(({ severity, long, short, factor }) => ({
    severity,
    longMs: long,
    shortMs: short,
    factor,
  }));
}
