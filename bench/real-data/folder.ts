import { existsSync } from 'node:fs';
import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '../..');

/** Where the real data lies: the folder that LEEWAY_REAL_DATA names, else `shared/data` beside the checkout; null: nowhere. */
export function realDataFolder(): string | null {
  const folder = process.env['LEEWAY_REAL_DATA'] ?? join(CHECKOUT, '../shared/data');
  return existsSync(folder) ? folder : null;
}

export const NO_REAL_DATA =
  'the real data is not there: put it into shared/data beside the checkout, or name its folder in LEEWAY_REAL_DATA';
