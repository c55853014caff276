import type { Normalization } from './normalize.js'

/**
 * The epipolar system of a sample: row i is x2 ⊗ x1, so that its product with the row-major entries of M is x2ᵀ M x1.
 *
 * @param A written: nine numbers a pair
 * @param n how many pairs of the sample
 */
export function epipolarRows(
  A: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  n: number = sample.length,
): void {
  for (let i = 0; i < n; i++) {
    const at = 9 * i
    const k = 2 * sample[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    A[at] = x2 * x1
    A[at + 1] = x2 * y1
    A[at + 2] = x2
    A[at + 3] = y2 * x1
    A[at + 4] = y2 * y1
    A[at + 5] = y2
    A[at + 6] = x1
    A[at + 7] = y1
    A[at + 8] = 1
  }
}

let normalized1 = new Float64Array(64)
let normalized2 = new Float64Array(64)
let order = Int32Array.from({ length: 32 }, (_, i) => i)

/** The same for normalised points. */
export function normalizedEpipolarRows(
  A: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  T1: Normalization,
  T2: Normalization,
): void {
  const n = sample.length
  if (order.length < n) {
    normalized1 = new Float64Array(4 * n)
    normalized2 = new Float64Array(4 * n)
    order = Int32Array.from({ length: 2 * n }, (_, i) => i)
  }
  for (let i = 0; i < n; i++) {
    const k = 2 * sample[i]
    normalized1[2 * i] = T1.scale * (xy1[k] - T1.cx)
    normalized1[2 * i + 1] = T1.scale * (xy1[k + 1] - T1.cy)
    normalized2[2 * i] = T2.scale * (xy2[k] - T2.cx)
    normalized2[2 * i + 1] = T2.scale * (xy2[k + 1] - T2.cy)
  }
  epipolarRows(A, normalized1, normalized2, order, n)
}
