import type { Bench } from './types.ts';

/** A bench of parts, run in their order; `--only` picks some by name. */
export function benchOf(parts: Readonly<Record<string, Bench>>): Bench {
  return async (options) => {
    const names = options.only ?? Object.keys(parts);
    const unknown = names.filter((name) => !Object.hasOwn(parts, name));
    if (unknown.length > 0)
      throw new Error(`No part ${unknown.join(', ')}; expected some of ${Object.keys(parts).join(', ')}.`);
    const found: Record<string, unknown> = {};
    for (const name of names) {
      options.print(`\n${name}`);
      Object.assign(found, await parts[name]?.(options));
    }
    options.print('');
    return found;
  };
}
