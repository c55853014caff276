import { EpipoleError } from '@epipole/core'
import { type Lens, lensOf } from '../../camera/models.js'
import { selectInPlace } from '../../math/statistics.js'
import { writeCenter } from '../../triangulation/views.js'
import type { BundleLayout } from './layout.js'
import { type BundleProblem, baselineReference, POSE_FIXED, POSE_FIXED_BASELINE } from './problem.js'

/** A value of all parameters. */
export interface BundleState {
  readonly poses: Float64Array
  readonly points: Float64Array
  /** Per camera. */
  readonly params: readonly Float64Array[]
}

/** What of the problem does not change from step to step, in the form the inner loops want. */
export interface BundleModel {
  readonly layout: BundleLayout
  readonly lenses: readonly Lens[]
  readonly imageCamera: Int32Array
  /** Per camera: the squared error that an observation behind its camera counts. */
  readonly behindSquare: Float64Array
  /** Depths up to this are not in front. */
  readonly minDepth: number
  /** Per image: 1 where the distance to the reference image is constant. */
  readonly fixedBaseline: Uint8Array
  /** Centre of the reference image. */
  readonly reference: Float64Array
  readonly baseline: Float64Array
  readonly pointFixed: Uint8Array
  readonly priors: readonly CameraPrior[]
}

/** One prior, on unknown `row` of the reduced system. */
export interface CameraPrior {
  readonly camera: number
  readonly param: number
  /** −1 where the parameter is constant. */
  readonly row: number
  readonly mean: number
  readonly weight: number
}

export function stateOf(problem: BundleProblem): BundleState {
  return { poses: problem.poses, points: problem.points, params: problem.cameras.map((c) => c.params) }
}

export function copyState(from: BundleState): BundleState {
  return { poses: from.poses.slice(), points: from.points.slice(), params: from.params.map((p) => p.slice()) }
}

export function assignState(to: BundleState, from: BundleState): void {
  to.poses.set(from.poses)
  to.points.set(from.points)
  for (let c = 0; c < to.params.length; c++) to.params[c].set(from.params[c])
}

export function bundleModel(problem: BundleProblem, layout: BundleLayout): BundleModel {
  const lenses = problem.cameras.map((c) => lensOf(c.model))
  const fixedBaseline = Uint8Array.from(problem.imageCamera, (_, i) =>
    problem.poseState?.[i] === POSE_FIXED_BASELINE ? 1 : 0,
  )
  const reference = new Float64Array(3)
  const baseline = new Float64Array(layout.images)
  if (fixedBaseline.includes(1)) writeBaselines(problem, fixedBaseline, reference, baseline)
  return {
    layout,
    lenses,
    imageCamera: problem.imageCamera,
    behindSquare: Float64Array.from(problem.cameras, (c, i) => focalSquare(lenses[i], c.params)),
    minDepth: MIN_DEPTH * medianDepth(problem, layout),
    fixedBaseline,
    reference,
    baseline,
    pointFixed: problem.pointFixed ?? new Uint8Array(layout.points),
    priors: cameraPriors(problem, layout),
  }
}

/**
 * In parts of the scene's median depth: nearer, a point is as good as in the camera, and its projection so steep that it would
 * outweigh all others.
 */
const MIN_DEPTH = 1e-4

function medianDepth(problem: BundleProblem, layout: BundleLayout): number {
  const depths = new Float64Array(layout.obsImage.length)
  let count = 0
  for (let p = 0; p < layout.points; p++) {
    for (let k = layout.pointStart[p]; k < layout.pointStart[p + 1]; k++) {
      const depth = depthOfPoint(problem, 12 * layout.obsImage[k], p)
      if (depth > 0) depths[count++] = depth
    }
  }
  return count === 0 ? 0 : selectInPlace(depths.subarray(0, count), count >> 1)
}

function writeBaselines(
  problem: BundleProblem,
  fixedBaseline: Uint8Array,
  reference: Float64Array,
  baseline: Float64Array,
): void {
  const from = baselineReference(problem)!
  if (problem.poseState?.[from] !== POSE_FIXED) {
    throw new EpipoleError('usage', `Bundle adjustment: the baseline reference, image ${from}, must be fixed.`, {
      from,
    })
  }
  writeCenter(problem.poses, 12 * from, reference, 0)
  const centre = new Float64Array(3)
  for (let i = 0; i < fixedBaseline.length; i++) {
    if (fixedBaseline[i] === 0) continue
    writeCenter(problem.poses, 12 * i, centre, 0)
    baseline[i] = distance(centre, reference)
    if (!(baseline[i] > 0)) {
      throw new EpipoleError('usage', `Bundle adjustment: images ${i} and ${from} have no baseline to keep.`, {
        i,
        from,
      })
    }
  }
}

export function distance(a: Float64Array, b: Float64Array): number {
  const x = a[0] - b[0]
  const y = a[1] - b[1]
  const z = a[2] - b[2]
  return Math.sqrt(x * x + y * y + z * z)
}

/** fx² + fy²: an error of one focal length in x and in y, as of a ray more than 45° off. */
function focalSquare(lens: Lens, params: Float64Array): number {
  const fx = params[lens.focalParams[0]]
  const fy = params[lens.focalParams[lens.focalParams.length - 1]]
  return fx * fx + fy * fy
}

function cameraPriors(problem: BundleProblem, layout: BundleLayout): CameraPrior[] {
  const priors: CameraPrior[] = []
  for (const [camera, { priors: given }] of problem.cameras.entries()) {
    for (const [param, prior] of (given ?? []).entries()) {
      if (prior === undefined || prior.sigma === Number.POSITIVE_INFINITY) continue
      const free = layout.freeParams[camera].indexOf(param)
      const row = free < 0 ? -1 : layout.blockRow[layout.cameraBlock[camera]] + free
      priors.push({ camera, param, row, mean: prior.mean, weight: 1 / (prior.sigma * prior.sigma) })
    }
  }
  return priors
}

/** Depth of a point in the pose at `poses[pose…]`. */
export function depthOfPoint(
  { poses, points }: Pick<BundleState, 'poses' | 'points'>,
  pose: number,
  p: number,
): number {
  return (
    poses[pose + 6] * points[3 * p] +
    poses[pose + 7] * points[3 * p + 1] +
    poses[pose + 8] * points[3 * p + 2] +
    poses[pose + 11]
  )
}

/** How many points are unknown: free and seen. */
export function freePoints({ layout, pointFixed }: BundleModel): number {
  let count = 0
  for (let p = 0; p < layout.points; p++) {
    if (pointFixed[p] !== 1 && layout.pointStart[p + 1] > layout.pointStart[p]) count++
  }
  return count
}
