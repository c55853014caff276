import { choleskyFactor, choleskyInverse, choleskySolve } from '../../math/cholesky.js'
import type { NormalEquations, ResidualSums } from './linearize.js'
import type { BundleProblem, IntrinsicsUncertainty } from './problem.js'
import { reducedSystem } from './reduced-system.js'
import { eliminatePoints, type SchurScratch, writeDamping } from './schur.js'
import { type BundleModel, freePoints } from './state.js'

/**
 * Weak damping in place of a fixed gauge: intrinsics do not change under similarity transforms of the scene, so their
 * uncertainty does not depend on it.
 */
const GAUGE_RADIUS = 1e11

/**
 * Standard deviations of the free intrinsics, poses and points marginalised out, from the normal equations at the minimum. The
 * scale of the noise is estimated from the weighted residuals.
 *
 * The intrinsics come last in the reduced system, so their marginal information Λ is the product of the last corner of its
 * Cholesky factor with its transpose; priors only add to the diagonal of Λ and can be taken away again.
 */
export function intrinsicsUncertainty(
  model: BundleModel,
  H: NormalEquations,
  schur: SchurScratch,
  problem: BundleProblem,
  sums: ResidualSums,
): IntrinsicsUncertainty[] {
  const { layout } = model
  const n = layout.blockRow[layout.blocks]
  const first = layout.blockRow[layout.poseBlocks]
  const count = n - first
  const information = marginalInformation(model, H, schur, problem.imageCamera, first, count)
  const observations = 2 * (problem.obsImage.length - sums.behind)
  const freedom = observations - n - 3 * freePoints(model)
  const variance = freedom > 0 ? sums.weighted / freedom : 1
  const withPriors = inverseOf(information, count)
  if (information !== undefined) {
    for (const prior of model.priors) {
      if (prior.row >= 0) information[(prior.row - first) * (count + 1)] -= prior.weight
    }
  }
  const withoutPriors = inverseOf(information, count)
  return layout.freeParams.map((free, camera) => {
    const n = problem.cameras[camera].params.length
    const standardDeviation = new Float64Array(n)
    const fromDataAlone = new Float64Array(n)
    const covariance = new Float64Array(n * n)
    const start = layout.blockRow[layout.cameraBlock[camera]] - first
    for (const [k, param] of free.entries()) {
      const i = (start + k) * (count + 1)
      standardDeviation[param] = Math.sqrt(variance * withPriors[i])
      fromDataAlone[param] = Math.sqrt(variance * withoutPriors[i])
      for (const [l, other] of free.entries()) {
        covariance[param * n + other] = variance * withPriors[(start + k) * count + start + l]
      }
    }
    return { standardDeviation, fromDataAlone, covariance }
  })
}

/** count × count, or `undefined` where the poses' part is singular. */
function marginalInformation(
  model: BundleModel,
  H: NormalEquations,
  schur: SchurScratch,
  imageCamera: Int32Array,
  first: number,
  count: number,
): Float64Array | undefined {
  const system = reducedSystem(model.layout, imageCamera, 'dense')
  writeDamping(model, H, GAUGE_RADIUS, schur)
  for (let i = first; i < first + count; i++) schur.damping[i] = 0
  eliminatePoints(model, H, system, schur)
  const { values: S, n } = system
  // Only the poses are factored; the corner that is left is the Schur complement, which may be singular.
  const poses = new Float64Array(first * first)
  for (let r = 0; r < first; r++) poses.set(S.subarray(r * n, r * n + first), r * first)
  if (!choleskyFactor(poses, first)) return undefined
  const information = new Float64Array(count * count)
  const solved = new Float64Array(first)
  for (let c = 0; c < count; c++) {
    choleskySolve(poses, first, S.subarray((first + c) * n, (first + c) * n + first), solved)
    for (let r = c; r < count; r++) {
      let sum = S[(first + r) * n + first + c]
      for (let k = 0; k < first; k++) sum -= S[(first + r) * n + k] * solved[k]
      information[r * count + c] = sum
      information[c * count + r] = sum
    }
  }
  return information
}

/** The inverse; with an infinite diagonal where there is none. */
function inverseOf(information: Float64Array | undefined, n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) out[i * (n + 1)] = Number.POSITIVE_INFINITY
  if (information === undefined) return out
  // Unit diagonal first: pixels and distortion coefficients differ by many orders of magnitude.
  const scale = new Float64Array(n)
  for (let i = 0; i < n; i++) scale[i] = 1 / Math.sqrt(information[i * (n + 1)])
  const factor = information.map((v, k) => v * scale[Math.floor(k / n)] * scale[k % n])
  if (!scale.every((s) => s > 0 && s < Number.POSITIVE_INFINITY) || !choleskyFactor(factor, n)) return out
  const inverse = choleskyInverse(factor, n)
  return inverse.map((v, k) => v * scale[Math.floor(k / n)] * scale[k % n])
}
