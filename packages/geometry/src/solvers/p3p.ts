/**
 * The pose of a calibrated camera from three points.
 *
 * Problem: depths λᵢ > 0 along unit rays fᵢ with ‖λᵢ fᵢ − λⱼ fⱼ‖ = ‖Xᵢ − Xⱼ‖ for the three pairs.
 * Method: as a meeting of two conics. Persson & Nordberg, "Lambda Twist" (ECCV 2018); Ding, Yang, Larsson, Olsson, Åström,
 * "Revisiting the P3P problem" (CVPR 2023): one real root of a cubic makes the pencil of conics degenerate into two lines,
 * each line meets a conic in at most two points; the depths are then polished by Newton's method on the three distances.
 * Preconditions: the points are not on one line.
 * Solutions: at most four; only those with all points in front of the camera are given.
 */

/** Numbers a caller must leave for the models. */
export const P3P_SOLUTIONS = 4

const f = new Float64Array(9)
const depths = new Float64Array(3)
const conic = new Float64Array(9)
const adjugate = new Float64Array(9)
const first = new Float64Array(9)
const second = new Float64Array(9)
const line = new Float64Array(6)
/** Orthonormal frame of the three world points: rows are its axes. */
const worldFrame = new Float64Array(9)
const cameraFrame = new Float64Array(9)
/** Two edges of the triangle. Numbers pass through arrays: an argument that is a double may be allocated. */
const edges = new Float64Array(6)
/** b, c, d of x³ + b x² + c x + d, then its root. */
const cubic = new Float64Array(4)
const cosines = new Float64Array(3)
const squares = new Float64Array(3)

/**
 * @param xy normalised camera coordinates, x y x y …
 * @param points world points, xyz xyz …
 * @param sample three indices of both
 * @param models written: camFromWorld as twelve numbers a solution, R row-major then t
 * @returns how many solutions were written
 */
export function p3p(xy: Float64Array, points: Float64Array, sample: Int32Array, models: Float64Array): number {
  for (let i = 0; i < 3; i++) {
    const x = xy[2 * sample[i]]
    const y = xy[2 * sample[i] + 1]
    const scale = 1 / Math.sqrt(x * x + y * y + 1)
    f[3 * i] = x * scale
    f[3 * i + 1] = y * scale
    f[3 * i + 2] = scale
  }
  const p0 = 3 * sample[0]
  const p1 = 3 * sample[1]
  const p2 = 3 * sample[2]
  for (let c = 0; c < 3; c++) {
    edges[c] = points[p1 + c] - points[p0 + c]
    edges[3 + c] = points[p2 + c] - points[p0 + c]
  }
  if (!frameOfEdges(worldFrame)) return 0
  cosines[0] = f[0] * f[3] + f[1] * f[4] + f[2] * f[5]
  cosines[1] = f[0] * f[6] + f[1] * f[7] + f[2] * f[8]
  cosines[2] = f[3] * f[6] + f[4] * f[7] + f[5] * f[8]
  squares[0] = squaredDistance(points, p0, p1)
  squares[1] = squaredDistance(points, p0, p2)
  squares[2] = squaredDistance(points, p1, p2)
  if (!degenerateConic()) return 0
  if (!splitConic()) return 0
  let count = 0
  for (let k = 0; k < 6; k += 3) count = meetLine(k, points, sample, models, count)
  return count
}

function squaredDistance(points: Float64Array, p: number, q: number): number {
  const x = points[p] - points[q]
  const y = points[p + 1] - points[q + 1]
  const z = points[p + 2] - points[q + 2]
  return x * x + y * y + z * z
}

/** Rows of `out` for the edges u and v: u/‖u‖, their in-plane normal, u × v / ‖u × v‖; false for (nearly) parallel ones. */
function frameOfEdges(out: Float64Array): boolean {
  let ux = edges[0]
  let uy = edges[1]
  let uz = edges[2]
  const vx = edges[3]
  const vy = edges[4]
  const vz = edges[5]
  let nx = uy * vz - uz * vy
  let ny = uz * vx - ux * vz
  let nz = ux * vy - uy * vx
  const uu = ux * ux + uy * uy + uz * uz
  const vv = vx * vx + vy * vy + vz * vz
  const nn = nx * nx + ny * ny + nz * nz
  if (!(nn > 1e-20 * uu * vv)) return false
  const un = 1 / Math.sqrt(uu)
  ux *= un
  uy *= un
  uz *= un
  const norm = 1 / Math.sqrt(nn)
  nx *= norm
  ny *= norm
  nz *= norm
  out[0] = ux
  out[1] = uy
  out[2] = uz
  out[3] = ny * uz - nz * uy
  out[4] = nz * ux - nx * uz
  out[5] = nx * uy - ny * ux
  out[6] = nx
  out[7] = ny
  out[8] = nz
  return true
}

/**
 * Two conics in (λ₀, λ₁, λ₂), from the ratios of the squared distances, into `first` and `second`; the degenerate member
 * of their pencil into `conic`. On return `first` is the conic to meet its lines with.
 */
function degenerateConic(): boolean {
  const a = squares[0] / squares[2]
  const b = squares[1] / squares[2]
  const m01 = cosines[0]
  const m02 = cosines[1]
  const m12 = cosines[2]
  // λᵀ D₁ λ = d₀₁² − a d₁₂², λᵀ D₂ λ = d₀₂² − b d₁₂².
  setSymmetric(first, 1, -m01, 0, 1 - a, a * m12, -a)
  setSymmetric(second, 1, 0, -m02, -b, b * m12, 1 - b)
  // det(D₁ + γ D₂)
  const c0 = -a * (1 - a) - a * a * m12 * m12 + a * m01 * m01
  const c3 = -b * (1 - b) - b * b * m12 * m12 + b * m02 * m02
  const q1 = adjugateDot(first, second)
  const q2 = adjugateDot(second, first)
  if (Math.abs(c3) >= Math.abs(c0)) {
    if (c3 === 0) return false
    cubic[0] = q2 / c3
    cubic[1] = q1 / c3
    cubic[2] = c0 / c3
    outerCubicRoot()
    const gamma = cubic[3]
    for (let k = 0; k < 9; k++) conic[k] = first[k] + gamma * second[k]
    // A line is met with the conic that has the smaller share in C: the other is nearly the lines themselves.
    if (Math.abs(gamma) < 1) for (let k = 0; k < 9; k++) first[k] = second[k]
  } else {
    cubic[0] = q1 / c0
    cubic[1] = q2 / c0
    cubic[2] = c3 / c0
    outerCubicRoot()
    const gamma = cubic[3]
    for (let k = 0; k < 9; k++) conic[k] = gamma * first[k] + second[k]
    if (Math.abs(gamma) > 1) for (let k = 0; k < 9; k++) first[k] = second[k]
  }
  return true
}

function setSymmetric(M: Float64Array, a: number, b: number, c: number, d: number, e: number, g: number): void {
  M[0] = a
  M[1] = b
  M[2] = c
  M[3] = b
  M[4] = d
  M[5] = e
  M[6] = c
  M[7] = e
  M[8] = g
}

/** tr(adj(A) B) of symmetric matrices. */
function adjugateDot(A: Float64Array, B: Float64Array): number {
  return (
    (A[4] * A[8] - A[5] * A[5]) * B[0] +
    (A[0] * A[8] - A[2] * A[2]) * B[4] +
    (A[0] * A[4] - A[1] * A[1]) * B[8] +
    2 * ((A[2] * A[5] - A[1] * A[8]) * B[1] + (A[1] * A[5] - A[2] * A[4]) * B[2] + (A[1] * A[2] - A[0] * A[5]) * B[5])
  )
}

/**
 * The real root of the cubic that lies beyond both stationary points (the only one where there are none), by
 * Newton's method, which is monotone from there. It is the root farthest from the others, so the best conditioned.
 */
function outerCubicRoot(): void {
  const b = cubic[0]
  const c = cubic[1]
  const d = cubic[2]
  const center = -b / 3
  const spread = b * b - 3 * c
  const atCenter = ((center + b) * center + c) * center + d
  let x = center
  if (spread > 0) {
    const reach = (2 / 3) * Math.sqrt(spread)
    x = atCenter > 0 ? center - reach : center + reach
  }
  for (let iteration = 0; iteration < 60; iteration++) {
    const value = ((x + b) * x + c) * x + d
    const slope = (3 * x + 2 * b) * x + c
    if (value === 0 || slope === 0) break
    const next = x - value / slope
    const settled = Math.abs(next - x) <= 1e-15 * Math.abs(next)
    x = next
    if (settled) break
  }
  cubic[3] = x
}

/** C = p qᵀ + q pᵀ (up to scale): the lines p and q into `line`. Richter-Gebert, "Perspectives on projective geometry", 11.1. */
function splitConic(): boolean {
  const C = conic
  adjugate[0] = C[4] * C[8] - C[5] * C[5]
  adjugate[4] = C[0] * C[8] - C[2] * C[2]
  adjugate[8] = C[0] * C[4] - C[1] * C[1]
  adjugate[1] = C[2] * C[5] - C[1] * C[8]
  adjugate[2] = C[1] * C[5] - C[2] * C[4]
  adjugate[5] = C[1] * C[2] - C[0] * C[5]
  adjugate[3] = adjugate[1]
  adjugate[6] = adjugate[2]
  adjugate[7] = adjugate[5]
  let k = 0
  if (Math.abs(adjugate[4]) > Math.abs(adjugate[0])) k = 1
  if (Math.abs(adjugate[8]) > Math.abs(adjugate[4 * k])) k = 2
  const diagonal = adjugate[4 * k]
  // Positive: the two lines are complex, and so are all solutions.
  if (!(diagonal < 0)) return false
  const scale = 1 / Math.sqrt(-diagonal)
  const px = adjugate[k] * scale
  const py = adjugate[3 + k] * scale
  const pz = adjugate[6 + k] * scale
  // C + [p]ₓ has rank one: its rows are one line, its columns the other.
  C[1] -= pz
  C[2] += py
  C[3] += pz
  C[5] -= px
  C[6] -= py
  C[7] += px
  let largest = 0
  for (let i = 1; i < 9; i++) if (Math.abs(C[i]) > Math.abs(C[largest])) largest = i
  const row = 3 * Math.floor(largest / 3)
  const column = largest % 3
  for (let i = 0; i < 3; i++) {
    line[i] = C[row + i]
    line[3 + i] = C[3 * i + column]
  }
  return true
}

const TOUCHING = 1e-12

/** Positive depths on a line and on the conic `first`; each gives a pose. */
function meetLine(at: number, points: Float64Array, sample: Int32Array, models: Float64Array, count: number): number {
  // Eliminate the coordinate with the largest coefficient: λ_e = g λ_u + h λ_v.
  let e = 0
  if (Math.abs(line[at + 1]) > Math.abs(line[at])) e = 1
  if (Math.abs(line[at + 2]) > Math.abs(line[at + e])) e = 2
  const u = e === 0 ? 1 : 0
  const v = e === 2 ? 1 : 2
  const g = -line[at + u] / line[at + e]
  const h = -line[at + v] / line[at + e]
  const D = first
  const ee = D[4 * e]
  const eu = D[3 * e + u]
  const ev = D[3 * e + v]
  // In τ = λ_v / λ_u.
  const c0 = ee * g * g + 2 * eu * g + D[4 * u]
  const c1 = 2 * (ee * g * h + eu * h + ev * g + D[3 * u + v])
  const c2 = ee * h * h + 2 * ev * h + D[4 * v]
  const discriminant = c1 * c1 - 4 * c0 * c2
  // A line that touches the conic may just miss it by rounding.
  if (!(discriminant >= -TOUCHING * c1 * c1)) return count
  const q = -0.5 * (c1 + (c1 < 0 ? -1 : 1) * Math.sqrt(Math.max(0, discriminant)))
  for (let root = 0; root < 2; root++) {
    const tau = root === 0 ? q / c2 : c0 / q
    if (!(tau > 0 && tau < Number.POSITIVE_INFINITY)) continue
    const le = g + h * tau
    if (!(le > 0)) continue
    depths[e] = le
    depths[u] = 1
    depths[v] = tau
    if (scaleDepths() && writePose(points, sample, models, 12 * count)) {
      if (++count === P3P_SOLUTIONS) return count
    }
  }
  return count
}

/** Gives the depths their scale, then Newton's method on the three squared distances. */
function scaleDepths(): boolean {
  const m01 = cosines[0]
  const m02 = cosines[1]
  const m12 = cosines[2]
  const a01 = squares[0]
  const a02 = squares[1]
  const a12 = squares[2]
  let x = depths[0]
  let y = depths[1]
  let z = depths[2]
  // The sum of the three equations fixes the scale whatever the pair.
  const sum = x * x + y * y - 2 * m01 * x * y + x * x + z * z - 2 * m02 * x * z + y * y + z * z - 2 * m12 * y * z
  if (!(sum > 0)) return false
  const total = a01 + a02 + a12
  const scale = Math.sqrt(total / sum)
  x *= scale
  y *= scale
  z *= scale
  let previous = Number.POSITIVE_INFINITY
  for (let iteration = 0; iteration < 5; iteration++) {
    const r0 = x * x + y * y - 2 * m01 * x * y - a01
    const r1 = x * x + z * z - 2 * m02 * x * z - a02
    const r2 = y * y + z * z - 2 * m12 * y * z - a12
    const error = Math.abs(r0) + Math.abs(r1) + Math.abs(r2)
    if (!(error < 0.5 * previous)) break
    depths[0] = x
    depths[1] = y
    depths[2] = z
    previous = error
    if (error < 1e-16 * total) break
    // Half the Jacobian: [[p0, p1, 0], [q0, 0, q2], [0, s1, s2]].
    const p0 = x - m01 * y
    const p1 = y - m01 * x
    const q0 = x - m02 * z
    const q2 = z - m02 * x
    const s1 = y - m12 * z
    const s2 = z - m12 * y
    const determinant = -p0 * q2 * s1 - p1 * q0 * s2
    if (determinant === 0) break
    const half = 0.5 / determinant
    x -= half * (-q2 * s1 * r0 - p1 * s2 * r1 + p1 * q2 * r2)
    y -= half * (-q0 * s2 * r0 + p0 * s2 * r1 - p0 * q2 * r2)
    z -= half * (q0 * s1 * r0 - p0 * s1 * r1 - p1 * q0 * r2)
  }
  return previous < 1e-6 * total && depths[0] > 0 && depths[1] > 0 && depths[2] > 0
}

function writePose(points: Float64Array, sample: Int32Array, models: Float64Array, at: number): boolean {
  const x = depths[0]
  const y = depths[1]
  const z = depths[2]
  for (let c = 0; c < 3; c++) {
    edges[c] = y * f[3 + c] - x * f[c]
    edges[3 + c] = z * f[6 + c] - x * f[c]
  }
  if (!frameOfEdges(cameraFrame)) return false
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      models[at + 3 * r + c] =
        cameraFrame[r] * worldFrame[c] + cameraFrame[3 + r] * worldFrame[3 + c] + cameraFrame[6 + r] * worldFrame[6 + c]
    }
  }
  // t from the centroids, which halves the rounding of a single point.
  for (let r = 0; r < 3; r++) {
    let t = x * f[r] + y * f[3 + r] + z * f[6 + r]
    for (let i = 0; i < 3; i++) {
      const p = 3 * sample[i]
      t -=
        models[at + 3 * r] * points[p] + models[at + 3 * r + 1] * points[p + 1] + models[at + 3 * r + 2] * points[p + 2]
    }
    models[at + 9 + r] = t / 3
  }
  return true
}
