import { mat3Multiply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { type Svd3, svd3 } from '../math/svd3.js'
import { NormalEquations } from './normal-equations.js'

const ITERATIONS = 3

/**
 * Gauss–Newton on the Sampson residuals of essential matrices (`rank2: 'essential'`, singular values 1, 1, 0) or
 * fundamental ones (`'fundamental'`, 1, σ, 0), in the orthonormal representation M = U diag(1, σ, 0) Vᵀ (Bartoli and Sturm,
 * "Non-linear estimation of the fundamental matrix with minimal parameters", PAMI 2004): U and V turn by three angles each
 * (for σ = 1, V by two: a common turn about the third axis changes nothing), σ moves. The Sampson weights are held during a step.
 *
 * @param xy1 coordinates in image 1, x y x y …; for a fundamental matrix normalised to order 1
 * @returns a function (model, inliers, out) → false where the inliers do not determine the matrix
 */
export function epipolarRefiner(
  xy1: Float64Array,
  xy2: Float64Array,
  kind: 'essential' | 'fundamental',
): (model: Float64Array, inliers: Int32Array, out: Float64Array) => boolean {
  const free = kind === 'essential' ? 5 : 7
  const normal = new NormalEquations(free)
  const decomposition: Svd3 = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }
  const turn = new Float64Array(9)
  const next = new Float64Array(9)

  const gather = (U: Float64Array, V: Float64Array, sigma: number, inliers: Int32Array): void => {
    normal.clear()
    const { row } = normal
    for (let k = 0; k < inliers.length; k++) {
      const i = 2 * inliers[k]
      const [x1, y1, x2, y2] = [xy1[i], xy1[i + 1], xy2[i], xy2[i + 1]]
      const u0 = U[0] * x2 + U[3] * y2 + U[6]
      const u1 = U[1] * x2 + U[4] * y2 + U[7]
      const u2 = U[2] * x2 + U[5] * y2 + U[8]
      const v0 = V[0] * x1 + V[3] * y1 + V[6]
      const v1 = V[1] * x1 + V[4] * y1 + V[7]
      const v2 = V[2] * x1 + V[5] * y1 + V[8]
      const dv1 = sigma * v1
      const du1 = sigma * u1
      // M x1 = U (v0, σ v1, 0), Mᵀ x2 = V (u0, σ u1, 0): only their first two rows weigh in.
      const l0 = U[0] * v0 + U[1] * dv1
      const l1 = U[3] * v0 + U[4] * dv1
      const m0 = V[0] * u0 + V[1] * du1
      const m1 = V[3] * u0 + V[4] * du1
      const w = 1 / Math.sqrt(l0 * l0 + l1 * l1 + m0 * m0 + m1 * m1)
      row[0] = w * dv1 * u2
      row[1] = -w * v0 * u2
      row[2] = w * (v0 * u1 - dv1 * u0)
      row[3] = w * du1 * v2
      row[4] = -w * u0 * v2
      if (free === 7) {
        row[5] = w * (u0 * v1 - du1 * v0)
        row[6] = w * u1 * v1
      }
      normal.add(w * (u0 * v0 + du1 * v1))
    }
  }

  return (model, inliers, out) => {
    if (inliers.length < free) return false
    svd3(model, decomposition)
    const { U, V, S } = decomposition
    if (!(S[1] > 0)) return false
    let sigma = kind === 'essential' ? 1 : S[1] / S[0]
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      gather(U, V, sigma, inliers)
      if (!normal.solve()) return false
      const { step } = normal
      turnBy(U, step[0], step[1], step[2], turn, next)
      turnBy(V, step[3], step[4], free === 7 ? step[5] : 0, turn, next)
      if (free === 7) sigma += step[6]
      if (!(sigma > 1e-6)) return false
    }
    const scale = 1 / Math.sqrt(1 + sigma * sigma)
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        out[3 * r + c] = scale * (U[3 * r] * V[3 * c] + sigma * U[3 * r + 1] * V[3 * c + 1])
      }
    }
    return out.subarray(0, 9).every(Number.isFinite)
  }
}

/** Q ← Q exp([w]ₓ). */
function turnBy(Q: Float64Array, x: number, y: number, z: number, turn: Float64Array, scratch: Float64Array): void {
  so3Exp([x, y, z], turn)
  mat3Multiply(Q, turn, scratch)
  Q.set(scratch)
}

/** Sampson distances of pairs `from … to − 1` under x2ᵀ M x1 = 0, in the unit of the coordinates. */
export function sampsonRange(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
): void {
  const [a, b, c, d, e, f, g, h, i] = M as unknown as number[]
  for (let k = from; k < to; k++) {
    const x1 = xy1[2 * k]
    const y1 = xy1[2 * k + 1]
    const x2 = xy2[2 * k]
    const y2 = xy2[2 * k + 1]
    const l0 = a * x1 + b * y1 + c
    const l1 = d * x1 + e * y1 + f
    const m0 = a * x2 + d * y2 + g
    const m1 = b * x2 + e * y2 + h
    const s = l0 * l0 + l1 * l1 + m0 * m0 + m1 * m1
    const r = Math.abs(x2 * l0 + y2 * l1 + (g * x1 + h * y1 + i))
    out[k] = s > 0 ? r / Math.sqrt(s) : Number.POSITIVE_INFINITY
  }
}
