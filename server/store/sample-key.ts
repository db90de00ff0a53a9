/**
 * A row's 64-bit sample key: the rows with the smallest keys are a sample that is the same at every ask and in every
 * store. Four Feistel rounds over the low 32 bits of batch and the ordinal, each round the last steps of a 32-bit
 * Murmur hash; a bijection, so no two rows share a key.
 */
export const SAMPLE_ROUNDS: readonly number[] = [0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834];
/** Multipliers of MurmurHash3's 32-bit finalizer. */
export const SAMPLE_FACTORS = [0x85ebca6b, 0xc2b2ae35] as const;

export function sampleKey(batch: bigint, ordinal: number): bigint {
  let left = Number(BigInt.asUintN(32, batch));
  let right = ordinal >>> 0;
  for (const constant of SAMPLE_ROUNDS) {
    const mixed = (left ^ mix((right + constant) >>> 0)) >>> 0;
    left = right;
    right = mixed;
  }
  return (BigInt(left) << 32n) | BigInt(right);
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), SAMPLE_FACTORS[0]);
  hash = Math.imul(hash ^ (hash >>> 13), SAMPLE_FACTORS[1]);
  return hash ^ (hash >>> 16);
}
