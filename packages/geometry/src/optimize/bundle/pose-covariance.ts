import { EpipoleError } from '@epipole/core'
import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
import { type Loss, lossKernel } from '../loss.js'
import { bundleLayout } from './layout.js'
import { evaluate, linearize, normalEquations } from './linearize.js'
import { type BundleProblem, checkProblem } from './problem.js'
import { reducedSystem } from './reduced-system.js'
import { eliminatePoints, schurScratch, writeDamping } from './schur.js'
import { type BundleModel, bundleModel, freePoints, stateOf } from './state.js'
import { baselineBasis } from './step.js'

/** Pivots of the reduced system smaller than this part of their diagonal are rounding: a gauge that nothing fixes. */
const DETERMINED = 1e-12

/**
 * Covariance of one image's pose at the minimum of a bundle adjustment, everything else that is free marginalised out: its block
 * of σ² H⁻¹, σ² estimated from the weighted residuals. It depends on the gauge, which must be fixed (`poseState`).
 *
 * @param problem as `bundleAdjust` left it
 * @param image with a free pose, or one of fixed baseline (then of rank five)
 * @param loss as given to `bundleAdjust`
 * @returns 6×6 of (ω, δ): the true pose is Exp(ω) R, Exp(ω) t + δ; radians and world units. Undefined where the observations do not
 *   determine the poses.
 * @throws EpipoleError `usage` for an image whose pose is fixed or a problem that does not hold together
 */
export function bundlePoseCovariance(problem: BundleProblem, image: number, loss?: Loss): Float64Array | undefined {
  checkProblem(problem)
  const layout = bundleLayout(problem)
  const model = bundleModel(problem, layout)
  const block = layout.poseBlock[image] ?? -1
  if (block < 0) {
    throw new EpipoleError('usage', `Image ${image} has no free pose, so there is no covariance of it.`, { image })
  }
  const H = normalEquations(model)
  const state = stateOf(problem)
  const kernel = lossKernel(loss)
  const sums = { cost: 0, squares: 0, weighted: 0, behind: 0 }
  evaluate(model, state, kernel, sums)
  linearize(model, state, kernel, H)
  const system = reducedSystem(layout, problem.imageCamera, 'dense')
  const scratch = schurScratch(model)
  writeDamping(model, H, Number.POSITIVE_INFINITY, scratch)
  eliminatePoints(model, H, system, scratch)
  const { n, values } = system
  const constrained = constrainedRows(model)
  if (scratch.damping.some((d, row) => d === 1 && !constrained.has(row))) return undefined
  const freedom = 2 * (problem.obsImage.length - sums.behind) - (n - constrained.size) - 3 * freePoints(model)
  if (freedom <= 0) return undefined
  const diagonal = Float64Array.from({ length: n }, (_, i) => values[i * (n + 1)])
  if (!choleskyFactor(values, n)) return undefined
  for (let i = 0; i < n; i++) if (!(values[i * (n + 1)] ** 2 > DETERMINED * diagonal[i])) return undefined
  const C = inverseBlock(values, n, layout.blockRow[block], sums.weighted / freedom)
  return model.fixedBaseline[image] === 1 ? fromBasis(C, model, problem.poses, image) : C
}

/** The direction along the baseline of each pose of constant baseline: no unknown, but a row of the system. */
function constrainedRows({ layout, fixedBaseline }: BundleModel): Set<number> {
  const rows = new Set<number>()
  for (let i = 0; i < layout.images; i++) {
    if (layout.poseBlock[i] >= 0 && fixedBaseline[i] === 1) rows.add(layout.blockRow[layout.poseBlock[i]] + 5)
  }
  return rows
}

function inverseBlock(L: Float64Array, n: number, row: number, variance: number): Float64Array {
  const C = new Float64Array(36)
  const column = new Float64Array(n)
  for (let c = 0; c < 6; c++) {
    column.fill(0)
    column[row + c] = variance
    choleskySolve(L, n, column, column)
    for (let r = 0; r < 6; r++) C[6 * r + c] = column[row + r]
  }
  return C
}

/** B C Bᵀ: from steps along the basis that leaves the baseline alone to steps of t. */
function fromBasis(C: Float64Array, model: BundleModel, poses: Float64Array, image: number): Float64Array {
  const basis = new Float64Array(9)
  baselineBasis(model, poses, image, basis)
  const B = new Float64Array(36)
  for (let k = 0; k < 3; k++) B[7 * k] = 1
  for (let r = 0; r < 3; r++) for (let c = 0; c < 2; c++) B[6 * (3 + r) + 3 + c] = basis[3 * r + c]
  const out = new Float64Array(36)
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      let sum = 0
      for (let k = 0; k < 6; k++) for (let l = 0; l < 6; l++) sum += B[6 * i + k] * C[6 * k + l] * B[6 * j + l]
      out[6 * i + j] = sum
    }
  }
  return out
}
