import { dot, VECTOR_LENGTH } from './encoding.ts';

/**
 * Logistic regression by full-batch gradient descent with momentum on encoded rows; `penalty` is the L2 weight per row
 * on everything but the constant.
 */
export function fitLogistic(
  vectors: Float64Array,
  target: Float64Array,
  options: { readonly steps: number; readonly penalty: number },
): Float64Array {
  const weights = new Float64Array(VECTOR_LENGTH);
  const velocity = new Float64Array(VECTOR_LENGTH);
  for (let step = 0; step < options.steps; step += 1) {
    const gradient = gradientOf(vectors, target, weights);
    for (let i = 0; i < VECTOR_LENGTH; i += 1) {
      const pull = i === 0 ? 0 : options.penalty * (weights[i] ?? 0);
      const speed = MOMENTUM * (velocity[i] ?? 0) - LEARNING_RATE * ((gradient[i] ?? 0) + pull);
      velocity[i] = speed;
      weights[i] = (weights[i] ?? 0) + speed;
    }
  }
  return weights;
}

const LEARNING_RATE = 0.3;
const MOMENTUM = 0.9;

function gradientOf(vectors: Float64Array, target: Float64Array, weights: Float64Array): Float64Array {
  const gradient = new Float64Array(VECTOR_LENGTH);
  for (let row = 0; row < target.length; row += 1) {
    const offset = row * VECTOR_LENGTH;
    const error = logistic(dot(weights, vectors, offset)) - (target[row] ?? 0);
    for (let i = 0; i < VECTOR_LENGTH; i += 1) {
      gradient[i] = (gradient[i] ?? 0) + error * (vectors[offset + i] ?? 0);
    }
  }
  return gradient.map((sum) => sum / Math.max(1, target.length));
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
