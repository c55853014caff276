import { EpipoleError } from '@epipole/core'
import type { Camera } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { lensOf } from '../camera/models.js'
import { averageRotations } from '../math/average.js'
import { compose, invert, type Rigid, rigid, rigidIdentity } from '../math/rigid.js'
import { median } from '../math/statistics.js'
import { type BlockProblem, type LeastSquaresReport, solveLeastSquares } from '../optimize/least-squares.js'
import type { Loss } from '../optimize/loss.js'
import { euclidean, product, rotations, subset } from '../optimize/manifold.js'
import { type BoardView, type BoardViewFit, checkView, viewFit } from './board-view.js'
import { type Calibration, type CalibrationOptions, calibratePlanar } from './calibrate-planar.js'
import { freeParameters } from './refined.js'
import { rigTerm } from './rig-term.js'

/**
 * Problem: intrinsics of cameras that are fixed to each other, and their motions, from photos of a flat board at the same
 * moments.
 * Equation: x = π_c(camFromRig_c · rigFromBoard_i · X): least squares over all cameras, their motions and the boards' poses.
 * Source: Zhang 2000 for each camera; the joint refinement is that of Bouguet's toolbox and of OpenCV's `stereoCalibrate`.
 * Preconditions: each camera can be calibrated alone, and shared moments chain all of them to the first.
 * Solutions: one, the minimum next to that of the cameras alone.
 */

/** What the cameras of a rig saw of the board at one moment, in their order; `undefined` where one did not see it. */
export type RigView = readonly (BoardView | undefined)[]

export interface RigCalibrationOptions {
  /** Of each camera; also what each is first calibrated with alone. */
  readonly cameras: readonly CalibrationOptions[]
  /** Of the error in pixels. Default: trivial. */
  readonly loss?: Loss
}

export interface RigCamera {
  readonly camera: Camera
  /** The rig's frame is that of its first camera. */
  readonly camFromRig: Rigid
  /** Per parameter of the camera, in its unit; 0 where fixed. */
  readonly standardDeviation: Float64Array
  /** parameters × parameters, row-major. */
  readonly covariance: Float64Array
  /** 6 × 6 of (ω, dt), R ⊞ ω = Exp(ω) R: radians, then the board's unit; all 0 for the first camera. */
  readonly motionCovariance: Float64Array
  /** √(mean squared distance) over this camera's points, pixels. */
  readonly rmsPx: number
  /** One a view; `undefined` where this camera did not see the board. Poses are camFromBoard. */
  readonly views: readonly (BoardViewFit | undefined)[]
}

export type RigCalibration =
  | {
      readonly ok: true
      readonly cameras: readonly RigCamera[]
      /** One a view. */
      readonly rigFromBoard: readonly Rigid[]
      /** √(mean squared distance) over all points of all cameras, pixels. */
      readonly rmsPx: number
      readonly report: LeastSquaresReport
    }
  | {
      readonly ok: false
      /**
       * `camera`: this camera (counted from 0) cannot be calibrated alone, and `alone` says why. `connected`: this camera shares no
       * view with any that is connected to the first. `convergence`: after so many iterations.
       */
      readonly reason: 'camera' | 'connected' | 'convergence'
      readonly value: number
      readonly threshold: number
      readonly alone?: Calibration & { readonly ok: false }
    }

const MAX_ITERATIONS = 200

/**
 * Calibrates cameras that are fixed to each other (a stereo pair, or more) from photos they took of a flat board at the same
 * moments: each alone (`calibratePlanar`), then the intrinsics of all, their poses in the rig and the board's poses together, so
 * that every photo tells of every camera: the least squares of the projections x = π_c(camFromRig_c · rigFromBoard_i · X), the
 * boards' poses eliminated.
 *
 * Needs three views a camera, boards that are not parallel, and views that chain all cameras to the first.
 *
 * @throws EpipoleError `usage` where arrays do not fit, values are not finite or a name is no parameter
 */
export function calibrateRig(views: readonly RigView[], options: RigCalibrationOptions): RigCalibration {
  checkViews(views, options.cameras.length)
  const seen = options.cameras.map((_, c) => views.flatMap((view, i) => (view[c] ? [i] : [])))
  const alone = seen.map((indices, c) =>
    calibratePlanar(
      indices.map((i) => views[i][c]!),
      options.cameras[c],
    ),
  )
  for (const [c, found] of alone.entries()) {
    if (!found.ok) return { ok: false, reason: 'camera', value: c, threshold: 0, alone: found }
  }
  const singles = alone as (Calibration & { ok: true })[]
  /** camFromBoard of each camera and view, as each camera alone has it. */
  const boards = seen.map((indices, c) => new Map(indices.map((i, k) => [i, singles[c].views[k].camFromBoard])))
  const camFromRig = firstMotions(boards)
  const lost = camFromRig.indexOf(undefined)
  if (lost >= 0) return { ok: false, reason: 'connected', value: lost, threshold: 0 }
  const start = singles.map(({ camera: cam }, c) => ({ cam, camFromRig: camFromRig[c]! }))
  const free = start.map(({ cam }, c) => freeParameters(cam.model, options.cameras[c]))
  const { problem, x } = rigProblem(views, start, free, boards, options.loss)
  const report = solveLeastSquares(problem, x, {
    maxIterations: MAX_ITERATIONS,
    functionTolerance: 1e-12,
    covariance: true,
  })
  if (report.stoppedBy === 'max-iterations') {
    return { ok: false, reason: 'convergence', value: report.iterations, threshold: MAX_ITERATIONS }
  }
  return result(views, start, free, problem, x, report)
}

function checkViews(views: readonly RigView[], cameras: number): void {
  for (const [i, view] of views.entries()) {
    if (view.length !== cameras) {
      throw new EpipoleError('usage', `View ${i} has ${view.length} entries for a rig of ${cameras} cameras.`, {
        view: i,
      })
    }
    if (!view.some((board) => board)) {
      throw new EpipoleError('usage', `In view ${i} no camera sees the board; leave it out.`, { view: i })
    }
    for (const [c, board] of view.entries()) if (board) checkView(board, `View ${i} of camera ${c}`)
  }
}

/** camFromRig of each camera by the views it shares with one whose pose is known already; `undefined` where there is none. */
function firstMotions(boards: readonly ReadonlyMap<number, Rigid>[]): (Rigid | undefined)[] {
  const found: (Rigid | undefined)[] = boards.map((_, c) => (c === 0 ? rigidIdentity() : undefined))
  for (let known = true; known; ) {
    known = false
    for (const [c, own] of boards.entries()) {
      const near = found[c] ? -1 : boards.findIndex((other, b) => found[b] && [...own.keys()].some((i) => other.has(i)))
      if (near < 0) continue
      const camFromNear = [...own].flatMap(([i, camFromBoard]) => {
        const nearFromBoard = boards[near].get(i)
        return nearFromBoard ? [compose(camFromBoard, invert(nearFromBoard))] : []
      })
      found[c] = compose(middle(camFromNear), found[near]!)
      known = true
    }
  }
  return found
}

/** A motion that a minority of wrong ones does not move. */
function middle(motions: readonly Rigid[]): Rigid {
  const R = averageRotations(
    motions.map((motion) => motion.R),
    { method: 'median' },
  )
  const t = [0, 1, 2].map((k) => median(motions.map((motion) => motion.t[k])))
  return R.ok ? rigid(R.mean, t) : motions[0]
}

interface Start {
  readonly cam: Camera
  readonly camFromRig: Rigid
}

/** Blocks: the cameras' parameters, their motions, the boards' poses. */
function rigProblem(
  views: readonly RigView[],
  start: readonly Start[],
  free: readonly (readonly number[])[],
  boards: readonly ReadonlyMap<number, Rigid>[],
  loss: Loss | undefined,
): { problem: BlockProblem; x: Float64Array } {
  const n = start.length
  const pose = product(rotations, euclidean(3))
  const problem: BlockProblem = {
    blocks: [
      ...start.map(({ cam }, c) => subset(cam.params.length, free[c])),
      ...start.map((_, c) => (c === 0 ? subset(12, []) : pose)),
      ...views.map(() => pose),
    ],
    eliminate: views.map((_, i) => 2 * n + i),
    terms: views.flatMap((view, i) =>
      view.flatMap((board, c) =>
        board ? [rigTerm(lensOf(start[c].cam.model), board, [c, n + c, 2 * n + i], loss)] : [],
      ),
    ),
  }
  const rigFromBoard = views.map((view, i) => {
    const c = view.findIndex((board) => board)
    return compose(invert(start[c].camFromRig), boards[c].get(i)!)
  })
  const motions = [...start.map((one) => one.camFromRig), ...rigFromBoard]
  const params = start.flatMap(({ cam }) => [...cam.params])
  return { problem, x: Float64Array.of(...params, ...motions.flatMap(({ R, t }) => [...R, ...t])) }
}

function result(
  views: readonly RigView[],
  start: readonly Start[],
  free: readonly (readonly number[])[],
  { blocks }: BlockProblem,
  x: Float64Array,
  report: LeastSquaresReport,
): RigCalibration {
  const n = start.length
  const values = partsOf(
    blocks.map((block) => block.size),
    (from, to) => x.slice(from, to),
  )
  const motions = values.slice(n).map((value) => rigid(value.subarray(0, 9), value.subarray(9, 12)))
  const d = blocks.slice(0, 2 * n).reduce((s, { dimension }) => s + dimension, 0)
  const full = report.covariance ?? new Float64Array(d * d).fill(Number.POSITIVE_INFINITY)
  const rows = partsOf(
    blocks.map(({ dimension }) => dimension),
    (from) => from,
  )
  const cameras = start.map(({ cam }, c): RigCamera => {
    const found = camera(cam.model, cam.width, cam.height, values[c])
    const fits = views.map((view, i) => {
      const { R, t } = compose(motions[c], motions[n + i])
      return view[c] && viewFit(found, view[c], Float64Array.of(...R, ...t))
    })
    const covariance = covariancePart(full, d, rows[c], free[c], values[c].length)
    return {
      camera: found,
      camFromRig: motions[c],
      standardDeviation: values[c].map((_, k) => Math.sqrt(covariance[k * (values[c].length + 1)])),
      covariance,
      motionCovariance: covariancePart(full, d, rows[n + c], c === 0 ? [] : [0, 1, 2, 3, 4, 5], 6),
      rmsPx: rmsOf(fits),
      views: fits,
    }
  })
  const rmsPx = rmsOf(cameras.flatMap((one) => one.views))
  return { ok: true, cameras, rigFromBoard: motions.slice(n), rmsPx, report }
}

/** Cuts what is one after the other into pieces. */
function partsOf<T>(sizes: readonly number[], cut: (from: number, to: number) => T): T[] {
  let at = 0
  return sizes.map((size) => {
    at += size
    return cut(at - size, at)
  })
}

/** The part of a covariance that belongs to some of its rows, among `size` parameters; 0 for the others. */
function covariancePart(
  full: Float64Array,
  d: number,
  first: number,
  free: readonly number[],
  size: number,
): Float64Array {
  const out = new Float64Array(size * size)
  for (const [r, row] of free.entries()) {
    for (const [c, column] of free.entries()) out[row * size + column] = full[(first + r) * d + first + c]
  }
  return out
}

function rmsOf(fits: readonly (BoardViewFit | undefined)[]): number {
  let sum = 0
  let count = 0
  for (const fit of fits) {
    if (!fit) continue
    count += fit.residuals.length / 2
    for (const r of fit.residuals) sum += r * r
  }
  return Math.sqrt(sum / count)
}
