import { gzipSync } from 'node:zlib';
import { broken, misread } from './broken.ts';
import { JSON_TYPE } from './case.ts';
import type { Made } from './case.ts';
import type { Random } from './random.ts';
import { jsonRow } from './records.ts';

/** NDJSON: lines of every sort between ends of every sort. Each line that is not empty is a row or a refusal. */

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** More than a line may have. */
const HUGE = 1_100_000;
const LINE_FEED = 10;

type Route = 'predictions' | 'labels';

function line(random: Random, route: Route): Buffer {
  const row = Buffer.from(JSON.stringify(jsonRow(random, route)));
  const kind = random.next();
  if (kind < 0.5) return row;
  if (kind < 0.51) return Buffer.from(`{"model":"${'x'.repeat(HUGE)}"}`);
  if (kind < 0.65)
    return Buffer.from(
      random.pick(['', ' ', '\t\r', '[]', '7', 'null', '"x"', '{}', '[{}]', '\ufeff', '\u2028', '{"a":1}{}']),
    );
  if (kind < 0.75) return misread(random, row).body;
  if (kind < 0.8) return Buffer.concat([MARK, row]);
  // What is broken may not become two lines: they would be counted as one here.
  return Buffer.from(broken(random, row).body.map((byte) => (byte === LINE_FEED ? 32 : byte)));
}

/** A line of a file that a serving stack writes; how many rows it has is its own affair. */
function foreignLine(random: Random): Buffer {
  const text = JSON.stringify(
    random.pick<object>([
      { captureData: { endpointInput: { data: '1,2', encoding: 'CSV' }, endpointOutput: { data: '0.5' } } },
      { captureData: random.pick<unknown>([null, 7, [], {}, { endpointInput: 3 }]) },
      { databricks_request_id: 'r', request: '{"inputs":[[1]]}', response: '{"predictions":[1]}' },
      { databricks_request_id: random.pick<unknown>([null, 7, {}]), request: '{', response: null },
      { groundTruthData: { data: '1', encoding: 'CSV' }, eventMetadata: { eventId: 'a' } },
      { groundTruthData: random.pick<unknown>([null, 7, []]) },
    ]),
  );
  return random.chance(0.5) ? Buffer.from(text) : misread(random, Buffer.from(text)).body;
}

function isEmpty(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return text.trim() === '' && Buffer.from(text).equals(bytes);
}

function bodyOf(random: Random, lines: readonly Buffer[]): Buffer {
  const ends = random.pick([['\n'], ['\r\n'], ['\n', '\r\n', '\n\n', '\r\n \n']]);
  const parts = lines.flatMap((one, at) => [
    one,
    Buffer.from(at === lines.length - 1 && random.chance(0.3) ? '' : random.pick(ends)),
  ]);
  return Buffer.concat([...(random.chance(0.2) ? [MARK] : []), ...parts]);
}

export function ndjson(random: Random): Made {
  const route: Route = random.chance(0.7) ? 'predictions' : 'labels';
  const isForeign = random.chance(0.1);
  const lines = Array.from({ length: random.below(8) }, () =>
    isForeign && random.chance(0.5) ? foreignLine(random) : line(random, route),
  );
  const whole = bodyOf(random, lines);
  const isWhole = random.chance(0.8);
  const body = isWhole ? whole : broken(random, whole).body;
  const rows = lines.filter((one) => !isEmpty(one)).length;
  const isPacked = random.chance(0.2);
  return {
    names: ['NDJSON', ...(isForeign ? ['of other stacks'] : []), ...(isWhole ? [] : ['broken'])],
    route,
    path: `/api/v1/${route}`,
    headers: {
      ...JSON_TYPE,
      'content-type': random.pick([
        'application/x-ndjson',
        'application/jsonl',
        'application/ndjson; charset=utf-8',
      ]),
      ...(isPacked && { 'content-encoding': 'gzip' }),
    },
    body: isPacked ? gzipSync(body) : body,
    protobuf: null,
    ...(!isPacked && { format: 'ndjson' }),
    records: isWhole && !isForeign ? { least: rows, most: rows } : null,
  };
}
