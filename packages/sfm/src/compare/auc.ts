/**
 * Area under the recall curve up to a threshold, in per cent: recall(e) is the share of errors below e, a step curve, integrated
 * from 0 to the threshold and divided by it. Errors at or above the threshold, infinite ones too, count as misses.
 *
 * @param sorted ascending, not NaN
 */
export function stepAuc(sorted: Float64Array, threshold: number): number {
  let area = 0
  let previous = 0
  let recall = 0
  for (let i = 0; i < sorted.length && sorted[i] < threshold; i++) {
    area += (sorted[i] - previous) * recall
    previous = sorted[i]
    recall = (i + 1) / sorted.length
  }
  area += (threshold - previous) * recall
  return (area / threshold) * 100
}
