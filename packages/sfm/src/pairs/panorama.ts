import { nearestRotation } from '@epipole/geometry'

/** How well a pure rotation explains matched rays. */
export interface RotationFit {
  /** b-from-a rotation, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Matches within the threshold. */
  readonly inliers: number
}

/**
 * The rotation that best turns the rays of one photo into those of the other, and how many matches agree with it: what
 * tells a camera that only turned from one that also moved before a plane. Kabsch on unit rays, refitted on its inliers.
 *
 * @param raysA normalised coordinates, `2 × n`
 * @param raysB the same of the other photo
 * @param use indices of the matches to fit
 * @param maxError largest distance on the plane z = 1 of photo b
 */
export function fitRotation(
  raysA: Float64Array,
  raysB: Float64Array,
  use: ArrayLike<number>,
  maxError: number,
): RotationFit {
  let kept: ArrayLike<number> = use
  let R = new Float64Array([1, 0, 0, 0, 1, 0, 0, 0, 1])
  for (let round = 0; round < 4; round++) {
    R = kabsch(raysA, raysB, kept)
    const next: number[] = []
    // The first fit bears the whole set's outliers, so the gate narrows from round to round.
    const gate = maxError * Math.max(1, 4 >> round)
    for (let i = 0; i < use.length; i++) if (rotationError(R, raysA, raysB, use[i]) <= gate) next.push(use[i])
    if (next.length < 2) return { R, inliers: next.length }
    kept = next
  }
  let inliers = 0
  for (let i = 0; i < use.length; i++) if (rotationError(R, raysA, raysB, use[i]) <= maxError) inliers++
  return { R, inliers }
}

function kabsch(raysA: Float64Array, raysB: Float64Array, use: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const M = new Float64Array(9)
  for (let i = 0; i < use.length; i++) {
    const ax = raysA[2 * use[i]]
    const ay = raysA[2 * use[i] + 1]
    const bx = raysB[2 * use[i]]
    const by = raysB[2 * use[i] + 1]
    const w = 1 / Math.sqrt((ax * ax + ay * ay + 1) * (bx * bx + by * by + 1))
    M[0] += w * bx * ax
    M[1] += w * bx * ay
    M[2] += w * bx
    M[3] += w * by * ax
    M[4] += w * by * ay
    M[5] += w * by
    M[6] += w * ax
    M[7] += w * ay
    M[8] += w
  }
  const R = new Float64Array(9)
  nearestRotation(M, R)
  return R
}

function rotationError(R: Float64Array, raysA: Float64Array, raysB: Float64Array, i: number): number {
  const x = raysA[2 * i]
  const y = raysA[2 * i + 1]
  const z = R[6] * x + R[7] * y + R[8]
  if (!(z > 0)) return Number.POSITIVE_INFINITY
  const dx = (R[0] * x + R[1] * y + R[2]) / z - raysB[2 * i]
  const dy = (R[3] * x + R[4] * y + R[5]) / z - raysB[2 * i + 1]
  return Math.sqrt(dx * dx + dy * dy)
}
