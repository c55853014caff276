import { orthonormalize, so3Exp } from '../../math/so3.js'
import { writeCenter } from '../../triangulation/views.js'
import { type BundleModel, type BundleState, depthOfPoint, distance } from './state.js'

const centre = new Float64Array(3)
const rotation = new Float64Array(9)
const omega = new Float64Array(3)

/**
 * Columns: an orthonormal basis of the camera frame whose last direction is the baseline, which may not move; row-major.
 */
export function baselineBasis(model: BundleModel, poses: Float64Array, image: number, out: Float64Array): void {
  const p = 12 * image
  writeCenter(poses, p, centre, 0)
  const scale = 1 / distance(centre, model.reference)
  const bx = (centre[0] - model.reference[0]) * scale
  const by = (centre[1] - model.reference[1]) * scale
  const bz = (centre[2] - model.reference[2]) * scale
  const x = poses[p] * bx + poses[p + 1] * by + poses[p + 2] * bz
  const y = poses[p + 3] * bx + poses[p + 4] * by + poses[p + 5] * bz
  const z = poses[p + 6] * bx + poses[p + 7] * by + poses[p + 8] * bz
  // Duff et al., "Building an orthonormal basis, revisited", JCGT 2017.
  const sign = z < 0 ? -1 : 1
  const a = -1 / (sign + z)
  const b = x * y * a
  out[0] = 1 + sign * x * x * a
  out[3] = sign * b
  out[6] = -sign * x
  out[1] = b
  out[4] = sign + y * y * a
  out[7] = -y
  out[2] = x
  out[5] = y
  out[8] = z
}

/**
 * candidate = current ⊞ step: R ← Exp(ω) R, t ← Exp(ω) t + δ (the camera turns about its own centre), intrinsics and points
 * by addition.
 *
 * @param rows step of the blocks
 * @param pointStep `3 × points`
 * @param norms takes the squared length of the step and of the parameters it changes
 */
export function applyStep(
  model: BundleModel,
  current: BundleState,
  rows: Float64Array,
  pointStep: Float64Array,
  candidate: BundleState,
  basis: Float64Array,
  norms: { step: number; parameters: number },
): void {
  const { layout } = model
  let step = 0
  let parameters = 0
  for (let i = 0; i < layout.images; i++) {
    if (layout.poseBlock[i] < 0) continue
    const row = layout.blockRow[layout.poseBlock[i]]
    if (model.fixedBaseline[i] === 1) baselineBasis(model, current.poses, i, basis)
    applyPoseStep(model, current.poses, i, rows, row, candidate.poses, basis)
    for (let k = 0; k < 6; k++) step += rows[row + k] * rows[row + k]
    for (let k = 0; k < 12; k++) parameters += current.poses[12 * i + k] * current.poses[12 * i + k]
  }
  for (let c = 0; c < layout.freeParams.length; c++) {
    const free = layout.freeParams[c]
    for (let k = 0; k < free.length; k++) {
      const delta = rows[layout.blockRow[layout.cameraBlock[c]] + k]
      const value = current.params[c][free[k]]
      candidate.params[c][free[k]] = value + delta
      step += delta * delta
      parameters += value * value
    }
  }
  for (let k = 0; k < current.points.length; k++) {
    const value = current.points[k]
    const delta = pointStep[k]
    candidate.points[k] = value + delta
    step += delta * delta
    parameters += value * value
  }
  norms.step = step
  norms.parameters = parameters
}

/** A step may not bring a point closer to a camera than this part of its depth. */
const MIN_DEPTH_RATIO = 0.1

/**
 * Shortens the step of each point that would pass through, or nearly reach, the plane of a camera it is in front of: there the
 * linear model fails, and beyond it the observation would pull no more.
 */
export function keepInFront(model: BundleModel, current: BundleState, candidate: BundleState): void {
  const { pointStart } = model.layout
  for (let p = 0; p < model.layout.points; p++) {
    for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
      const pose = 12 * model.layout.obsImage[k]
      const depth = depthOfPoint(current, pose, p)
      if (!(depth > model.minDepth)) continue
      const limit = MIN_DEPTH_RATIO * depth
      for (let halving = 0; halving < 6 && depthOfPoint(candidate, pose, p) < limit; halving++) {
        for (let c = 3 * p; c < 3 * p + 3; c++) {
          candidate.points[c] = halving === 5 ? current.points[c] : 0.5 * (candidate.points[c] + current.points[c])
        }
      }
    }
  }
}

function applyPoseStep(
  model: BundleModel,
  poses: Float64Array,
  image: number,
  rows: Float64Array,
  row: number,
  out: Float64Array,
  basis: Float64Array,
): void {
  const p = 12 * image
  for (let k = 0; k < 3; k++) omega[k] = rows[row + k]
  so3Exp(omega, rotation)
  const keep = model.fixedBaseline[image] === 1
  for (let r = 0; r < 3; r++) {
    let t = 0
    for (let k = 0; k < 3; k++) t += rotation[3 * r + k] * poses[p + 9 + k]
    if (keep) t += basis[3 * r] * rows[row + 3] + basis[3 * r + 1] * rows[row + 4]
    else t += rows[row + 3 + r]
    out[p + 9 + r] = t
    for (let c = 0; c < 3; c++) {
      let s = 0
      for (let k = 0; k < 3; k++) s += rotation[3 * r + k] * poses[p + 3 * k + c]
      out[p + 3 * r + c] = s
    }
  }
  for (let k = 0; k < 9; k++) rotation[k] = out[p + k]
  orthonormalize(rotation)
  for (let k = 0; k < 9; k++) out[p + k] = rotation[k]
  if (keep) restoreBaseline(model, image, out)
}

/** Moves the centre back to its constant distance from the reference. */
function restoreBaseline(model: BundleModel, image: number, poses: Float64Array): void {
  const p = 12 * image
  writeCenter(poses, p, centre, 0)
  const scale = model.baseline[image] / distance(centre, model.reference)
  for (let k = 0; k < 3; k++) centre[k] = model.reference[k] + scale * (centre[k] - model.reference[k])
  for (let r = 0; r < 3; r++) {
    poses[p + 9 + r] = -(
      poses[p + 3 * r] * centre[0] +
      poses[p + 3 * r + 1] * centre[1] +
      poses[p + 3 * r + 2] * centre[2]
    )
  }
}
