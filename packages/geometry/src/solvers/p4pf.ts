import { luFactor, luSolve } from '../math/lu.js'
import { nullSpace } from '../math/null-space.js'
import { orthonormalize } from '../math/so3.js'
import { intersectQuadrics } from '../math/three-quadrics.js'

/**
 * The pose and the focal length of a camera from four points.
 *
 * Problem: (x, y) ~ diag(f, f, 1) [R t] X with square pixels and a known principal point (the origin).
 * Method: Bujnak, Kukelova, Pajdla, "A general solution to the P4P problem for camera with unknown focal length" (CVPR
 * 2008), posed as in Kukelova, Heller, Fitzgibbon (CVPR 2016): y p₁ᵀX = x p₂ᵀX leaves four dimensions for the first two
 * rows of the projection, the third follows linearly, and the rows' orthogonality is three quadrics in three unknowns. The
 * fourth condition, ‖p₁‖ = ‖p₂‖, is left over and chooses among the solutions.
 * Points on a plane: the homography from the plane gives f in closed form (Zhang's two conditions on it).
 * Preconditions: no three points on a line; a plane must not be parallel to the image.
 * Solutions: usually one, at most eight.
 */

/** Numbers a caller must leave for the models. */
export const P4PF_SOLUTIONS = 8
/** How far ‖p₁‖ and ‖p₂‖ may differ (relative), which is zero without noise. */
const ASPECT = 0.1
/** Volume of the tetrahedron relative to its extent below which the four points count as coplanar. */
const COPLANAR = 1e-6

const X = new Float64Array(16)
const centroid = new Float64Array(3)
const uv = new Float64Array(8)
const equations = new Float64Array(32)
const rows12 = new Float64Array(32)
const lu = new Float64Array(16)
const pivots = new Int32Array(4)
const rhs = new Float64Array(4)
const row3 = new Float64Array(4)
/** Projections: four basis matrices of twelve numbers. */
const basis = new Float64Array(48)
const quadrics = new Float64Array(30)
const meeting = new Float64Array(24)
const P = new Float64Array(12)
const R = new Float64Array(9)

/**
 * @param xy pixels relative to the principal point, x y x y …
 * @param points world points, xyz xyz …
 * @param sample four indices of both
 * @param models written: thirteen numbers a solution: R row-major, t (camFromWorld), f in pixels
 * @returns how many solutions were written
 */
export function p4pf(xy: Float64Array, points: Float64Array, sample: Int32Array, models: Float64Array): number {
  let size = 0
  for (let i = 0; i < 4; i++) {
    uv[2 * i] = xy[2 * sample[i]]
    uv[2 * i + 1] = xy[2 * sample[i] + 1]
    size = Math.max(size, Math.abs(uv[2 * i]), Math.abs(uv[2 * i + 1]))
  }
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return 0
  for (let k = 0; k < 8; k++) uv[k] /= size
  const extent = centrePoints(points, sample)
  if (!(extent > 0 && extent < Number.POSITIVE_INFINITY)) return 0
  if (coplanarity() < COPLANAR) return planar(size, extent, models)
  return spatial(size, extent, models)
}

/** Homogeneous points about their centroid, of extent one; returns the extent. */
function centrePoints(points: Float64Array, sample: Int32Array): number {
  for (let c = 0; c < 3; c++) {
    centroid[c] = 0
    for (let i = 0; i < 4; i++) centroid[c] += 0.25 * points[3 * sample[i] + c]
  }
  let extent = 0
  for (let i = 0; i < 4; i++) {
    for (let c = 0; c < 3; c++) {
      X[4 * i + c] = points[3 * sample[i] + c] - centroid[c]
      extent = Math.max(extent, Math.abs(X[4 * i + c]))
    }
    X[4 * i + 3] = 1
  }
  for (let i = 0; i < 4; i++) for (let c = 0; c < 3; c++) X[4 * i + c] /= extent
  return extent
}

/** |det| of the edges from point 0. */
function coplanarity(): number {
  const ax = X[4] - X[0]
  const ay = X[5] - X[1]
  const az = X[6] - X[2]
  const bx = X[8] - X[0]
  const by = X[9] - X[1]
  const bz = X[10] - X[2]
  const cx = X[12] - X[0]
  const cy = X[13] - X[1]
  const cz = X[14] - X[2]
  return Math.abs(ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx))
}

function spatial(size: number, extent: number, models: Float64Array): number {
  for (let i = 0; i < 4; i++) {
    for (let c = 0; c < 4; c++) {
      equations[8 * i + c] = uv[2 * i + 1] * X[4 * i + c]
      equations[8 * i + 4 + c] = -uv[2 * i] * X[4 * i + c]
    }
  }
  if (!nullSpace(equations, 4, 8, rows12)) return 0
  for (let k = 0; k < 16; k++) lu[k] = X[k]
  if (luFactor(lu, 4, pivots) === 0) return 0
  for (let b = 0; b < 4; b++) {
    for (let i = 0; i < 4; i++) {
      const x = uv[2 * i]
      const y = uv[2 * i + 1]
      const radius = x * x + y * y
      // A point on the principal axis says nothing about the third row.
      if (!(radius > 1e-12)) return 0
      let sum = 0
      for (let c = 0; c < 4; c++) sum += (x * rows12[8 * b + c] + y * rows12[8 * b + 4 + c]) * X[4 * i + c]
      rhs[i] = sum / radius
    }
    luSolve(lu, 4, pivots, rhs, row3)
    for (let c = 0; c < 4; c++) {
      basis[12 * b + c] = rows12[8 * b + c]
      basis[12 * b + 4 + c] = rows12[8 * b + 4 + c]
      basis[12 * b + 8 + c] = row3[c]
    }
  }
  const written = meet(size, extent, models)
  if (written > 0) return written
  // The fourth coefficient was taken as one; where it is nearly zero, other axes of the four dimensions find the solution.
  turnBasis()
  return meet(size, extent, models)
}

/** Writes the models where the three quadrics meet. */
function meet(size: number, extent: number, models: Float64Array): number {
  orthogonality(0, 0, 8)
  orthogonality(10, 4, 8)
  orthogonality(20, 0, 4)
  const count = intersectQuadrics(quadrics, meeting)
  let written = 0
  for (let s = 0; s < count; s++) {
    for (let k = 0; k < 12; k++) {
      P[k] =
        meeting[3 * s] * basis[k] +
        meeting[3 * s + 1] * basis[12 + k] +
        meeting[3 * s + 2] * basis[24 + k] +
        basis[36 + k]
    }
    if (writeModel(size, extent, models, 13 * written)) written++
  }
  return written
}

/** Half the Hadamard matrix of order four, a rotation, applied to the basis. */
function turnBasis(): void {
  for (let k = 0; k < 12; k++) {
    const a = 0.5 * (basis[k] + basis[12 + k])
    const b = 0.5 * (basis[k] - basis[12 + k])
    const c = 0.5 * (basis[24 + k] + basis[36 + k])
    const d = 0.5 * (basis[24 + k] - basis[36 + k])
    basis[k] = a + c
    basis[12 + k] = b + d
    basis[24 + k] = a - c
    basis[36 + k] = b - d
  }
}

/** Quadric of (row at p) · (row at q) = 0 in the first three basis coefficients, the fourth being one. */
function orthogonality(at: number, p: number, q: number): void {
  const dot = (i: number, j: number) => {
    let sum = 0
    for (let c = 0; c < 3; c++) sum += basis[12 * i + p + c] * basis[12 * j + q + c]
    return sum
  }
  quadrics[at] = dot(0, 0)
  quadrics[at + 1] = dot(0, 1) + dot(1, 0)
  quadrics[at + 2] = dot(1, 1)
  quadrics[at + 3] = dot(0, 2) + dot(2, 0)
  quadrics[at + 4] = dot(1, 2) + dot(2, 1)
  quadrics[at + 5] = dot(2, 2)
  quadrics[at + 6] = dot(0, 3) + dot(3, 0)
  quadrics[at + 7] = dot(1, 3) + dot(3, 1)
  quadrics[at + 8] = dot(2, 3) + dot(3, 2)
  quadrics[at + 9] = dot(3, 3)
}

/** P = s diag(f, f, 1) [R t] in scaled pixels and centred points, to R, t, f in the caller's units. */
function writeModel(size: number, extent: number, models: Float64Array, at: number): boolean {
  const n1 = Math.sqrt(P[0] * P[0] + P[1] * P[1] + P[2] * P[2])
  const n2 = Math.sqrt(P[4] * P[4] + P[5] * P[5] + P[6] * P[6])
  const n3 = Math.sqrt(P[8] * P[8] + P[9] * P[9] + P[10] * P[10])
  if (!(n1 > 0 && n2 > 0 && n3 > 0) || Math.abs(n1 - n2) > ASPECT * (n1 + n2)) return false
  // The centroid is in front of the camera: its depth is P₃₄.
  const sign = P[11] < 0 ? -1 : 1
  const f = (n1 + n2) / (2 * n3)
  for (let c = 0; c < 3; c++) {
    R[c] = (sign * P[c]) / n1
    R[3 + c] = (sign * P[4 + c]) / n2
    R[6 + c] = (sign * P[8 + c]) / n3
  }
  const det =
    R[0] * (R[4] * R[8] - R[5] * R[7]) - R[1] * (R[3] * R[8] - R[5] * R[6]) + R[2] * (R[3] * R[7] - R[4] * R[6])
  if (!(det > 0.5)) return false
  orthonormalize(R)
  const t = [(sign * P[3]) / (n3 * f), (sign * P[7]) / (n3 * f), (sign * P[11]) / n3]
  for (let i = 0; i < 4; i++) {
    if (!(R[6] * X[4 * i] + R[7] * X[4 * i + 1] + R[8] * X[4 * i + 2] + t[2] > 0)) return false
  }
  for (let k = 0; k < 9; k++) models[at + k] = R[k]
  for (let r = 0; r < 3; r++) {
    models[at + 9 + r] =
      extent * t[r] - (R[3 * r] * centroid[0] + R[3 * r + 1] * centroid[1] + R[3 * r + 2] * centroid[2])
  }
  models[at + 12] = f * size
  return Number.isFinite(models[at + 12]) && models[at + 12] > 0
}

const planeAxes = new Float64Array(9)
const planeEquations = new Float64Array(72)
const H = new Float64Array(9)

/** Points on a plane: H = K [r₁ r₂ t] from plane coordinates; h₁ and h₂ are orthogonal and of one length under K⁻ᵀ K⁻¹. */
function planar(size: number, extent: number, models: Float64Array): number {
  if (!planeFrame()) return 0
  planeEquations.fill(0)
  for (let i = 0; i < 4; i++) {
    const x = uv[2 * i]
    const y = uv[2 * i + 1]
    const a = along(i, 0)
    const b = along(i, 3)
    planeEquations.set([a, b, 1, 0, 0, 0, -x * a, -x * b, -x], 18 * i)
    planeEquations.set([0, 0, 0, a, b, 1, -y * a, -y * b, -y], 18 * i + 9)
  }
  if (!nullSpace(planeEquations, 8, 9, H)) return 0
  // (h₁ₓ h₂ₓ + h₁ᵧ h₂ᵧ) w + h₁₃ h₂₃ = 0 and (h₁ₓ² + h₁ᵧ² − h₂ₓ² − h₂ᵧ²) w + h₁₃² − h₂₃² = 0 with w = 1/f².
  const p1 = H[0] * H[1] + H[3] * H[4]
  const q1 = H[6] * H[7]
  const p2 = H[0] * H[0] + H[3] * H[3] - H[1] * H[1] - H[4] * H[4]
  const q2 = H[6] * H[6] - H[7] * H[7]
  const w = -(p1 * q1 + p2 * q2) / (p1 * p1 + p2 * p2)
  // Parallel to the image (q = 0) any focal length fits.
  if (!(w > 1e-12 && w < Number.POSITIVE_INFINITY)) return 0
  const f = 1 / Math.sqrt(w)
  const sign = H[8] < 0 ? -1 : 1
  let length = 0
  for (let c = 0; c < 2; c++) {
    const x = H[c] / f
    const y = H[3 + c] / f
    const z = H[6 + c]
    length += 0.5 * Math.sqrt(x * x + y * y + z * z)
  }
  // Rows of P from columns along the plane's axes and its normal r₁ × r₂.
  const a = column(0, f, sign / length)
  const b = column(1, f, sign / length)
  const n = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
  const t = column(2, f, sign / length)
  for (let r = 0; r < 3; r++) {
    const stretch = r < 2 ? f : 1
    for (let c = 0; c < 3; c++) {
      P[4 * r + c] = stretch * (a[r] * planeAxes[c] + b[r] * planeAxes[3 + c] + n[r] * planeAxes[6 + c])
    }
    P[4 * r + 3] = stretch * t[r]
  }
  return writeModel(size, extent, models, 0) ? 1 : 0
}

function column(c: number, f: number, scale: number): [number, number, number] {
  return [(scale * H[c]) / f, (scale * H[3 + c]) / f, scale * H[6 + c]]
}

function along(i: number, axis: number): number {
  return X[4 * i] * planeAxes[axis] + X[4 * i + 1] * planeAxes[axis + 1] + X[4 * i + 2] * planeAxes[axis + 2]
}

/** Orthonormal axes of the plane through the centroid: two in it, then its normal. */
function planeFrame(): boolean {
  let best = 0
  for (let i = 0; i < 4; i++) {
    for (let j = i + 1; j < 4; j++) {
      const ax = X[4 * i]
      const ay = X[4 * i + 1]
      const az = X[4 * i + 2]
      const bx = X[4 * j]
      const by = X[4 * j + 1]
      const bz = X[4 * j + 2]
      const n = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
      const area = Math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
      if (!(area > best)) continue
      best = area
      const norm = Math.sqrt(ax * ax + ay * ay + az * az)
      planeAxes.set([ax / norm, ay / norm, az / norm], 0)
      planeAxes.set([n[0] / area, n[1] / area, n[2] / area], 6)
    }
  }
  const x = planeAxes[0]
  const y = planeAxes[1]
  const z = planeAxes[2]
  const u = planeAxes[6]
  const v = planeAxes[7]
  const w = planeAxes[8]
  planeAxes.set([v * z - w * y, w * x - u * z, u * y - v * x], 3)
  return best > 1e-9
}
