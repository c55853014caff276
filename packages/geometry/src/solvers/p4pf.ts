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
 * Solutions: usually one, at most eight. Where two of the eight meetings of the quadrics nearly coincide, both may be lost to rounding,
 * about once in 50 000 random problems.
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
const products = new Float64Array(16)
const quadrics = new Float64Array(30)
const meeting = new Float64Array(24)
const P = new Float64Array(12)
const R = new Float64Array(9)
const t = new Float64Array(3)
/** Units of the scaled pixels and points. Numbers pass through arrays: an argument that is a double may be allocated. */
const units = new Float64Array(2)

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
  units[0] = size
  if (!centrePoints(points, sample)) return 0
  return isFlat() ? planar(models) : spatial(models)
}

/** Homogeneous points about their centroid, of extent one. */
function centrePoints(points: Float64Array, sample: Int32Array): boolean {
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
  units[1] = extent
  return extent > 0 && extent < Number.POSITIVE_INFINITY
}

/** Whether the tetrahedron has no volume: |det| of the edges from point 0. */
function isFlat(): boolean {
  const ax = X[4] - X[0]
  const ay = X[5] - X[1]
  const az = X[6] - X[2]
  const bx = X[8] - X[0]
  const by = X[9] - X[1]
  const bz = X[10] - X[2]
  const cx = X[12] - X[0]
  const cy = X[13] - X[1]
  const cz = X[14] - X[2]
  return Math.abs(ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) < COPLANAR
}

function spatial(models: Float64Array): number {
  for (let i = 0; i < 4; i++) {
    for (let c = 0; c < 4; c++) {
      equations[8 * i + c] = uv[2 * i + 1] * X[4 * i + c]
      equations[8 * i + 4 + c] = -uv[2 * i] * X[4 * i + c]
    }
  }
  if (!nullSpace(equations, 4, 8, rows12)) return 0
  for (let k = 0; k < 16; k++) lu[k] = X[k]
  if (luFactor(lu, 4, pivots) === 0) return 0
  for (let b = 0; b < 4; b++) if (!writeBasis(b)) return 0
  const written = meet(models)
  if (written > 0) return written
  // The fourth coefficient was taken as one; where it is nearly zero, other axes of the four dimensions find the solution.
  turnBasis()
  return meet(models)
}

/** Projection b of the basis: its third row is linear in the first two, x p₁ᵀX + y p₂ᵀX = (x² + y²) p₃ᵀX. */
function writeBasis(b: number): boolean {
  for (let i = 0; i < 4; i++) {
    const x = uv[2 * i]
    const y = uv[2 * i + 1]
    // A point on the principal axis says nothing about the third row.
    if (!(x * x + y * y > 1e-12)) return false
    rhs[i] = 0
    for (let c = 0; c < 4; c++) rhs[i] += (x * rows12[8 * b + c] + y * rows12[8 * b + 4 + c]) * X[4 * i + c]
    rhs[i] /= x * x + y * y
  }
  luSolve(lu, 4, pivots, rhs, row3)
  for (let c = 0; c < 4; c++) {
    basis[12 * b + c] = rows12[8 * b + c]
    basis[12 * b + 4 + c] = rows12[8 * b + 4 + c]
    basis[12 * b + 8 + c] = row3[c]
  }
  return true
}

/** Writes the models where the three quadrics meet. */
function meet(models: Float64Array): number {
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
    if (writeModel(models, 13 * written)) written++
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
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      let sum = 0
      for (let c = 0; c < 3; c++) sum += basis[12 * i + p + c] * basis[12 * j + q + c]
      products[4 * i + j] = sum
    }
  }
  quadrics[at] = products[0]
  quadrics[at + 1] = products[1] + products[4]
  quadrics[at + 2] = products[5]
  quadrics[at + 3] = products[2] + products[8]
  quadrics[at + 4] = products[6] + products[9]
  quadrics[at + 5] = products[10]
  quadrics[at + 6] = products[3] + products[12]
  quadrics[at + 7] = products[7] + products[13]
  quadrics[at + 8] = products[11] + products[14]
  quadrics[at + 9] = products[15]
}

/** P = s diag(f, f, 1) [R t] in scaled pixels and centred points, to R, t, f in the caller's units. */
function writeModel(models: Float64Array, at: number): boolean {
  const size = units[0]
  const extent = units[1]
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
  t[0] = (sign * P[3]) / (n3 * f)
  t[1] = (sign * P[7]) / (n3 * f)
  t[2] = (sign * P[11]) / n3
  for (let i = 0; i < 4; i++) {
    if (!(R[6] * X[4 * i] + R[7] * X[4 * i + 1] + R[8] * X[4 * i + 2] + t[2] > 0)) return false
  }
  for (let k = 0; k < 9; k++) models[at + k] = R[k]
  for (let r = 0; r < 3; r++) {
    models[at + 9 + r] =
      extent * t[r] - (R[3 * r] * centroid[0] + R[3 * r + 1] * centroid[1] + R[3 * r + 2] * centroid[2])
  }
  models[at + 12] = f * size
  return models[at + 12] > 0 && models[at + 12] < Number.POSITIVE_INFINITY
}

/** Rows: two orthonormal axes in the plane through the centroid, and its normal. */
const planeAxes = new Float64Array(9)
const planeEquations = new Float64Array(72)
const H = new Float64Array(9)
const normal = new Float64Array(3)
/** Columns of [r₁ r₂ n t], one after another. */
const columns = new Float64Array(12)

/** Points on a plane: H = K [r₁ r₂ t] from plane coordinates; h₁ and h₂ are orthogonal and of one length under K⁻ᵀ K⁻¹. */
function planar(models: Float64Array): number {
  if (!planeFrame()) return 0
  planeEquations.fill(0)
  for (let i = 0; i < 4; i++) {
    for (let c = 0; c < 3; c++) {
      let along = 1
      if (c < 2) {
        along = 0
        for (let k = 0; k < 3; k++) along += X[4 * i + k] * planeAxes[3 * c + k]
      }
      planeEquations[18 * i + c] = along
      planeEquations[18 * i + 6 + c] = -uv[2 * i] * along
      planeEquations[18 * i + 12 + c] = along
      planeEquations[18 * i + 15 + c] = -uv[2 * i + 1] * along
    }
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
  let length = 0
  for (let c = 0; c < 2; c++) {
    const x = H[c] / f
    const y = H[3 + c] / f
    const z = H[6 + c]
    length += 0.5 * Math.sqrt(x * x + y * y + z * z)
  }
  const scale = (H[8] < 0 ? -1 : 1) / length
  for (let c = 0; c < 3; c++) {
    const at = c < 2 ? 3 * c : 9
    columns[at] = (scale * H[c]) / f
    columns[at + 1] = (scale * H[3 + c]) / f
    columns[at + 2] = scale * H[6 + c]
  }
  for (let k = 0; k < 3; k++) {
    const l = (k + 1) % 3
    const m = (k + 2) % 3
    columns[6 + k] = columns[l] * columns[3 + m] - columns[m] * columns[3 + l]
  }
  // Rows of P = diag(f, f, 1) [r₁ r₂ n t], back from the plane's axes.
  for (let r = 0; r < 3; r++) {
    const stretch = r < 2 ? f : 1
    for (let c = 0; c < 3; c++) {
      P[4 * r + c] =
        stretch * (columns[r] * planeAxes[c] + columns[3 + r] * planeAxes[3 + c] + columns[6 + r] * planeAxes[6 + c])
    }
    P[4 * r + 3] = stretch * columns[9 + r]
  }
  return writeModel(models, 0) ? 1 : 0
}

/** The plane's axes from the two points that span the largest triangle with the centroid. */
function planeFrame(): boolean {
  let best = 0
  for (let i = 0; i < 4; i++) {
    for (let j = i + 1; j < 4; j++) {
      let square = 0
      let length = 0
      for (let k = 0; k < 3; k++) {
        const l = (k + 1) % 3
        const m = (k + 2) % 3
        normal[k] = X[4 * i + l] * X[4 * j + m] - X[4 * i + m] * X[4 * j + l]
        square += normal[k] * normal[k]
        length += X[4 * i + k] * X[4 * i + k]
      }
      const area = Math.sqrt(square)
      if (!(area > best)) continue
      best = area
      for (let k = 0; k < 3; k++) {
        planeAxes[k] = X[4 * i + k] / Math.sqrt(length)
        planeAxes[6 + k] = normal[k] / area
      }
    }
  }
  for (let k = 0; k < 3; k++) {
    const l = (k + 1) % 3
    const m = (k + 2) % 3
    planeAxes[3 + k] = planeAxes[6 + l] * planeAxes[m] - planeAxes[6 + m] * planeAxes[l]
  }
  return best > 1e-9
}
