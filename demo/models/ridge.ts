import { VECTOR_LENGTH } from './encoding.ts';

/** Ridge regression by the normal equations; `penalty` is the L2 weight per row on everything but the constant. */
export function fitRidge(vectors: Float64Array, target: Float64Array, penalty: number): Float64Array {
  const size = VECTOR_LENGTH;
  const matrix = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (let row = 0; row < target.length; row += 1) {
    for (let i = 0; i < size; i += 1)
      addRow(matrix[i], vectors, { offset: row * size, i, target: target[row] ?? 0 });
  }
  for (let i = 1; i < size; i += 1) {
    const line = matrix[i];
    if (line !== undefined) line[i] = (line[i] ?? 0) + penalty * target.length;
  }
  return solve(matrix);
}

function addRow(
  line: Float64Array | undefined,
  vectors: Float64Array,
  at: { readonly offset: number; readonly i: number; readonly target: number },
): void {
  if (line === undefined) return;
  const x = vectors[at.offset + at.i] ?? 0;
  for (let j = 0; j < VECTOR_LENGTH; j += 1) line[j] = (line[j] ?? 0) + x * (vectors[at.offset + j] ?? 0);
  line[VECTOR_LENGTH] = (line[VECTOR_LENGTH] ?? 0) + x * at.target;
}

/** Gauss-Jordan elimination of [A | b]; A is positive definite, so no row exchange is needed. */
function solve(matrix: readonly Float64Array[]): Float64Array {
  for (const [pivot, line] of matrix.entries()) {
    const head = line[pivot] ?? 0;
    for (let j = 0; j < line.length; j += 1) line[j] = (line[j] ?? 0) / head;
    for (const other of matrix) {
      if (other !== line) subtract(other, line, other[pivot] ?? 0);
    }
  }
  return Float64Array.from(matrix, (line) => line.at(-1) ?? 0);
}

function subtract(from: Float64Array, line: Float64Array, factor: number): void {
  for (let j = 0; j < from.length; j += 1) from[j] = (from[j] ?? 0) - factor * (line[j] ?? 0);
}
