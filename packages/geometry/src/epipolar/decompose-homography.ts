import { symmetricEigen } from '../math/eigen.js'
import { mat3Determinant, mat3Multiply, mat3MultiplyTranspose, mat3TransposeMultiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { nearestRotation } from '../math/svd3.js'
import { type Numbers, vec3Cross } from '../math/vec3.js'

/**
 * Motion and plane from a homography.
 *
 * Problem: H ~ R + t nᵀ between normalised coordinates; find R, t (in units of the plane's distance) and the unit normal n.
 * Method: H keeps lengths on a plane of directions, found from the eigenvectors of HᵀH; Ma, Soatto, Košecká, Sastry, "An Invitation to 3-D
 * Vision" (2004), section 5.3.3.
 * Preconditions: H is regular.
 * Solutions: four, of which points on the plane leave at most two; one for a pure rotation, with t = 0.
 */

/** One way to read a homography as a motion seen on a plane: H ~ R + t nᵀ with t in units of the plane's distance. */
export interface PlaneMotion {
  /** cam2FromCam1; t is divided by the plane's distance from camera 1. */
  readonly motion: Rigid
  /** Unit normal in camera 1, pointing away from the camera: nᵀ X = 1 on the plane. Zero for a pure rotation. */
  readonly normal: Float64Array
}

/** Singular values (relative to the middle one) closer to 1 than this belong to a pure rotation. */
const ROTATION_ONLY = 1e-9

/**
 * All motions and planes with H ~ R + t nᵀ between normalised coordinates. Ma, Soatto, Košecká, Sastry, "An Invitation to
 * 3-D Vision" (2004), section 5.3.3.
 *
 * @param xy1 points on the plane, as seen by camera 1, normalised, x y x y …; solutions that put half of them or more
 *   behind it are left out. Without points all four are given.
 * @returns four, two (usual with points) or, for a pure rotation, one solution; none for a singular H
 */
export function decomposeHomography(H: Numbers, xy1?: Numbers): PlaneMotion[] {
  // det H > 0 for a plane with both cameras on one side.
  const determinant = mat3Determinant(H)
  if (determinant === 0 || !Number.isFinite(determinant)) return []
  const { values, V } = symmetricEigen(mat3TransposeMultiply(H, H), 3)
  const middle = Math.sqrt(values[1])
  if (!(middle > 0)) return []
  const scale = (determinant < 0 ? -1 : 1) / middle
  const M = Float64Array.from(H, (h) => h * scale)
  const first = values[0] / values[1]
  const third = Math.max(0, values[2] / values[1])
  if (first - 1 < ROTATION_ONLY && 1 - third < ROTATION_ONLY) {
    return [{ motion: { R: nearestRotation(M), t: new Float64Array(3) }, normal: new Float64Array(3) }]
  }
  const a = Math.sqrt(Math.max(0, (1 - third) / (first - third)))
  const b = Math.sqrt(Math.max(0, (first - 1) / (first - third)))
  const v1 = [V[0], V[3], V[6]]
  const v2 = [V[1], V[4], V[7]]
  const v3 = [V[2], V[5], V[8]]
  const solutions: PlaneMotion[] = []
  for (const sign of [1, -1]) {
    // H keeps the lengths of v2 and u, hence of the whole plane they span.
    const u = v1.map((v, k) => a * v + sign * b * v3[k])
    const found = solutionOf(M, v2, u)
    for (const s of [1, -1]) {
      const normal = found.normal.map((v) => s * v)
      if (xy1 !== undefined && !inFront(normal, xy1)) continue
      solutions.push({ motion: { R: found.R, t: found.t.map((v) => s * v) }, normal })
    }
  }
  return solutions
}

function solutionOf(M: Float64Array, v2: number[], u: number[]) {
  const n = vec3Cross(v2, u)
  const Mv2 = apply(M, v2)
  const Mu = apply(M, u)
  const Mn = vec3Cross(Mv2, Mu)
  const U = columns(v2, u, n)
  const W = columns(Mv2, Mu, Mn)
  const R = nearestRotation(mat3MultiplyTranspose(W, U))
  const t = new Float64Array(3)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) t[r] += (M[3 * r + c] - R[3 * r + c]) * n[c]
  }
  return { R, t, normal: n }
}

function apply(M: Float64Array, v: Numbers): Float64Array {
  return Float64Array.of(
    M[0] * v[0] + M[1] * v[1] + M[2] * v[2],
    M[3] * v[0] + M[4] * v[1] + M[5] * v[2],
    M[6] * v[0] + M[7] * v[1] + M[8] * v[2],
  )
}

function columns(a: Numbers, b: Numbers, c: Numbers): Float64Array {
  return Float64Array.of(a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2])
}

function inFront(normal: Numbers, xy: Numbers): boolean {
  let front = 0
  for (let k = 0; k + 1 < xy.length; k += 2) if (normal[0] * xy[k] + normal[1] * xy[k + 1] + normal[2] > 0) front++
  return 2 * front > xy.length / 2
}

/** The homography of a solution, R + t nᵀ. */
export function homographyOf({ motion, normal }: PlaneMotion): Float64Array {
  const outer = mat3Multiply(columns(motion.t, [0, 0, 0], [0, 0, 0]), [...normal, 0, 0, 0, 0, 0, 0])
  return outer.map((v, k) => v + motion.R[k])
}
