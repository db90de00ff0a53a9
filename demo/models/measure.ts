/** Area under the ROC curve by ranks, ties counted half; NaN-free: null when one class is absent. */
export function areaUnderRoc(scores: Float64Array, positive: (row: number) => boolean): number | null {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to += 1;
    const tied = order.subarray(from, to).reduce((count, row) => count + (positive(row) ? 1 : 0), 0);
    positives += tied;
    rankSum += tied * ((from + 1 + to) / 2);
    from = to;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export function meanAbsoluteError(predicted: Float64Array, actual: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < actual.length; row += 1)
    sum += Math.abs((predicted[row] ?? 0) - (actual[row] ?? 0));
  return sum / Math.max(1, actual.length);
}

/** The value that `share` of all values lie above. */
export function upperQuantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - share)))] ?? 0;
}
