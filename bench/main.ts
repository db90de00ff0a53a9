import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import { detectors } from './detectors.ts';
import { fuzz } from './fuzz.ts';
import { ingest } from './ingest.ts';
import { judge } from './judge.ts';
import { router } from './router.ts';
import { inWords, thisMachine } from './kit/machine.ts';
import type { Bench } from './kit/types.ts';

/** `npm run bench NAME`: every bench by its name; one line adds one. */
const BENCHES: Readonly<Record<string, Bench>> = { ingest, detectors, judge, crash, fuzz, router };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
  },
});
const name = positionals[0] ?? '';
const bench = BENCHES[name];
if (bench === undefined) {
  const known = Object.keys(BENCHES).join(', ');
  console.error(`expected npm run bench NAME with one of ${known}, got "${name}"`);
  process.exit(2);
}
const machine = thisMachine();
const print = (line: string) => console.log(line);
print(`bench ${name}${values.quick ? ', quick' : ''}: ${inWords(machine)}`);
const found = await bench({
  quick: values.quick,
  only: values.only?.split(',') ?? null,
  seed: Number(values.seed),
  seconds: values.seconds === undefined ? null : Number(values.seconds),
  machine,
  print,
});
print(JSON.stringify({ bench: name, quick: values.quick, machine, ...found }));
