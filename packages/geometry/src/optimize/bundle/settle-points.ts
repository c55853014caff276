import { PROJECTION_SIZE, projectLens } from '../../camera/models.js'
import { type LossKernel, lossCurvature, lossValue, lossWeight } from '../loss.js'
import { factorPoint, solvePoint } from './schur.js'
import type { BundleModel, BundleState } from './state.js'

/** Steps of one point at the most. */
const MAX_STEPS = 6
/** A point that could lower its cost by no more than this part of it, or of a fair observation's, stays. */
const SETTLED = 1e-7
const FAIR_COST = 0.1
/** Least share of a loss's curvature along a residual: Newton's method on a loss that flattens would leap too far … */
const LEAST_CURVATURE = 0.1
/** … and where even so it does, all of it counts, which is re-weighted least squares: slow and safe. */
const SAFE_CURVATURE = 1

/**
 * Lets each free point follow its cameras alone: a few damped Newton steps on its own three coordinates, each taken only where
 * it lowers the point's cost. The joint step re-weights every residual once, so a point that an outlier bends creeps to its place
 * over dozens of steps of the whole system, though it touches no other point; here that costs next to nothing ("embedded point
 * iterations", Jeong et al., "Pushing the envelope of modern methods for bundle adjustment", PAMI 2012).
 *
 * @returns by how much the cost has fallen
 */
export function settlePoints(model: BundleModel, state: BundleState, loss: LossKernel): number {
  let decrease = 0
  for (let p = 0; p < model.layout.points; p++) {
    if (model.pointFixed[p] !== 1) decrease += settlePoint(model, state, loss, p)
  }
  return decrease
}

/** Of one point: Hessian xx, xy, xz, yy, yz, zz; gradient. */
const hessian = new Float64Array(6)
const gradient = new Float64Array(3)
const damping = new Float64Array(3)
const factors = new Float64Array(6)
const step = new Float64Array(3)

function settlePoint(model: BundleModel, { poses, params, points }: BundleState, loss: LossKernel, p: number): number {
  let x = points[3 * p]
  let y = points[3 * p + 1]
  let z = points[3 * p + 2]
  let lambda = 1e-4
  let curvature = LEAST_CURVATURE
  const before = linearizeAt(model, poses, params, loss, curvature, p, x, y, z)
  let cost = before
  let lost = behind
  for (let i = 0; i < MAX_STEPS; i++) {
    for (let k = 0; k < 3; k++) damping[k] = lambda * hessian[DIAGONAL[k]]
    if (!factorPoint(hessian, damping, factors, 0)) break
    const predicted = solvePoint(factors, 0, gradient[0], gradient[1], gradient[2], step, 0)
    if (!(predicted > SETTLED * (cost + FAIR_COST))) break
    const next = linearizeAt(model, poses, params, loss, curvature, p, x + step[0], y + step[1], z + step[2])
    // To lose sight of the point may well be cheap, but it is no way to settle.
    if (next < cost && behind <= lost) {
      lost = behind
      cost = next
      points[3 * p] = x += step[0]
      points[3 * p + 1] = y += step[1]
      points[3 * p + 2] = z += step[2]
      lambda *= 0.1
    } else {
      if (curvature === SAFE_CURVATURE) lambda = Math.max(100 * lambda, 0.1)
      curvature = SAFE_CURVATURE
      linearizeAt(model, poses, params, loss, curvature, p, x, y, z)
    }
  }
  return before - cost
}

const DIAGONAL = Uint8Array.of(0, 3, 5)
/** Observations of the last linearisation that were not in front. */
let behind = 0
const projection = new Float64Array(PROJECTION_SIZE)

/** The cost of point p's observations were it at (x, y, z), and its derivatives into `hessian` and `gradient`. */
function linearizeAt(
  model: BundleModel,
  poses: Float64Array,
  params: readonly Float64Array[],
  { kind, square }: LossKernel,
  leastCurvature: number,
  p: number,
  x: number,
  y: number,
  z: number,
): number {
  const { layout, lenses, imageCamera, minDepth, behindSquare } = model
  const { pointStart, obsImage, obsXy, obsInformation } = layout
  hessian.fill(0)
  gradient.fill(0)
  behind = 0
  let cost = 0
  for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
    const o = 12 * obsImage[k]
    const camera = imageCamera[obsImage[k]]
    const depth = poses[o + 6] * x + poses[o + 7] * y + poses[o + 8] * z + poses[o + 11]
    let s = Number.NaN
    let rx = 0
    let ry = 0
    const u = (poses[o] * x + poses[o + 1] * y + poses[o + 2] * z + poses[o + 9]) / depth
    const v = (poses[o + 3] * x + poses[o + 4] * y + poses[o + 5] * z + poses[o + 10]) / depth
    if (depth > minDepth) {
      projectLens(lenses[camera], params[camera], u, v, projection)
      rx = projection[0] - obsXy[2 * k]
      ry = projection[1] - obsXy[2 * k + 1]
      s = (rx * rx + ry * ry) * obsInformation[k]
    }
    // Also where s is not a number.
    if (!(s < Number.POSITIVE_INFINITY)) {
      cost += 0.5 * lossValue(kind, square, behindSquare[camera])
      behind++
      continue
    }
    cost += 0.5 * lossValue(kind, square, s)
    const w = obsInformation[k] * lossWeight(kind, square, s)
    if (w === 0) continue
    // With w Jᵀ(I − f r rᵀ)J the loss's own curvature counts, as far as it may.
    const missing = 1 - Math.max(leastCurvature, lossCurvature(kind, square, s))
    const f = missing > 0 ? missing / (rx * rx + ry * ry) : 0
    addObservation(poses, o, u, v, 1 / depth, rx, ry, w, w * f)
  }
  return cost
}

/** Adds w Jᵀr, and w JᵀJ − f (Jᵀr)(Jᵀr)ᵀ, for J = ∂pixel/∂point of the `projection` at (u, v). */
function addObservation(
  poses: Float64Array,
  o: number,
  u: number,
  v: number,
  inverse: number,
  rx: number,
  ry: number,
  w: number,
  f: number,
): void {
  const ax = projection[2] * inverse
  const ay = projection[3] * inverse
  const az = -(u * ax + v * ay)
  const bx = projection[4] * inverse
  const by = projection[5] * inverse
  const bz = -(u * bx + v * by)
  const a0 = ax * poses[o] + ay * poses[o + 3] + az * poses[o + 6]
  const a1 = ax * poses[o + 1] + ay * poses[o + 4] + az * poses[o + 7]
  const a2 = ax * poses[o + 2] + ay * poses[o + 5] + az * poses[o + 8]
  const b0 = bx * poses[o] + by * poses[o + 3] + bz * poses[o + 6]
  const b1 = bx * poses[o + 1] + by * poses[o + 4] + bz * poses[o + 7]
  const b2 = bx * poses[o + 2] + by * poses[o + 5] + bz * poses[o + 8]
  const g0 = a0 * rx + b0 * ry
  const g1 = a1 * rx + b1 * ry
  const g2 = a2 * rx + b2 * ry
  gradient[0] += w * g0
  gradient[1] += w * g1
  gradient[2] += w * g2
  hessian[0] += w * (a0 * a0 + b0 * b0) - f * g0 * g0
  hessian[1] += w * (a0 * a1 + b0 * b1) - f * g0 * g1
  hessian[2] += w * (a0 * a2 + b0 * b2) - f * g0 * g2
  hessian[3] += w * (a1 * a1 + b1 * b1) - f * g1 * g1
  hessian[4] += w * (a1 * a2 + b1 * b2) - f * g1 * g2
  hessian[5] += w * (a2 * a2 + b2 * b2) - f * g2 * g2
}
