import type { Random } from './random.ts';

/** Bodies spoiled without a look at what they mean. */

interface Broken {
  readonly name: string;
  readonly body: Buffer;
}

/** Bytes changed without a look at what they mean. */
export function broken(random: Random, body: Buffer): Broken {
  const bytes = Buffer.from(body);
  const at = random.below(Math.max(1, bytes.length));
  return random.pick([
    () => ({ name: 'cut short', body: bytes.subarray(0, at) }),
    () => ({ name: 'begun late', body: bytes.subarray(at) }),
    () => ({
      name: 'with bytes left out',
      body: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(9))]),
    }),
    () => ({
      name: 'with bytes put in',
      body: Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(9)), bytes.subarray(at)]),
    }),
    () => ({ name: 'twice', body: Buffer.concat([bytes, bytes]) }),
    () => {
      for (let flip = 0; flip < 1 + (at % 8) && bytes.length > 0; flip += 1) {
        const place = random.below(bytes.length);
        bytes[place] = (bytes[place] as number) ^ (1 << random.below(8));
      }
      return { name: 'with bits flipped', body: bytes };
    },
    () => ({ name: 'of any bytes', body: random.bytes(random.below(400)) }),
  ])();
}

/** A JSON value replaced by another that is none of what belongs there. */
export function misread(random: Random, body: Buffer): Broken {
  const text = body.toString('utf8');
  const values = [...text.matchAll(/("[^"]*"|-?\d+(\.\d+)?|true|false|null|\{\}|\[\])(?=[,}\]])/g)];
  const found = random.pick(values);
  const other = random.pick([
    'null',
    '[]',
    '{}',
    '1e999',
    '-1',
    '"NaN"',
    '[[[]]]',
    '{"__proto__":1}',
    '"\\ud800"',
    '9223372036854775808',
    'true',
    '""',
  ]);
  if (found === undefined) return { name: 'empty', body: Buffer.from(other) };
  const to = found.index + found[0].length;
  return {
    name: `with ${other} for a value`,
    body: Buffer.from(text.slice(0, found.index) + other + text.slice(to)),
  };
}
