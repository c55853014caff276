import { mat3Determinant } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { svd3 } from '../math/svd3.js'

/**
 * Motion from an essential matrix.
 *
 * Problem: E ~ [t]ₓ R; find R and the direction of t.
 * Method: the SVD; Hartley & Zisserman, result 9.19. Points in front of both cameras choose (cheirality).
 * Preconditions: singular values (σ, σ, 0), else the nearest such matrix is meant.
 * Solutions: four, of which one puts points in front.
 */

/**
 * The four motions with E = ± [t]ₓ R: t is ± the left null vector, unit, R = U W Vᵀ or U Wᵀ Vᵀ (Hartley and Zisserman,
 * result 9.19).
 */
export function posesFromEssential(E: Float64Array): Rigid[] {
  const { U, V } = svd3(E)
  const signU = mat3Determinant(U) < 0 ? -1 : 1
  const signV = mat3Determinant(V) < 0 ? -1 : 1
  const t = Float64Array.of(signU * U[2], signU * U[5], signU * U[8])
  const minus = t.map((v) => -v)
  const sign = signU * signV
  const rotation = (w: number): Float64Array => {
    // U W Vᵀ with W = [0 −w 0; w 0 0; 0 0 1], made proper by the signs.
    const R = new Float64Array(9)
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        R[3 * r + c] = sign * (w * U[3 * r + 1] * V[3 * c] - w * U[3 * r] * V[3 * c + 1] + U[3 * r + 2] * V[3 * c + 2])
      }
    }
    return R
  }
  const A = rotation(1)
  const B = rotation(-1)
  return [
    { R: A, t },
    { R: A, t: minus },
    { R: B, t },
    { R: B, t: minus },
  ]
}

/**
 * The motion cam2FromCam1 of an essential matrix: of its four, the one that puts most points in front of both cameras.
 *
 * @param xy1 normalised coordinates, x y x y …
 * @param use indices of the pairs that count; default all
 * @returns undefined where no pair is in front of both cameras, or two motions do equally well
 */
export function poseFromEssential(
  E: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  use?: ArrayLike<number>,
): Rigid | undefined {
  const poses = posesFromEssential(E)
  const counts = cheiralityCounts(poses, xy1, xy2, use)
  const most = Math.max(...counts)
  if (most === 0 || counts.indexOf(most) !== counts.lastIndexOf(most)) return undefined
  return poses[counts.indexOf(most)]
}

/**
 * How many pairs each motion puts in front of both cameras.
 *
 * @param poses candidates for cam2FromCam1
 * @param xy1 normalised coordinates, x y x y …
 * @param use indices of the pairs that count; default all
 */
export function cheiralityCounts(
  poses: readonly Rigid[],
  xy1: Float64Array,
  xy2: Float64Array,
  use?: ArrayLike<number>,
): Int32Array {
  return Int32Array.from(poses, (pose) => countInFront(pose, xy1, xy2, use))
}

/** Pairs whose rays meet in front of both cameras: the signs of the depths of the midpoint, without its division. */
function countInFront({ R, t }: Rigid, xy1: Float64Array, xy2: Float64Array, use?: ArrayLike<number>): number {
  const n = use?.length ?? xy1.length / 2
  let count = 0
  for (let k = 0; k < n; k++) {
    const i = 2 * (use?.[k] ?? k)
    const x = xy1[i]
    const y = xy1[i + 1]
    // λ2 b = λ1 a + t, with a = R x1 and b = x2: least squares for λ1, λ2 by Cramer's rule.
    const ax = R[0] * x + R[1] * y + R[2]
    const ay = R[3] * x + R[4] * y + R[5]
    const az = R[6] * x + R[7] * y + R[8]
    const bx = xy2[i]
    const by = xy2[i + 1]
    const aa = ax * ax + ay * ay + az * az
    const bb = bx * bx + by * by + 1
    const ab = ax * bx + ay * by + az
    const at = ax * t[0] + ay * t[1] + az * t[2]
    const bt = bx * t[0] + by * t[1] + t[2]
    if (ab * bt - bb * at > 0 && aa * bt - ab * at > 0) count++
  }
  return count
}
