import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
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
  const withPriors = variances(information, count)
  if (information !== undefined) {
    for (const prior of model.priors) {
      if (prior.row >= 0) information[(prior.row - first) * (count + 1)] -= prior.weight
    }
  }
  const withoutPriors = variances(information, count)
  return layout.freeParams.map((free, camera) => {
    const standardDeviation = new Float64Array(problem.cameras[camera].params.length)
    const fromDataAlone = new Float64Array(standardDeviation.length)
    for (const [k, param] of free.entries()) {
      const i = layout.blockRow[layout.cameraBlock[camera]] - first + k
      standardDeviation[param] = Math.sqrt(variance * withPriors[i])
      fromDataAlone[param] = Math.sqrt(variance * withoutPriors[i])
    }
    return { standardDeviation, fromDataAlone }
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

/** Diagonal of the inverse; infinite throughout where there is none. */
function variances(information: Float64Array | undefined, n: number): Float64Array {
  const out = new Float64Array(n).fill(Number.POSITIVE_INFINITY)
  if (information === undefined) return out
  // Unit diagonal first: pixels and distortion coefficients differ by many orders of magnitude.
  const scale = new Float64Array(n)
  for (let i = 0; i < n; i++) scale[i] = 1 / Math.sqrt(information[i * (n + 1)])
  const factor = information.map((v, k) => v * scale[Math.floor(k / n)] * scale[k % n])
  if (!scale.every((s) => s > 0 && s < Number.POSITIVE_INFINITY) || !choleskyFactor(factor, n)) return out
  const column = new Float64Array(n)
  for (let c = 0; c < n; c++) {
    column.fill(0)
    column[c] = 1
    choleskySolve(factor, n, column, column)
    out[c] = column[c] * scale[c] * scale[c]
  }
  return out
}
