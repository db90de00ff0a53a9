import { call } from './calls.ts';
import type { FuzzCase, Made } from './case.ts';
import { cloudEvents } from './events.ts';
import { ndjson } from './lines.ts';
import { Random } from './random.ts';
import { brokenProtobuf, otlpJson, plainJson, protobuf, spoiledProtobuf, wrongly } from './requests.ts';
import { arrow } from './tables.ts';

/** Requests that go wrong in every way we know of, each named by its seed. */

const KINDS: readonly (readonly [number, (random: Random) => Made])[] = [
  [0.35, spoiledProtobuf],
  [0.55, brokenProtobuf],
  [0.65, protobuf],
  [0.78, otlpJson],
  [0.9, plainJson],
  [1, wrongly],
];

/** What came later: of every five seeds the last, so that the others mean what they meant. */
const LATER_KINDS: typeof KINDS = [
  [0.3, call],
  [0.55, arrow],
  [0.8, cloudEvents],
  [1, ndjson],
];

function made(seed: number, kinds: typeof KINDS): FuzzCase {
  const random = new Random(seed);
  const kind = random.next();
  const [, make] = kinds.find(([upTo]) => kind < upTo) ?? [1, protobuf];
  return { ...make(random), seed };
}

/** The same seed is the same request for ever. */
export function caseOf(seed: number): FuzzCase {
  return made(seed, seed % 5 === 4 ? LATER_KINDS : KINDS);
}

/** OTLP over HTTP or rows in JSON, whatever the seed. */
export function firstCaseOf(seed: number): FuzzCase {
  return made(seed, KINDS);
}
