import { mat3Inverse, mat3Multiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Problem: the homography that a plane or a rotation induces, and its action on points.
 * Equation: x₂ ∼ H x₁, H = R + t nᵀ/d between normalised coordinates, K₂ H K₁⁻¹ between pixels. Nine numbers, row-major.
 * Source: Hartley and Zisserman, result 13.1.
 * Preconditions: d ≠ 0; a point on the line that goes to infinity has no finite image.
 * Solutions: one.
 */

/**
 * The homography between normalised coordinates that the plane nᵀ X = d of camera 1's frame induces: H = R + t nᵀ/d.
 * Hartley & Zisserman, result 13.1 (with the other sign of n).
 *
 * @param normal of the plane, in camera 1; the sign is that of d
 * @param distance of the plane from camera 1's centre; not zero
 */
export function homographyFromPlane(cam2FromCam1: Rigid, normal: Numbers, distance: number): Float64Array {
  const { R, t } = cam2FromCam1
  return Float64Array.from(R, (r, k) => r + (t[Math.floor(k / 3)] * normal[k % 3]) / distance)
}

/**
 * K2 H K1⁻¹: a homography between normalised coordinates becomes one between pixels. With H = R it is that of a camera that
 * only turned.
 *
 * @returns undefined when K1 is singular
 */
export function homographyInPixels(H: Numbers, K1: Numbers, K2: Numbers): Float64Array | undefined {
  const inverse = mat3Inverse(K1)
  return inverse && mat3Multiply(K2, mat3Multiply(H, inverse))
}

/**
 * The same map in coordinates whose origin is moved: x′ = x + (dx, dy) in both images. Pixels here put the centre of the
 * first pixel at (0.5, 0.5), OpenCV puts it at (0, 0): `shiftHomography(H, 0.5, 0.5)` brings OpenCV's here,
 * `shiftHomography(H, -0.5, -0.5)` takes ours there.
 */
export function shiftHomography(H: Numbers, dx: number, dy: number): Float64Array {
  const back = [1, 0, -dx, 0, 1, -dy, 0, 0, 1]
  const forth = [1, 0, dx, 0, 1, dy, 0, 0, 1]
  return mat3Multiply(forth, mat3Multiply(H, back))
}

/** Applies H to points x y x y …; points on its horizon go to infinity. `out` may be the points. */
export function applyHomography(
  H: Numbers,
  xy: Numbers,
  out: Float64Array = new Float64Array(xy.length),
): Float64Array {
  for (let k = 0; k + 1 < xy.length; k += 2) {
    const x = xy[k]
    const y = xy[k + 1]
    const w = H[6] * x + H[7] * y + H[8]
    out[k] = quotient(H[0] * x + H[1] * y + H[2], w)
    out[k + 1] = quotient(H[3] * x + H[4] * y + H[5], w)
  }
  return out
}

/** a/w, with 0/0 (a point of the null space) taken as infinite too. */
function quotient(a: number, w: number): number {
  const q = a / w
  return Number.isNaN(q) ? Number.POSITIVE_INFINITY : q
}
