import { angleBetweenRad, degrees, mat3TransposeApply, median, type Rigid } from '@epipole/geometry'

/**
 * Median angle between the two viewing rays of matches, degrees: how well they triangulate.
 *
 * @param bFromA relative pose
 * @param raysA normalised coordinates, `2 × n`
 * @param use indices of the matches that count
 */
export function medianAngleDeg(bFromA: Rigid, raysA: Float64Array, raysB: Float64Array, use: Int32Array): number {
  if (use.length === 0) return 0
  const angles = new Float64Array(use.length)
  use.forEach((m, i) => {
    const a = [raysA[2 * m], raysA[2 * m + 1], 1]
    const b = mat3TransposeApply(bFromA.R, [raysB[2 * m], raysB[2 * m + 1], 1])
    angles[i] = angleBetweenRad(a, b)
  })
  return degrees(median(angles))
}
