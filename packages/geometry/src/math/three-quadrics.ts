import { mat3Adjugate } from './mat3.js'
import { realRoots } from './sturm.js'

/**
 * Real points where three quadrics meet.
 *
 * Method: Kukelova, Heller, Fitzgibbon, "Efficient intersection of three quadrics and applications in computer vision"
 * (CVPR 2016). With z hidden, the equations give x², xy, y² as linear in x, y, 1 with polynomials in z; the three ways to
 * multiply those (x · xy = y · x² and so on) are linear in x, y, 1 too, and their determinant has degree eight.
 * Precondition: the 3×3 matrix of x², xy, y² is regular; else turn the coordinates first.
 */

const CONSTANT = 5
/** a₁ a₂ a₃, b₁ b₂ b₃, c₁ c₂ c₃: x² = a·(x, y, 1), xy = b·(x, y, 1), y² = c·(x, y, 1); five coefficients each, ascending. */
const forms = new Float64Array(9 * CONSTANT)
const left = new Float64Array(9)
const right = new Float64Array(21)
const system = new Float64Array(9 * CONSTANT)
const determinant = new Float64Array(9)
const roots = new Float64Array(8)
const scratch1 = new Float64Array(9)
const scratch2 = new Float64Array(9)
const values = new Float64Array(9)

/**
 * @param quadrics three rows of ten: coefficients of x² xy y² xz yz z² x y z 1
 * @param out written: x y z, at most eight points
 * @returns how many points were written
 */
export function intersectQuadrics(quadrics: Float64Array, out: Float64Array): number {
  if (!solveLeading(quadrics)) return 0
  buildSystem()
  expand()
  const count = realRoots(determinant, 8, roots)
  let written = 0
  for (let k = 0; k < count; k++) {
    if (!pointAt(roots[k], out, 3 * written)) continue
    polish(quadrics, out, 3 * written)
    written++
  }
  return written
}

/** (x², xy, y²) = −A⁻¹ (rest), the rest sorted by x, y and 1 with powers of z. */
function solveLeading(q: Float64Array): boolean {
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) left[3 * r + c] = q[10 * r + c]
    for (let c = 0; c < 7; c++) right[7 * r + c] = q[10 * r + 3 + c]
  }
  for (let j = 0; j < 3; j++) {
    let pivot = j
    for (let i = j + 1; i < 3; i++) if (Math.abs(left[3 * i + j]) > Math.abs(left[3 * pivot + j])) pivot = i
    if (!(Math.abs(left[3 * pivot + j]) > 1e-14)) return false
    for (let c = 0; c < 3; c++) swap(left, 3 * j + c, 3 * pivot + c)
    for (let c = 0; c < 7; c++) swap(right, 7 * j + c, 7 * pivot + c)
    const reciprocal = 1 / left[3 * j + j]
    for (let c = j; c < 3; c++) left[3 * j + c] *= reciprocal
    for (let c = 0; c < 7; c++) right[7 * j + c] *= reciprocal
    for (let i = 0; i < 3; i++) {
      if (i === j) continue
      const factor = left[3 * i + j]
      for (let c = j; c < 3; c++) left[3 * i + c] -= factor * left[3 * j + c]
      for (let c = 0; c < 7; c++) right[7 * i + c] -= factor * right[7 * j + c]
    }
  }
  forms.fill(0)
  for (let r = 0; r < 3; r++) {
    const f = 3 * r * CONSTANT
    const k = 7 * r
    // xz yz z² x y z 1
    forms[f] = -right[k + 3]
    forms[f + 1] = -right[k]
    forms[f + CONSTANT] = -right[k + 4]
    forms[f + CONSTANT + 1] = -right[k + 1]
    forms[f + 2 * CONSTANT] = -right[k + 6]
    forms[f + 2 * CONSTANT + 1] = -right[k + 5]
    forms[f + 2 * CONSTANT + 2] = -right[k + 2]
  }
  return true
}

function swap(a: Float64Array, i: number, j: number): void {
  const v = a[i]
  a[i] = a[j]
  a[j] = v
}

/** system[target] += sign · forms[p] · forms[q], polynomials of degree at most two each. */
function add(target: number, sign: number, p: number, q: number): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      system[CONSTANT * target + i + j] += sign * forms[CONSTANT * p + i] * forms[CONSTANT * q + j]
    }
  }
}

const a1 = 0
const a2 = 1
const a3 = 2
const b1 = 3
const b2 = 4
const b3 = 5
const c1 = 6
const c2 = 7
const c3 = 8

function buildSystem(): void {
  system.fill(0)
  // x · xy − y · x² = 0
  add(0, 1, b1, b2)
  add(0, -1, a2, c1)
  linear(0, 1, b3)
  add(1, 1, a2, b1)
  add(1, 1, b2, b2)
  add(1, -1, a1, b2)
  add(1, -1, a2, c2)
  linear(1, -1, a3)
  add(2, 1, b1, a3)
  add(2, 1, b2, b3)
  add(2, -1, a1, b3)
  add(2, -1, a2, c3)
  // x · y² − y · xy = 0
  add(3, 1, a1, c1)
  add(3, 1, b1, c2)
  add(3, -1, b1, b1)
  add(3, -1, b2, c1)
  linear(3, 1, c3)
  add(4, 1, a2, c1)
  add(4, -1, b1, b2)
  linear(4, -1, b3)
  add(5, 1, c1, a3)
  add(5, 1, c2, b3)
  add(5, -1, b1, b3)
  add(5, -1, b2, c3)
  // (xy)² − x² · y² = 0: its own squares are replaced once more.
  square(scratch1, b1, b1, a1, c1, 1)
  addTriple(6, scratch1, a1, a2, a3)
  square(scratch1, b1, b2, a1, c2, 2, a2, c1)
  addTriple(6, scratch1, b1, b2, b3)
  square(scratch1, b2, b2, a2, c2, 1)
  addTriple(6, scratch1, c1, c2, c3)
  cross(6, b1, b3, a1, c3, a3, c1)
  cross(7, b2, b3, a2, c3, a3, c2)
  add(8, 1, b3, b3)
  add(8, -1, a3, c3)
}

/** system[target] += sign · forms[p]. */
function linear(target: number, sign: number, p: number): void {
  for (let i = 0; i < CONSTANT; i++) system[CONSTANT * target + i] += sign * forms[CONSTANT * p + i]
}

/** out = factor · p q − r s (− u v), all of degree one. */
function square(
  out: Float64Array,
  p: number,
  q: number,
  r: number,
  s: number,
  factor: number,
  u?: number,
  v?: number,
): void {
  out.fill(0)
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      out[i + j] += factor * forms[CONSTANT * p + i] * forms[CONSTANT * q + j]
      out[i + j] -= forms[CONSTANT * r + i] * forms[CONSTANT * s + j]
      if (u !== undefined && v !== undefined) out[i + j] -= forms[CONSTANT * u + i] * forms[CONSTANT * v + j]
    }
  }
}

/** The row at `target` += (polynomial of degree two) · (forms p, q, r). */
function addTriple(target: number, polynomial: Float64Array, p: number, q: number, r: number): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; i + j < CONSTANT && j < 3; j++) {
      system[CONSTANT * target + i + j] += polynomial[i] * forms[CONSTANT * p + j]
      system[CONSTANT * (target + 1) + i + j] += polynomial[i] * forms[CONSTANT * q + j]
      system[CONSTANT * (target + 2) + i + j] += polynomial[i] * forms[CONSTANT * r + j]
    }
  }
}

/** system[target] += 2 p q − r s − u v. */
function cross(target: number, p: number, q: number, r: number, s: number, u: number, v: number): void {
  add(target, 2, p, q)
  add(target, -1, r, s)
  add(target, -1, u, v)
}

/** out = product of two polynomials of `system`, minus another product. */
function minorOf(p: number, q: number, r: number, s: number, out: Float64Array): void {
  out.fill(0)
  for (let i = 0; i < CONSTANT; i++) {
    for (let j = 0; j < CONSTANT; j++) {
      out[i + j] += system[CONSTANT * p + i] * system[CONSTANT * q + j]
      out[i + j] -= system[CONSTANT * r + i] * system[CONSTANT * s + j]
    }
  }
}

/** Degrees: 2 2 3 | 2 2 3 | 3 3 4, hence eight. */
function expand(): void {
  determinant.fill(0)
  for (let c = 0; c < 3; c++) {
    const d = (c + 1) % 3
    const e = (c + 2) % 3
    minorOf(d, 3 + e, e, 3 + d, scratch2)
    for (let i = 0; i < 9; i++) {
      for (let j = 0; j < CONSTANT && i + j < 9; j++) {
        determinant[i + j] += scratch2[i] * system[CONSTANT * (6 + c) + j]
      }
    }
  }
}

/** x and y for a root z: the null vector of the three equations. */
function pointAt(z: number, out: Float64Array, at: number): boolean {
  for (let k = 0; k < 9; k++) {
    let value = 0
    for (let i = CONSTANT - 1; i >= 0; i--) value = value * z + system[CONSTANT * k + i]
    values[k] = value
  }
  let best = 0
  for (let r = 0; r < 3; r++) {
    const p = 3 * r
    const q = 3 * ((r + 1) % 3)
    const nx = values[p + 1] * values[q + 2] - values[p + 2] * values[q + 1]
    const ny = values[p + 2] * values[q] - values[p] * values[q + 2]
    const nz = values[p] * values[q + 1] - values[p + 1] * values[q]
    if (!(Math.abs(nz) > best)) continue
    best = Math.abs(nz)
    out[at] = nx / nz
    out[at + 1] = ny / nz
  }
  out[at + 2] = z
  return best > 0 && Number.isFinite(out[at]) && Number.isFinite(out[at + 1])
}

/** Newton's method on the three quadrics themselves, as long as it helps: elimination costs digits. */
function polish(q: Float64Array, out: Float64Array, at: number): void {
  let x = out[at]
  let y = out[at + 1]
  let z = out[at + 2]
  let previous = Number.POSITIVE_INFINITY
  for (let iteration = 0; iteration < 8; iteration++) {
    let error = 0
    for (let r = 0; r < 3; r++) {
      const k = 10 * r
      const value =
        q[k] * x * x + q[k + 1] * x * y + q[k + 2] * y * y + q[k + 3] * x * z + q[k + 4] * y * z + q[k + 5] * z * z
      const residual = value + q[k + 6] * x + q[k + 7] * y + q[k + 8] * z + q[k + 9]
      error += Math.abs(residual)
      right[r] = residual
      left[3 * r] = 2 * q[k] * x + q[k + 1] * y + q[k + 3] * z + q[k + 6]
      left[3 * r + 1] = q[k + 1] * x + 2 * q[k + 2] * y + q[k + 4] * z + q[k + 7]
      left[3 * r + 2] = q[k + 3] * x + q[k + 4] * y + 2 * q[k + 5] * z + q[k + 8]
    }
    if (!(error < 0.5 * previous)) return
    out[at] = x
    out[at + 1] = y
    out[at + 2] = z
    if (error === 0) return
    previous = error
    const a = left[0]
    const b = left[1]
    const c = left[2]
    mat3Adjugate(left, left)
    // By its first row; a function that returns a double may allocate it.
    const determinant = a * left[0] + b * left[3] + c * left[6]
    if (determinant === 0) return
    x -= (left[0] * right[0] + left[1] * right[1] + left[2] * right[2]) / determinant
    y -= (left[3] * right[0] + left[4] * right[1] + left[5] * right[2]) / determinant
    z -= (left[6] * right[0] + left[7] * right[1] + left[8] * right[2]) / determinant
  }
}
