import { nullSpace } from '../math/null-space.js'
import { realRoots } from '../math/sturm.js'
import { epipolarRows } from './epipolar-rows.js'

/**
 * Essential matrices through five calibrated correspondences.
 *
 * Problem: x2ᵀ E x1 = 0 for five pairs, and E essential: 2 E Eᵀ E = tr(E Eᵀ) E, det E = 0.
 * Method: Nistér, "An efficient solution to the five-point relative pose problem" (PAMI 2004): a null space of four
 * dimensions, ten cubic equations in three unknowns, Gauss–Jordan elimination to one polynomial of degree ten, Sturm
 * bracketing. Each solution is then polished by Gauss–Newton on the ten cubics, which elimination had made inaccurate. Where elimination lost digits,
 * or a root leads nowhere, the sample is solved again along other axes of the null space (one in twelve).
 * Preconditions: five distinct pairs, not all on one line; coplanar points are fine. A pure rotation or a repeated pair
 * leaves more freedom and gives no solution or meaningless ones (every E = [t]ₓ R fits a pure rotation).
 * Solutions: at most ten, on average four.
 */

/** Numbers a caller must leave for the models. */
export const ESSENTIAL_FIVE_POINT_SOLUTIONS = 10

const equations = new Float64Array(5 * 9)
/** E = x B₀ + y B₁ + z B₂ + B₃, one row each. */
const basis = new Float64Array(4 * 9)
/** L = E Eᵀ − ½ tr(E Eᵀ) I, upper triangle; monomials xx xy xz yy yz zz x y z 1. */
const quadrics = new Float64Array(6 * 10)
const minor = new Float64Array(10)
/** Ten cubics; monomials x³ y³ x²y xy² x²z x² y²z y² xyz xy | xz² xz x yz² yz y z³ z² z 1. */
const cubics = new Float64Array(10 * 20)
/** Three equations in (x, y, 1) with polynomials in z, ascending: 4 + 4 + 5 coefficients a row. */
const reduced = new Float64Array(3 * 13)
const determinant = new Float64Array(11)
const roots = new Float64Array(10)

/**
 * @param xy1 normalised camera coordinates in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample five indices of pairs
 * @param models written: nine numbers a solution, row-major, Frobenius norm 1
 * @returns how many solutions were written
 */
export function essentialFivePoint(
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  epipolarRows(equations, xy1, xy2, sample, 5)
  if (!nullSpace(equations, 5, 9, basis)) return 0
  let written = solveInBasis(models, 0)
  // Solutions of a small pivot, or whose z nearly coincide though they do not, get lost: other axes tell them apart.
  if (unsure[0] === 1) {
    turnBasis()
    written = solveInBasis(models, written)
  }
  return written
}

/** Set by `solveInBasis` where elimination lost digits, or a root did not lead to a solution. */
const unsure = new Int32Array(1)
/** A pivot below which the elimination is taken to have lost too many digits; about one sample in twenty has one. */
const SMALL_PIVOT = 3e-3

/** Appends the solutions in the present basis that are not yet among the first `written` models; returns how many there are now. */
function solveInBasis(models: Float64Array, written: number): number {
  buildCubics()
  unsure[0] = 0
  if (!eliminate()) {
    unsure[0] = 1
    return written
  }
  if (smallestPivot[0] < SMALL_PIVOT) unsure[0] = 1
  reduce()
  expandDeterminant()
  const count = realRoots(determinant, 10, roots)
  let total = written
  for (let k = 0; k < count && total < ESSENTIAL_FIVE_POINT_SOLUTIONS; k++) {
    if (!modelFromRoot(k, models, 9 * total)) unsure[0] = 1
    else if (isNew(models, total)) total++
  }
  return total
}

/** Whether model `at` differs from all before it, up to sign. */
function isNew(models: Float64Array, at: number): boolean {
  const k = 9 * at
  for (let m = 0; m < k; m += 9) {
    let dot = 0
    for (let i = 0; i < 9; i++) dot += models[m + i] * models[k + i]
    if (Math.abs(dot) > 1 - 1e-12) return false
  }
  return true
}

/** The same null space along other axes: half the Hadamard matrix of order four, which is a rotation. */
function turnBasis(): void {
  for (let i = 0; i < 9; i++) {
    const a = 0.5 * (basis[i] + basis[9 + i])
    const b = 0.5 * (basis[i] - basis[9 + i])
    const c = 0.5 * (basis[18 + i] + basis[27 + i])
    const d = 0.5 * (basis[18 + i] - basis[27 + i])
    basis[i] = a + c
    basis[9 + i] = b + d
    basis[18 + i] = a - c
    basis[27 + i] = b - d
  }
}

/**
 * How near a sample is to losing or inventing a solution: 1/smallest pivot of the elimination, times the condition of the polynomial's
 * real roots, Σ |c_k z^k| / |p(z)| at the extremum z of p where it is largest (a double root has an infinite one). Rounding is
 * multiplied by it; above 1e8 the number of solutions is in doubt, whatever the condition of each.
 *
 * @returns infinite for a degenerate sample
 */
export function essentialFivePointCondition(xy1: Float64Array, xy2: Float64Array, sample: Int32Array): number {
  epipolarRows(equations, xy1, xy2, sample, 5)
  if (!nullSpace(equations, 5, 9, basis)) return Number.POSITIVE_INFINITY
  buildCubics()
  if (!eliminate()) return Number.POSITIVE_INFINITY
  reduce()
  expandDeterminant()
  const derivative = Float64Array.from({ length: 10 }, (_, k) => (k + 1) * determinant[k + 1])
  const extrema = new Float64Array(9)
  let worst = 1
  for (let e = realRoots(derivative, 9, extrema) - 1; e >= 0; e--) {
    let value = 0
    let size = 0
    for (let k = 10; k >= 0; k--) {
      value = value * extrema[e] + determinant[k]
      size = size * Math.abs(extrema[e]) + Math.abs(determinant[k])
    }
    worst = Math.max(worst, size / Math.abs(value))
  }
  return worst / smallestPivot[0]
}

/** q += sign · (entry a of E) · (entry b of E), both linear in x, y, z. */
function addProduct(q: Float64Array, at: number, a: number, b: number, sign: number): void {
  const a0 = sign * basis[a]
  const a1 = sign * basis[9 + a]
  const a2 = sign * basis[18 + a]
  const a3 = sign * basis[27 + a]
  const b0 = basis[b]
  const b1 = basis[9 + b]
  const b2 = basis[18 + b]
  const b3 = basis[27 + b]
  q[at] += a0 * b0
  q[at + 1] += a0 * b1 + a1 * b0
  q[at + 2] += a0 * b2 + a2 * b0
  q[at + 3] += a1 * b1
  q[at + 4] += a1 * b2 + a2 * b1
  q[at + 5] += a2 * b2
  q[at + 6] += a0 * b3 + a3 * b0
  q[at + 7] += a1 * b3 + a3 * b1
  q[at + 8] += a2 * b3 + a3 * b2
  q[at + 9] += a3 * b3
}

/** cubics[row] += (quadric at q) · (entry a of E). */
function addCubic(row: number, source: Float64Array, q: number, entry: number): void {
  const a = basis[entry]
  const b = basis[9 + entry]
  const c = basis[18 + entry]
  const d = basis[27 + entry]
  const q0 = source[q]
  const q1 = source[q + 1]
  const q2 = source[q + 2]
  const q3 = source[q + 3]
  const q4 = source[q + 4]
  const q5 = source[q + 5]
  const q6 = source[q + 6]
  const q7 = source[q + 7]
  const q8 = source[q + 8]
  const q9 = source[q + 9]
  const k = 20 * row
  cubics[k] += q0 * a
  cubics[k + 1] += q3 * b
  cubics[k + 2] += q0 * b + q1 * a
  cubics[k + 3] += q1 * b + q3 * a
  cubics[k + 4] += q0 * c + q2 * a
  cubics[k + 5] += q0 * d + q6 * a
  cubics[k + 6] += q3 * c + q4 * b
  cubics[k + 7] += q3 * d + q7 * b
  cubics[k + 8] += q1 * c + q2 * b + q4 * a
  cubics[k + 9] += q1 * d + q6 * b + q7 * a
  cubics[k + 10] += q2 * c + q5 * a
  cubics[k + 11] += q2 * d + q6 * c + q8 * a
  cubics[k + 12] += q6 * d + q9 * a
  cubics[k + 13] += q4 * c + q5 * b
  cubics[k + 14] += q4 * d + q7 * c + q8 * b
  cubics[k + 15] += q7 * d + q9 * b
  cubics[k + 16] += q5 * c
  cubics[k + 17] += q5 * d + q8 * c
  cubics[k + 18] += q8 * d + q9 * c
  cubics[k + 19] += q9 * d
}

/** Where entry (i, k) of the symmetric L is stored. */
const SYMMETRIC = Int32Array.from([0, 10, 20, 10, 30, 40, 20, 40, 50])

function buildCubics(): void {
  quadrics.fill(0)
  for (let i = 0; i < 3; i++) {
    for (let j = i; j < 3; j++) {
      const at = SYMMETRIC[3 * i + j]
      for (let k = 0; k < 3; k++) addProduct(quadrics, at, 3 * i + k, 3 * j + k, 1)
    }
  }
  for (let m = 0; m < 10; m++) {
    const half = 0.5 * (quadrics[m] + quadrics[30 + m] + quadrics[50 + m])
    quadrics[m] -= half
    quadrics[30 + m] -= half
    quadrics[50 + m] -= half
  }
  cubics.fill(0)
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) addCubic(3 * i + j, quadrics, SYMMETRIC[3 * i + k], 3 * k + j)
    }
  }
  for (let c = 0; c < 3; c++) {
    const a = (c + 1) % 3
    const b = (c + 2) % 3
    minor.fill(0)
    addProduct(minor, 0, 3 + a, 6 + b, 1)
    addProduct(minor, 0, 3 + b, 6 + a, -1)
    addCubic(9, minor, 0, c)
  }
}

const smallestPivot = new Float64Array(1)

/** Gaussian elimination of the first ten monomials; rows 4 to 9 are substituted back, the others are not needed. */
function eliminate(): boolean {
  smallestPivot[0] = 1
  for (let j = 0; j < 10; j++) {
    let pivot = j
    let largest = Math.abs(cubics[20 * j + j])
    for (let i = j + 1; i < 10; i++) {
      const magnitude = Math.abs(cubics[20 * i + j])
      if (magnitude > largest) {
        largest = magnitude
        pivot = i
      }
    }
    if (!(largest > 1e-16)) return false
    if (largest < smallestPivot[0]) smallestPivot[0] = largest
    const rowJ = 20 * j
    if (pivot !== j) {
      const rowP = 20 * pivot
      for (let k = j; k < 20; k++) {
        const swap = cubics[rowJ + k]
        cubics[rowJ + k] = cubics[rowP + k]
        cubics[rowP + k] = swap
      }
    }
    const reciprocal = 1 / cubics[rowJ + j]
    for (let k = j + 1; k < 20; k++) cubics[rowJ + k] *= reciprocal
    for (let i = j + 1; i < 10; i++) {
      const rowI = 20 * i
      const factor = cubics[rowI + j]
      for (let k = j + 1; k < 20; k++) cubics[rowI + k] -= factor * cubics[rowJ + k]
    }
  }
  for (let i = 8; i >= 4; i--) {
    for (let j = i + 1; j < 10; j++) {
      const factor = cubics[20 * i + j]
      for (let k = 10; k < 20; k++) cubics[20 * i + k] -= factor * cubics[20 * j + k]
    }
  }
  return true
}

/** (row of x²z) − z (row of x²), and so for y² and xy: three equations linear in x and y. */
function reduce(): void {
  for (let r = 0; r < 3; r++) {
    const e = 20 * (4 + 2 * r)
    const f = e + 20
    const out = 13 * r
    for (let part = 0; part < 2; part++) {
      const c = 10 + 3 * part
      reduced[out + 4 * part] = cubics[e + c + 2]
      reduced[out + 4 * part + 1] = cubics[e + c + 1] - cubics[f + c + 2]
      reduced[out + 4 * part + 2] = cubics[e + c] - cubics[f + c + 1]
      reduced[out + 4 * part + 3] = -cubics[f + c]
    }
    reduced[out + 8] = cubics[e + 19]
    reduced[out + 9] = cubics[e + 18] - cubics[f + 19]
    reduced[out + 10] = cubics[e + 17] - cubics[f + 18]
    reduced[out + 11] = cubics[e + 16] - cubics[f + 17]
    reduced[out + 12] = -cubics[f + 16]
  }
}

const sextic = new Float64Array(7)

/** The determinant of the three equations: degree ten in z. */
function expandDeterminant(): void {
  determinant.fill(0)
  for (let r = 0; r < 3; r++) {
    const p = 13 * ((r + 1) % 3)
    const q = 13 * ((r + 2) % 3)
    sextic.fill(0)
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        sextic[i + j] += reduced[p + i] * reduced[q + 4 + j] - reduced[p + 4 + j] * reduced[q + i]
      }
    }
    for (let i = 0; i < 7; i++) for (let j = 0; j < 5; j++) determinant[i + j] += sextic[i] * reduced[13 * r + 8 + j]
  }
}

const linear = new Float64Array(9)
/** Coordinates of E in the basis. */
const point = new Float64Array(4)

function modelFromRoot(root: number, models: Float64Array, at: number): boolean {
  const z = roots[root]
  for (let r = 0; r < 3; r++) {
    const k = 13 * r
    linear[3 * r] = ((reduced[k + 3] * z + reduced[k + 2]) * z + reduced[k + 1]) * z + reduced[k]
    linear[3 * r + 1] = ((reduced[k + 7] * z + reduced[k + 6]) * z + reduced[k + 5]) * z + reduced[k + 4]
    linear[3 * r + 2] =
      (((reduced[k + 12] * z + reduced[k + 11]) * z + reduced[k + 10]) * z + reduced[k + 9]) * z + reduced[k + 8]
  }
  // (x, y, 1) is orthogonal to all three rows: the longest of their cross products.
  let best = 0
  for (let r = 0; r < 3; r++) {
    const a = 3 * r
    const b = 3 * ((r + 1) % 3)
    const nx = linear[a + 1] * linear[b + 2] - linear[a + 2] * linear[b + 1]
    const ny = linear[a + 2] * linear[b] - linear[a] * linear[b + 2]
    const nz = linear[a] * linear[b + 1] - linear[a + 1] * linear[b]
    const square = nx * nx + ny * ny + nz * nz
    if (square > best) {
      best = square
      point[0] = nx
      point[1] = ny
      point[2] = z * nz
      point[3] = nz
    }
  }
  if (!(best > 0)) return false
  return polish(models, at)
}

const E = new Float64Array(9)
const EtE = new Float64Array(9)
const EEt = new Float64Array(9)
/** The ten constraints, then their norm. */
const residual = new Float64Array(11)
const derivatives = new Float64Array(3 * 10)
const product = new Float64Array(9)
const SOLVED = 1e-15
const ACCEPTED = 1e-9

/** Gauss–Newton on the ten cubics over unit vectors `point`; the normalised E of the best point is written. */
function polish(models: Float64Array, at: number): boolean {
  let previous = Number.POSITIVE_INFINITY
  for (let iteration = 0; iteration < 6; iteration++) {
    const norm = Math.sqrt(point[0] * point[0] + point[1] * point[1] + point[2] * point[2] + point[3] * point[3])
    const scale = 1 / norm
    if (!(scale > 0 && norm > 0)) return false
    for (let k = 0; k < 4; k++) point[k] *= scale
    for (let k = 0; k < 9; k++) {
      E[k] = point[0] * basis[k] + point[1] * basis[9 + k] + point[2] * basis[18 + k] + point[3] * basis[27 + k]
    }
    evaluateConstraints()
    const size = residual[10]
    if (size < previous) for (let k = 0; k < 9; k++) models[at + k] = E[k]
    if (!(size < 0.5 * previous)) return Math.min(size, previous) < ACCEPTED
    previous = size
    if (size < SOLVED || !newtonStep()) return size < ACCEPTED
  }
  return previous < ACCEPTED
}

/** The constraints at E and their norm into `residual`. */
function evaluateConstraints(): void {
  for (let i = 0; i < 3; i++) {
    for (let j = i; j < 3; j++) {
      const inner = E[i] * E[j] + E[3 + i] * E[3 + j] + E[6 + i] * E[6 + j]
      const outer = E[3 * i] * E[3 * j] + E[3 * i + 1] * E[3 * j + 1] + E[3 * i + 2] * E[3 * j + 2]
      EtE[3 * i + j] = inner
      EtE[3 * j + i] = inner
      EEt[3 * i + j] = outer
      EEt[3 * j + i] = outer
    }
  }
  let square = 0
  for (let i = 0; i < 9; i += 3) {
    for (let j = 0; j < 3; j++) {
      // ‖E‖ = 1, so ½ tr(E Eᵀ) = ½.
      const r = EEt[i] * E[j] + EEt[i + 1] * E[3 + j] + EEt[i + 2] * E[6 + j] - 0.5 * E[i + j]
      residual[i + j] = r
      square += r * r
    }
  }
  const det =
    E[0] * (E[4] * E[8] - E[5] * E[7]) - E[1] * (E[3] * E[8] - E[5] * E[6]) + E[2] * (E[3] * E[7] - E[4] * E[6])
  residual[9] = det
  residual[10] = Math.sqrt(square + det * det)
}

/** One step of `point` along the three basis directions other than its largest coordinate. */
function newtonStep(): boolean {
  let fixed = 0
  for (let k = 1; k < 4; k++) if (Math.abs(point[k]) > Math.abs(point[fixed])) fixed = k
  let row = 0
  for (let d = 0; d < 4; d++) {
    if (d === fixed) continue
    derivative(9 * d, 10 * row)
    row++
  }
  let a00 = 0
  let a01 = 0
  let a02 = 0
  let a11 = 0
  let a12 = 0
  let a22 = 0
  let b0 = 0
  let b1 = 0
  let b2 = 0
  for (let k = 0; k < 10; k++) {
    const u = derivatives[k]
    const v = derivatives[10 + k]
    const w = derivatives[20 + k]
    const r = residual[k]
    a00 += u * u
    a01 += u * v
    a02 += u * w
    a11 += v * v
    a12 += v * w
    a22 += w * w
    b0 += u * r
    b1 += v * r
    b2 += w * r
  }
  const c00 = a11 * a22 - a12 * a12
  const c01 = a02 * a12 - a01 * a22
  const c02 = a01 * a12 - a02 * a11
  const det = a00 * c00 + a01 * c01 + a02 * c02
  if (!(Math.abs(det) > 1e-30)) return false
  const reciprocal = 1 / det
  const c11 = a00 * a22 - a02 * a02
  const c12 = a01 * a02 - a00 * a12
  const c22 = a00 * a11 - a01 * a01
  const s0 = (c00 * b0 + c01 * b1 + c02 * b2) * reciprocal
  const s1 = (c01 * b0 + c11 * b1 + c12 * b2) * reciprocal
  const s2 = (c02 * b0 + c12 * b1 + c22 * b2) * reciprocal
  point[fixed === 0 ? 1 : 0] -= s0
  point[fixed <= 1 ? 2 : 1] -= s1
  point[fixed <= 2 ? 3 : 2] -= s2
  return true
}

/** d/dD of (E Eᵀ E − ½ tr(E Eᵀ) E, det E) along the basis matrix D at `d`. */
function derivative(d: number, out: number): void {
  // Dᵀ E
  let trace = 0
  for (let i = 0; i < 3; i++) {
    const x = basis[d + i]
    const y = basis[d + 3 + i]
    const z = basis[d + 6 + i]
    for (let j = 0; j < 3; j++) product[3 * i + j] = x * E[j] + y * E[3 + j] + z * E[6 + j]
    trace += product[4 * i]
  }
  for (let i = 0; i < 9; i += 3) {
    for (let j = 0; j < 3; j++) {
      derivatives[out + i + j] =
        basis[d + i] * EtE[j] +
        basis[d + i + 1] * EtE[3 + j] +
        basis[d + i + 2] * EtE[6 + j] +
        E[i] * product[j] +
        E[i + 1] * product[3 + j] +
        E[i + 2] * product[6 + j] +
        EEt[i] * basis[d + j] +
        EEt[i + 1] * basis[d + 3 + j] +
        EEt[i + 2] * basis[d + 6 + j] -
        trace * E[i + j] -
        0.5 * basis[d + i + j]
    }
  }
  derivatives[out + 9] =
    basis[d] * (E[4] * E[8] - E[5] * E[7]) +
    basis[d + 1] * (E[5] * E[6] - E[3] * E[8]) +
    basis[d + 2] * (E[3] * E[7] - E[4] * E[6]) +
    basis[d + 3] * (E[2] * E[7] - E[1] * E[8]) +
    basis[d + 4] * (E[0] * E[8] - E[2] * E[6]) +
    basis[d + 5] * (E[1] * E[6] - E[0] * E[7]) +
    basis[d + 6] * (E[1] * E[5] - E[2] * E[4]) +
    basis[d + 7] * (E[2] * E[3] - E[0] * E[5]) +
    basis[d + 8] * (E[0] * E[4] - E[1] * E[3])
}
