/** Order statistics of plain number arrays. They copy their input unless they say otherwise. */

/** The k-th smallest (from 0) of x[0…n), by quickselect with median-of-three pivots; reorders x. */
export function selectInPlace(x: Float64Array, k: number, n: number = x.length): number {
  let low = 0
  let high = n - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const a = x[low]
    const b = x[middle]
    const c = x[high]
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let i = low
    let j = high
    while (i <= j) {
      while (x[i] < pivot) i++
      while (x[j] > pivot) j--
      if (i > j) break
      const swap = x[i]
      x[i++] = x[j]
      x[j--] = swap
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else return x[k]
  }
  return x[k]
}

/** The median (mean of the middle two for even counts); NaN for an empty array. */
export function median(x: ArrayLike<number>): number {
  return quantile(x, 0.5)
}

/**
 * The q-quantile, 0 ≤ q ≤ 1, interpolated linearly between order statistics (type 7 of Hyndman & Fan 1996: the default of
 * numpy and R); NaN for an empty array.
 */
export function quantile(x: ArrayLike<number>, q: number): number {
  const n = x.length
  if (n === 0) return Number.NaN
  const copy = Float64Array.from(x)
  const position = Math.min(1, Math.max(0, q)) * (n - 1)
  const k = Math.floor(position)
  const lower = selectInPlace(copy, k)
  if (position === k || k + 1 >= n) return lower
  let upper = Number.POSITIVE_INFINITY
  for (let i = k + 1; i < n; i++) upper = Math.min(upper, copy[i])
  const weight = position - k
  // Rounding may step past the upper one; the gap of huge values of both signs overflows.
  const between = lower + weight * (upper - lower)
  return between <= upper ? between : Math.min(upper, (1 - weight) * lower + weight * upper)
}

/** 1.4826 × the median absolute deviation from the median: the standard deviation of a normal sample, robustly. */
export function medianDeviation(x: ArrayLike<number>): number {
  const center = median(x)
  return 1.482602218505602 * median(Float64Array.from(x, (v) => Math.abs(v - center)))
}
