import { symmetricEigen } from '../math/eigen.js'
import { DEGENERATE, TOO_FEW_VIEWS, TRIANGULATED, type TriangulationStatus } from './status.js'
import { type Views, writeCenter } from './views.js'

/**
 * A point from two or more posed views, linearly.
 *
 * Problem: minimise ‖A X‖ over unit homogeneous X, two rows u·p3 − p1, v·p3 − p2 a view.
 * Source: Hartley & Zisserman, section 12.2.
 * Preconditions: the centres do not all coincide. A point at infinity is found (W = 0).
 * Solutions: one. Not optimal under noise: refine it.
 */

const normal = new Float64Array(16)
const values = new Float64Array(4)
const vectors = new Float64Array(16)
const row = new Float64Array(4)
const centre = new Float64Array(3)

/**
 * Linear triangulation (DLT; Hartley & Zisserman, 2nd ed., section 12.2): the homogeneous X of unit length that minimises
 * ‖A X‖, where each view gives the rows u·p3 − p1 and v·p3 − p2 of its [R | t], taken here as (u·ẑ − x̂) of its axes so
 * that each row has about unit length. World coordinates are first moved to the cameras' mean and scaled to their spread, which
 * makes the result independent of the world's origin and unit.
 *
 * @param out homogeneous X, Y, Z, W of unit length; W = 0 is a point at infinity
 * @param use where given, only observations k with `use[k − start] = 1` count
 * @returns `DEGENERATE` where more than one point fits (all centres coincide)
 */
export function triangulateLinear(
  views: Views,
  start: number,
  count: number,
  out: Float64Array,
  use?: Uint8Array,
): TriangulationStatus {
  const { poses, images, xy } = views
  let used = 0
  const mean = [0, 0, 0]
  for (let k = 0; k < count; k++) {
    if (use !== undefined && use[k] === 0) continue
    writeCenter(poses, 12 * images[start + k], centre, 0)
    for (let i = 0; i < 3; i++) mean[i] += centre[i]
    used++
  }
  if (used < 2) return TOO_FEW_VIEWS
  let spread = 0
  for (let i = 0; i < 3; i++) mean[i] /= used
  for (let k = 0; k < count; k++) {
    if (use !== undefined && use[k] === 0) continue
    writeCenter(poses, 12 * images[start + k], centre, 0)
    for (let i = 0; i < 3; i++) spread = Math.max(spread, Math.abs(centre[i] - mean[i]))
  }
  if (!(spread > 0)) return DEGENERATE
  normal.fill(0)
  for (let k = 0; k < count; k++) {
    if (use !== undefined && use[k] === 0) continue
    const p = 12 * images[start + k]
    for (let axis = 0; axis < 2; axis++) {
      const u = xy[2 * (start + k) + axis]
      const scale = 1 / Math.sqrt(1 + u * u)
      writeRow(poses, p, axis, u, mean, spread, scale)
      for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) normal[4 * i + j] += row[i] * row[j]
    }
  }
  symmetricEigen(normal, 4, values, vectors)
  let least = 0
  for (let i = 1; i < 4; i++) if (values[i] < values[least]) least = i
  let second = Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < 4; i++) {
    if (i !== least) second = Math.min(second, values[i])
    largest = Math.max(largest, values[i])
  }
  if (!(second > 1e-14 * largest)) return DEGENERATE
  const w = vectors[12 + least]
  let norm = w * w
  for (let i = 0; i < 3; i++) {
    out[i] = vectors[4 * i + least] * spread + w * mean[i]
    norm += out[i] * out[i]
  }
  const scale = 1 / Math.sqrt(norm)
  for (let i = 0; i < 3; i++) out[i] *= scale
  out[3] = w * scale
  return TRIANGULATED
}

/** u·(row 3) − (row 1 or 2) of [R | t] for world points spread·X + mean. */
function writeRow(
  poses: Float64Array,
  p: number,
  axis: number,
  u: number,
  mean: readonly number[],
  spread: number,
  scale: number,
): void {
  row[3] = (u * poses[p + 11] - poses[p + 9 + axis]) / spread
  for (let i = 0; i < 3; i++) {
    const a = u * poses[p + 6 + i] - poses[p + 3 * axis + i]
    row[i] = a * scale
    row[3] += (a * mean[i]) / spread
  }
  row[3] *= scale
}
