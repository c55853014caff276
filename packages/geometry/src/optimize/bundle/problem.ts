import { EpipoleError } from '@epipole/core'
import type { CameraModel } from '../../camera/camera.js'
import { lensOf } from '../../camera/models.js'
import type { DescentMethod, DescentStop } from '../descent.js'
import type { Loss } from '../loss.js'

/** All six degrees of freedom are refined. */
export const POSE_FREE = 0
/** The pose is constant. */
export const POSE_FIXED = 1
/** The distance of the camera's centre from that of the reference image is constant: fixes the scale. */
export const POSE_FIXED_BASELINE = 2

/** Intrinsics shared by any number of images. */
export interface BundleCamera {
  readonly model: CameraModel
  /** In the model's order; refined in place. */
  readonly params: Float64Array
  /** Per parameter: 1 free, 0 constant. Default: all constant. */
  readonly refine?: Uint8Array
  /** Per parameter, a Gaussian belief that counts as one observation with an error of one pixel; `undefined`: none. */
  readonly priors?: readonly (IntrinsicsPrior | undefined)[]
}

export interface IntrinsicsPrior {
  readonly mean: number
  /** Standard deviation, in the parameter's unit, for observations of one pixel standard deviation. */
  readonly sigma: number
}

/** A bundle adjustment, as structure of arrays; `params`, `poses` and `points` are refined in place. */
export interface BundleProblem {
  readonly cameras: readonly BundleCamera[]
  /** `12 × images`: camFromWorld, R row-major (9 numbers), then t. */
  readonly poses: Float64Array
  /** Per image `POSE_FREE`, `POSE_FIXED` or `POSE_FIXED_BASELINE`. Default: all free. */
  readonly poseState?: Uint8Array
  /** The image that `POSE_FIXED_BASELINE` measures from. Default: the first fixed one. */
  readonly baselineReference?: number
  /** Index into `cameras`, per image. */
  readonly imageCamera: Int32Array
  /** `3 × points`, world. */
  readonly points: Float64Array
  /** Per point: 1 constant, 0 free. Default: all free. */
  readonly pointFixed?: Uint8Array
  /** Per observation: which image … */
  readonly obsImage: Int32Array
  /** … sees which point … */
  readonly obsPoint: Int32Array
  /** … at which pixel, `2 × observations`. */
  readonly obsXy: Float64Array
  /**
   * Standard deviation of each observation, in pixels: residuals are divided by it before the loss, so that the sharper
   * ones weigh more. Default: all 1.
   */
  readonly obsSigma?: Float64Array
}

export type BundleMethod = DescentMethod

export interface BundleOptions {
  /** Of the projection error in pixels. Default: trivial. */
  readonly loss?: Loss
  /** Default: `levenberg-marquardt`. */
  readonly method?: BundleMethod
  /** Default 50 (gradient descent: 1000). */
  readonly maxIterations?: number
  /** Stop when a step lowers the cost by less than this part of it. Default 1e-6. */
  readonly functionTolerance?: number
  /** Stop when no component of the gradient is larger. Default 1e-10. */
  readonly gradientTolerance?: number
  /** Stop when a step is shorter than this part of the parameters' norm. Default 1e-8. */
  readonly parameterTolerance?: number
  /**
   * How the system of cameras is solved once the points are eliminated. Default `auto`: `dense` Cholesky up to 600
   * unknowns, beyond that `iterative`: block-sparse conjugate gradients, preconditioned by the diagonal blocks.
   */
  readonly linearSolver?: 'auto' | 'dense' | 'iterative'
  /** `intrinsics`: standard deviations of the refined intrinsics in the report. */
  readonly covariance?: 'intrinsics'
  /** Checked before each iteration; then an `aborted` error leaves the parameters at the last accepted step. */
  readonly signal?: AbortSignal
  readonly onIteration?: (iteration: BundleIteration) => void
}

export interface BundleIteration {
  readonly iteration: number
  readonly cost: number
  readonly accepted: boolean
  /** Largest component of the gradient. */
  readonly gradient: number
  /** Trust region radius (Levenberg–Marquardt), else the step length. */
  readonly radius: number
}

/** `singular` (Gauss–Newton only): fix the gauge, or use Levenberg–Marquardt. `nothing-free`: every parameter is constant. */
export type StopReason = DescentStop | 'nothing-free'

/** Standard deviations of one camera's refined intrinsics. */
export interface IntrinsicsUncertainty {
  /** Per parameter, its unit, from observations and priors; 0 where constant, infinite where not determined. */
  readonly standardDeviation: Float64Array
  /** As above, from the observations alone: whether the data determines the parameter. */
  readonly fromDataAlone: Float64Array
  /** parameters × parameters, row-major, from observations and priors; the squares of `standardDeviation` on its diagonal. */
  readonly covariance: Float64Array
}

export interface BundleReport {
  readonly iterations: number
  readonly acceptedSteps: number
  readonly rejectedSteps: number
  /** ½ Σ ρ(‖r / σ‖²) + ½ Σ priors. */
  readonly initialCost: number
  readonly finalCost: number
  /** √(Σ ‖r‖² / observations in front of their cameras), pixels; without the robust loss. */
  readonly initialRmsPx: number
  readonly finalRmsPx: number
  readonly stoppedBy: StopReason
  /** Observations whose point ends up not in front of the camera (they hold a constant cost and exert no pull). */
  readonly behind: number
  /** Unknowns of the reduced system (poses and intrinsics). */
  readonly unknowns: number
  readonly linearSolver: 'dense' | 'iterative' | 'none'
  /** Per camera, on request. */
  readonly intrinsics?: readonly IntrinsicsUncertainty[]
}

function fail(message: string, details: Record<string, unknown>): never {
  throw new EpipoleError('usage', `Bundle adjustment: ${message}`, details)
}

function checkLength(name: string, array: { length: number } | undefined, length: number): void {
  if (array !== undefined && array.length !== length) {
    fail(`${name} has ${array.length} elements, expected ${length}.`, { name, length: array.length, expected: length })
  }
}

function checkIndices(name: string, indices: Int32Array, count: number): void {
  for (let i = 0; i < indices.length; i++) {
    if (!(indices[i] >= 0 && indices[i] < count)) {
      fail(`${name}[${i}] = ${indices[i]} is not in 0 … ${count - 1}.`, { name, i, value: indices[i] })
    }
  }
}

function checkFinite(name: string, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) fail(`${name}[${i}] is ${values[i]}.`, { name, i })
  }
}

/**
 * Checks shapes, indices and values.
 *
 * @throws EpipoleError `usage`
 */
export function checkProblem(p: BundleProblem): void {
  const images = p.imageCamera.length
  const points = p.points.length / 3
  const observations = p.obsImage.length
  checkLength('poses', p.poses, 12 * images)
  checkLength('poseState', p.poseState, images)
  if (!Number.isInteger(points)) fail('points must hold three numbers a point.', { length: p.points.length })
  checkLength('pointFixed', p.pointFixed, points)
  checkLength('obsPoint', p.obsPoint, observations)
  checkLength('obsXy', p.obsXy, 2 * observations)
  checkIndices('imageCamera', p.imageCamera, p.cameras.length)
  checkIndices('obsImage', p.obsImage, images)
  checkIndices('obsPoint', p.obsPoint, points)
  checkFinite('poses', p.poses)
  checkFinite('points', p.points)
  checkFinite('obsXy', p.obsXy)
  checkLength('obsSigma', p.obsSigma, observations)
  p.obsSigma?.forEach((sigma, i) => {
    if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY))
      fail(`obsSigma[${i}] is ${sigma}; it must be positive.`, { i, sigma })
  })
  for (const [i, camera] of p.cameras.entries()) {
    const { paramNames } = lensOf(camera.model)
    checkLength(`cameras[${i}].params`, camera.params, paramNames.length)
    checkLength(`cameras[${i}].refine`, camera.refine, paramNames.length)
    checkLength(`cameras[${i}].priors`, camera.priors, paramNames.length)
    checkFinite(`cameras[${i}].params`, camera.params)
    for (const prior of camera.priors ?? []) {
      if (prior !== undefined && !(prior.sigma > 0 && Number.isFinite(prior.mean))) {
        fail(`cameras[${i}] has a prior with mean ${prior.mean} and sigma ${prior.sigma}.`, { camera: i })
      }
    }
  }
  if (p.poseState?.includes(POSE_FIXED_BASELINE) && baselineReference(p) === undefined) {
    fail('POSE_FIXED_BASELINE needs a fixed image to measure from; fix one, or give baselineReference.', {})
  }
}

/** The image a constant baseline is measured from. */
export function baselineReference(p: BundleProblem): number | undefined {
  if (p.baselineReference !== undefined) return p.baselineReference
  const first = p.poseState?.indexOf(POSE_FIXED) ?? -1
  return first < 0 ? undefined : first
}
