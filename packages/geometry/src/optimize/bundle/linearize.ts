import { PROJECTION_SIZE, projectLens } from '../../camera/models.js'
import { type LossKernel, lossValue, lossWeight } from '../loss.js'
import type { BundleLayout } from './layout.js'
import type { BundleModel, BundleState } from './state.js'
import { baselineBasis } from './step.js'

/** H = JᵀWJ and g = JᵀWr of the weighted residuals, in blocks. */
export interface NormalEquations {
  /** Per pose block 6×6, symmetric, only the lower triangle. Rows: ω, then t. */
  readonly poseDiagonal: Float64Array
  /** Per pose block 6×c, c the free intrinsics of its camera, at `poseCameraOffset[image]`. */
  readonly poseCamera: Float64Array
  readonly poseCameraOffset: Int32Array
  /** Per camera c×c, lower triangle, at `cameraOffset[camera]`. */
  readonly cameraDiagonal: Float64Array
  readonly cameraOffset: Int32Array
  /** Gradient of the blocks. */
  readonly gradient: Float64Array
  /** Per point xx, xy, xz, yy, yz, zz. */
  readonly pointHessian: Float64Array
  readonly pointGradient: Float64Array
  /** Per entry, block size × 3. */
  readonly entries: Float64Array
}

/** What a pass over the observations found besides. */
export interface ResidualSums {
  cost: number
  /** Σ ‖r‖² of the observations in front. */
  squares: number
  /** Σ w ‖r / σ‖² of them. */
  weighted: number
  behind: number
}

export function normalEquations(model: BundleModel): NormalEquations {
  const { layout, imageCamera } = model
  const sizes = layout.freeParams.map((free) => free.length)
  const cameraOffset = new Int32Array(sizes.length)
  let cameraNumbers = 0
  for (const [c, size] of sizes.entries()) {
    cameraOffset[c] = cameraNumbers
    cameraNumbers += size * size
  }
  const poseCameraOffset = new Int32Array(layout.images)
  let poseCameraNumbers = 0
  for (let i = 0; i < layout.images; i++) {
    poseCameraOffset[i] = poseCameraNumbers
    if (layout.poseBlock[i] >= 0) poseCameraNumbers += 6 * sizes[imageCamera[i]]
  }
  return {
    poseDiagonal: new Float64Array(36 * layout.poseBlocks),
    poseCamera: new Float64Array(poseCameraNumbers),
    poseCameraOffset,
    cameraDiagonal: new Float64Array(cameraNumbers),
    cameraOffset,
    gradient: new Float64Array(layout.blockRow[layout.blocks]),
    pointHessian: new Float64Array(6 * layout.points),
    pointGradient: new Float64Array(3 * layout.points),
    entries: new Float64Array(layout.entryOffset[layout.entryOffset.length - 1]),
  }
}

const projection = new Float64Array(PROJECTION_SIZE)
/** Derivatives of x and y with respect to ω and t of the pose, row by row. */
const poseJacobian = new Float64Array(12)
/** … to the point in the world, x's, then y's. */
const pointJacobian = new Float64Array(6)
/** … to the free intrinsics, x and y alternating. */
const cameraJacobian = new Float64Array(24)
const basis = new Float64Array(9)

/** The cost of a state. */
export function evaluate(model: BundleModel, state: BundleState, loss: LossKernel, sums: ResidualSums): number {
  sums.cost = 0
  sums.squares = 0
  sums.weighted = 0
  sums.behind = 0
  // One call a point: small functions are compiled after a few hundred calls, a loop over everything only after seconds.
  for (let p = 0; p < model.layout.points; p++) evaluatePoint(model, state, loss, sums, p)
  sums.cost += priorCost(model, state)
  return sums.cost
}

function evaluatePoint(model: BundleModel, state: BundleState, loss: LossKernel, sums: ResidualSums, p: number): void {
  const { lenses, imageCamera, minDepth } = model
  const { pointStart, obsImage, obsXy, obsInformation } = model.layout
  const { poses, params } = state
  const { kind, square } = loss
  const X = state.points[3 * p]
  const Y = state.points[3 * p + 1]
  const Z = state.points[3 * p + 2]
  let cost = 0
  let squares = 0
  let weighted = 0
  for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
    const image = obsImage[k]
    const o = 12 * image
    const camera = imageCamera[image]
    const depth = poses[o + 6] * X + poses[o + 7] * Y + poses[o + 8] * Z + poses[o + 11]
    let s = Number.NaN
    if (depth > minDepth) {
      const u = (poses[o] * X + poses[o + 1] * Y + poses[o + 2] * Z + poses[o + 9]) / depth
      const v = (poses[o + 3] * X + poses[o + 4] * Y + poses[o + 5] * Z + poses[o + 10]) / depth
      projectLens(lenses[camera], params[camera], u, v, projection)
      const ex = projection[0] - obsXy[2 * k]
      const ey = projection[1] - obsXy[2 * k + 1]
      s = ex * ex + ey * ey
    }
    // Also where s is not a number.
    if (!(s < Number.POSITIVE_INFINITY)) {
      s = model.behindSquare[camera]
      sums.behind++
    } else {
      squares += s
      s *= obsInformation[k]
      weighted += s * lossWeight(kind, square, s)
    }
    cost += 0.5 * lossValue(kind, square, s)
  }
  sums.cost += cost
  sums.squares += squares
  sums.weighted += weighted
}

function priorCost(model: BundleModel, state: BundleState): number {
  let cost = 0
  for (const prior of model.priors) {
    const e = state.params[prior.camera][prior.param] - prior.mean
    cost += 0.5 * prior.weight * e * e
  }
  return cost
}

/** Fills the normal equations at a state. An observation that is not in front, or not finite, exerts no pull. */
export function linearize(model: BundleModel, state: BundleState, loss: LossKernel, H: NormalEquations): void {
  clear(H)
  for (let p = 0; p < model.layout.points; p++) linearizePoint(model, state, loss, H, p)
  addPriors(model, state, H)
}

function linearizePoint(model: BundleModel, state: BundleState, loss: LossKernel, H: NormalEquations, p: number): void {
  const { layout, lenses, imageCamera, minDepth } = model
  const { pointStart, obsImage, obsXy, obsInformation, poseBlock, obsPoseEntry, obsCameraEntry } = layout
  const { poses, params } = state
  const { entries } = H
  const X = state.points[3 * p]
  const Y = state.points[3 * p + 1]
  const Z = state.points[3 * p + 2]
  const fixed = model.pointFixed[p] === 1
  // Here rather than in `clear`: they are in the cache when the loop below wants them.
  entries.fill(0, layout.entryOffset[layout.entryStart[p]], layout.entryOffset[layout.entryStart[p + 1]])
  for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
    const image = obsImage[k]
    const o = 12 * image
    const camera = imageCamera[image]
    const zc = poses[o + 6] * X + poses[o + 7] * Y + poses[o + 8] * Z + poses[o + 11]
    if (!(zc > minDepth)) continue
    const xc = poses[o] * X + poses[o + 1] * Y + poses[o + 2] * Z + poses[o + 9]
    const yc = poses[o + 3] * X + poses[o + 4] * Y + poses[o + 5] * Z + poses[o + 10]
    const inverse = 1 / zc
    const u = xc * inverse
    const v = yc * inverse
    projectLens(lenses[camera], params[camera], u, v, projection)
    const rx = projection[0] - obsXy[2 * k]
    const ry = projection[1] - obsXy[2 * k + 1]
    const s = rx * rx + ry * ry
    if (!(s < Number.POSITIVE_INFINITY)) continue
    const w = obsInformation[k] * lossWeight(loss.kind, loss.square, s * obsInformation[k])
    if (w === 0) continue
    // ∂(x, y)/∂(point in camera).
    const ax = projection[2] * inverse
    const ay = projection[3] * inverse
    const az = -(u * ax + v * ay)
    const bx = projection[4] * inverse
    const by = projection[5] * inverse
    const bz = -(u * bx + v * by)
    // ∂(x, y)/∂(point in world).
    const J = pointJacobian
    J[0] = ax * poses[o] + ay * poses[o + 3] + az * poses[o + 6]
    J[1] = ax * poses[o + 1] + ay * poses[o + 4] + az * poses[o + 7]
    J[2] = ax * poses[o + 2] + ay * poses[o + 5] + az * poses[o + 8]
    J[3] = bx * poses[o] + by * poses[o + 3] + bz * poses[o + 6]
    J[4] = bx * poses[o + 1] + by * poses[o + 4] + bz * poses[o + 7]
    J[5] = bx * poses[o + 2] + by * poses[o + 5] + bz * poses[o + 8]
    if (!fixed) addPoint(H, p, w, rx, ry)
    const free = layout.freeParams[camera].length
    if (free > 0) addCamera(H, layout, camera, w, rx, ry)
    if (poseBlock[image] >= 0) {
      const P = poseJacobian
      P[0] = yc * az - zc * ay
      P[1] = zc * ax - xc * az
      P[2] = xc * ay - yc * ax
      P[3] = ax
      P[4] = ay
      P[5] = az
      P[6] = yc * bz - zc * by
      P[7] = zc * bx - xc * bz
      P[8] = xc * by - yc * bx
      P[9] = bx
      P[10] = by
      P[11] = bz
      if (model.fixedBaseline[image] === 1) restrictToBasis(model, poses, image)
      addPose(H, layout, poseBlock[image], w, rx, ry)
      if (free > 0) addPoseCamera(H.poseCamera, H.poseCameraOffset[image], free, w)
      if (obsPoseEntry[k] >= 0) addEntry(entries, obsPoseEntry[k], poseJacobian, 6, 1, 6, w)
    }
    if (obsCameraEntry[k] >= 0) addEntry(entries, obsCameraEntry[k], cameraJacobian, free, 2, 1, w)
  }
}

/** V and its gradient of one point. */
function addPoint(H: NormalEquations, p: number, w: number, rx: number, ry: number): void {
  const { pointHessian: V, pointGradient: g } = H
  const a0 = pointJacobian[0]
  const a1 = pointJacobian[1]
  const a2 = pointJacobian[2]
  const b0 = pointJacobian[3]
  const b1 = pointJacobian[4]
  const b2 = pointJacobian[5]
  const q = 6 * p
  V[q] += w * (a0 * a0 + b0 * b0)
  V[q + 1] += w * (a0 * a1 + b0 * b1)
  V[q + 2] += w * (a0 * a2 + b0 * b2)
  V[q + 3] += w * (a1 * a1 + b1 * b1)
  V[q + 4] += w * (a1 * a2 + b1 * b2)
  V[q + 5] += w * (a2 * a2 + b2 * b2)
  g[3 * p] += w * (a0 * rx + b0 * ry)
  g[3 * p + 1] += w * (a1 * rx + b1 * ry)
  g[3 * p + 2] += w * (a2 * rx + b2 * ry)
}

/** E += w JᵀP of a block's Jacobian J (derivatives of x at `step·r`, of y at `other + step·r`) and the point's P. */
function addEntry(
  E: Float64Array,
  at: number,
  J: Float64Array,
  rows: number,
  step: number,
  other: number,
  w: number,
): void {
  const a0 = pointJacobian[0]
  const a1 = pointJacobian[1]
  const a2 = pointJacobian[2]
  const b0 = pointJacobian[3]
  const b1 = pointJacobian[4]
  const b2 = pointJacobian[5]
  for (let r = 0; r < rows; r++) {
    const wa = w * J[step * r]
    const wb = w * J[other + step * r]
    E[at + 3 * r] += wa * a0 + wb * b0
    E[at + 3 * r + 1] += wa * a1 + wb * b1
    E[at + 3 * r + 2] += wa * a2 + wb * b2
  }
}

function clear(H: NormalEquations): void {
  H.poseDiagonal.fill(0)
  H.poseCamera.fill(0)
  H.cameraDiagonal.fill(0)
  H.gradient.fill(0)
  H.pointHessian.fill(0)
  H.pointGradient.fill(0)
}

function restrictToBasis(model: BundleModel, poses: Float64Array, image: number): void {
  baselineBasis(model, poses, image, basis)
  const J = poseJacobian
  for (let row = 3; row < 12; row += 6) {
    const x = J[row]
    const y = J[row + 1]
    const z = J[row + 2]
    J[row] = x * basis[0] + y * basis[3] + z * basis[6]
    J[row + 1] = x * basis[1] + y * basis[4] + z * basis[7]
    J[row + 2] = 0
  }
}

function addPose(H: NormalEquations, layout: BundleLayout, block: number, w: number, rx: number, ry: number): void {
  const J = poseJacobian
  const U = H.poseDiagonal
  const o = 36 * block
  const row = layout.blockRow[block]
  for (let r = 0; r < 6; r++) {
    const wa = w * J[r]
    const wb = w * J[6 + r]
    for (let c = 0; c <= r; c++) U[o + 6 * r + c] += wa * J[c] + wb * J[6 + c]
    H.gradient[row + r] += wa * rx + wb * ry
  }
}

function addCamera(H: NormalEquations, layout: BundleLayout, camera: number, w: number, rx: number, ry: number): void {
  const free = layout.freeParams[camera]
  const n = free.length
  const J = cameraJacobian
  for (let r = 0; r < n; r++) {
    J[2 * r] = projection[6 + 2 * free[r]]
    J[2 * r + 1] = projection[7 + 2 * free[r]]
  }
  const o = H.cameraOffset[camera]
  const row = layout.blockRow[layout.cameraBlock[camera]]
  for (let r = 0; r < n; r++) {
    const wa = w * J[2 * r]
    const wb = w * J[2 * r + 1]
    for (let c = 0; c <= r; c++) H.cameraDiagonal[o + n * r + c] += wa * J[2 * c] + wb * J[2 * c + 1]
    H.gradient[row + r] += wa * rx + wb * ry
  }
}

function addPoseCamera(out: Float64Array, at: number, n: number, w: number): void {
  for (let r = 0; r < 6; r++) {
    const wa = w * poseJacobian[r]
    const wb = w * poseJacobian[6 + r]
    for (let c = 0; c < n; c++) out[at + n * r + c] += wa * cameraJacobian[2 * c] + wb * cameraJacobian[2 * c + 1]
  }
}

function addPriors(model: BundleModel, state: BundleState, H: NormalEquations): void {
  const { layout } = model
  for (const { camera, param, row, mean, weight } of model.priors) {
    if (row < 0) continue
    H.gradient[row] += weight * (state.params[camera][param] - mean)
    const n = layout.freeParams[camera].length
    const k = row - layout.blockRow[layout.cameraBlock[camera]]
    H.cameraDiagonal[H.cameraOffset[camera] + n * k + k] += weight
  }
}
