import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASHED, NO_ID, UUID } from '../../server/batch.ts';
import { Ids, idText, murmur128 } from '../../server/ids.ts';

function idsOf(texts: readonly (string | null)[]): Ids {
  const ids = new Ids();
  for (const text of texts) ids.push(text);
  return ids;
}

describe('an id', () => {
  it.each([
    ['no id', null, NO_ID],
    ['a UUID in lower case', '0192f0c1-7a3b-7c4d-8e5f-0123456789ab', UUID],
    ['a UUID in upper case', '0192F0C1-7A3B-7C4D-8E5F-0123456789AB', HASHED],
    ['a UUID with a digit too many', '0192f0c1-7a3b-7c4d-8e5f-0123456789abc', HASHED],
    ['a UUID with a letter that is no digit', '0192f0c1-7a3b-7c4d-8e5f-0123456789ag', HASHED],
    ['a UUID whose dashes stand elsewhere', '0192f0c17-a3b-7c4d-8e5f-0123456789ab', HASHED],
    ['a short text', 'order-17', HASHED],
    ['a text beyond any scratch', 'ü'.repeat(2000), HASHED],
  ] as const)('that is %s comes back as it was sent', (_what, text, kind) => {
    const ids = idsOf(['before', text, null]);
    expect(ids.kinds[1]).toBe(kind);
    expect(idText(ids, 1)).toBe(text);
    expect(idText(ids, 2)).toBeNull();
  });

  it('of any text comes back, and equal texts have equal words', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.uuid());
    fc.assert(
      fc.property(fc.array(fc.option(text)), (texts) => {
        const ids = idsOf(texts);
        const again = idsOf(texts.toReversed());
        expect(texts.map((_, row) => idText(ids, row))).toEqual(texts);
        texts.forEach((_, row) =>
          expect(ids.words.slice(row * 4, row * 4 + 4)).toEqual(
            again.words.slice((texts.length - 1 - row) * 4, (texts.length - row) * 4),
          ),
        );
      }),
    );
  });
});

/** From the mmh3 package for Python, 5.3.1: `mmh3.hash_bytes(text, 0, False)` as four little-endian integers. */
const MURMUR: readonly (readonly [string, readonly number[]])[] = [
  ['', [0, 0, 0, 0]],
  ['a', [-1483435204, 1431744539, 1431744539, 1431744539]],
  ['hello', [723797152, -611197193, -1696910922, -1696910922]],
  ['1234567890123', [-1105090941, 955530939, 428197922, -1142063811]],
  ['1234567890123456', [540925880, 435436931, 1061205068, -757620547]],
  ['request-0001/1234567890-abcdef', [-234015858, -1728183829, -485402264, 1810630043]],
];

it.each(MURMUR)('the hash of "%s" is that of MurmurHash3 x86 128', (text, words) => {
  expect(murmur128(Buffer.from(text))).toEqual(words);
});
