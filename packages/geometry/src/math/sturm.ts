/**
 * Problem: all real roots of a polynomial.
 * Equation: p(x) = 0.
 * Source: Sturm's theorem; Nistér, PAMI 2004, section 3.2.3.
 * Preconditions: finite coefficients; a degree up to that of its tables.
 * Solutions: up to the degree; multiple ones once.
 */

/**
 * All real roots of a polynomial: Sturm's theorem counts the distinct roots of an interval, bisection isolates them, a
 * bracketed Newton iteration finishes. Nistér, "An efficient solution to the five-point relative pose problem" (PAMI
 * 2004), section 3.2.3, uses it for degree 10.
 */

const MAX_DEGREE = 24
/** Distinct roots closer than this (relative to the interval's magnitude) are reported as one. */
const SEPARATION = 1e-13

const STRIDE = MAX_DEGREE + 1
/** Row 0: p monic; row 1: p′/n; then negated remainders, each scaled to a leading coefficient of ±1. */
const chain = new Float64Array(STRIDE * STRIDE)
const degrees = new Int32Array(STRIDE)
/** While degrees fall by one: pᵢ₋₁ = (slope x + offset) pᵢ − weight pᵢ₊₁, which evaluates the chain from its end. */
const slopes = new Float64Array(STRIDE)
const offsets = new Float64Array(STRIDE)
const weights = new Float64Array(STRIDE)
const remainder = new Float64Array(STRIDE)
const stack = new Float64Array(4 * 256)
/** Where roots are looked for. Numbers pass through arrays: an argument that is a double may be allocated. */
const interval = new Float64Array(2)
/** Index of the last row. */
let last = 0
/** Whether degrees fall by one along the whole chain. */
let regular = true

/**
 * Real roots in (low, high], ascending, multiple roots once.
 *
 * @param c coefficients, ascending: c[k] belongs to xᵏ
 * @param degree at most 24; leading zeros lower it
 * @param out at least `degree` numbers
 * @param low default: a bound on all roots
 * @returns how many roots were written
 */
export function realRoots(
  c: ArrayLike<number>,
  degree: number,
  out: Float64Array,
  low: number = Number.NEGATIVE_INFINITY,
  high: number = Number.POSITIVE_INFINITY,
): number {
  let n = degree
  while (n > 0 && c[n] === 0) n--
  if (n === 0 || n > MAX_DEGREE) return 0
  const lead = 1 / c[n]
  for (let k = 0; k <= n; k++) chain[k] = c[k] * lead
  for (let k = 0; k < n; k++) if (!(Math.abs(chain[k]) < 1e250)) return 0
  boundRoots(n)
  if (low > interval[0]) interval[0] = low
  if (high < interval[1]) interval[1] = high
  if (!(interval[0] < interval[1])) return 0
  if (n === 1) {
    const root = -chain[0]
    if (!(root > interval[0] && root <= interval[1])) return 0
    out[0] = root
    return 1
  }
  buildChain(n)
  return isolate(out)
}

/**
 * Fujiwara's bound on the magnitude of all roots of the monic polynomial in row 0, made a little larger, into `interval`:
 * twice the largest |aₙ₋ₖ|^(1/k), each rounded up to a power of two.
 */
function boundRoots(n: number): void {
  let bound = 0
  let factor = 1
  for (let k = 1; k <= n; k++) {
    factor *= 2
    const a = Math.abs(chain[n - k]) * (k === n ? 0.5 : 1)
    if (a === 0) continue
    let root = 1
    let power = 1
    for (; power < a && root < 1e250; power *= factor) root *= 2
    for (; power >= a * factor && root > 1e-250; power /= factor) root /= 2
    if (root > bound) bound = root
  }
  interval[1] = 2 * bound * 1.0001 + 1e-300
  interval[0] = -interval[1]
}

/** Fills the chain below row 0 and the recurrence that evaluates it. */
function buildChain(n: number): void {
  degrees[0] = n
  degrees[1] = n - 1
  regular = true
  for (let k = 0; k < n; k++) chain[STRIDE + k] = (chain[k + 1] * (k + 1)) / n
  for (last = 1; ; last++) {
    const scale = divide(last)
    let d = degrees[last] - 1
    while (d >= 0 && !(Math.abs(remainder[d]) > 1e-15 * scale)) d--
    weights[last] = d < 0 ? 0 : Math.abs(remainder[d])
    if (d < 0) return
    if (d !== degrees[last] - 1) regular = false
    degrees[last + 1] = d
    const reciprocal = 1 / weights[last]
    for (let k = 0; k <= d; k++) chain[(last + 1) * STRIDE + k] = -remainder[k] * reciprocal
  }
}

/** Row i − 1 modulo row i into `remainder`, its quotient into the recurrence; returns the dividend's magnitude. */
function divide(i: number): number {
  const dividend = (i - 1) * STRIDE
  const divisor = i * STRIDE
  const d = degrees[i]
  const reciprocal = 1 / chain[divisor + d]
  let scale = 0
  for (let k = 0; k <= degrees[i - 1]; k++) {
    remainder[k] = chain[dividend + k]
    scale = Math.max(scale, Math.abs(remainder[k]))
  }
  for (let shift = degrees[i - 1] - d; shift >= 0; shift--) {
    const factor = remainder[d + shift] * reciprocal
    for (let k = 0; k < d; k++) remainder[k + shift] -= factor * chain[divisor + k]
    if (shift === 1) slopes[i] = factor
    else if (shift === 0) offsets[i] = factor
  }
  return scale
}

/** Sign changes of the chain at stack[slot]. */
function signChanges(slot: number): number {
  const x = stack[slot]
  let next = 0
  let current = evaluateRow(last, x)
  let negative = current < 0
  let changes = 0
  for (let i = last; i >= 1; i--) {
    const previous = regular ? (slopes[i] * x + offsets[i]) * current - weights[i] * next : evaluateRow(i - 1, x)
    next = current
    current = previous
    if (previous < 0 !== negative) {
      changes++
      negative = previous < 0
    }
  }
  return changes
}

function evaluateRow(i: number, x: number): number {
  const row = i * STRIDE
  let value = chain[row + degrees[i]]
  for (let k = degrees[i] - 1; k >= 0; k--) value = value * x + chain[row + k]
  return value
}

/** Bisects until every piece holds one root, left pieces first. */
function isolate(out: Float64Array): number {
  let count = 0
  let top = 0
  stack[0] = interval[0]
  stack[1] = interval[1]
  stack[2] = signChanges(0)
  stack[3] = signChanges(1)
  top = 1
  while (top > 0) {
    top--
    const a = stack[4 * top]
    const b = stack[4 * top + 1]
    const atA = stack[4 * top + 2]
    const atB = stack[4 * top + 3]
    const roots = atA - atB
    if (roots <= 0) continue
    const middle = 0.5 * (a + b)
    const narrow = b - a <= SEPARATION * Math.max(Math.abs(a), Math.abs(b)) || middle === a || middle === b
    if (roots === 1 || narrow) {
      const valueA = evaluateRow(0, a)
      const valueB = evaluateRow(0, b)
      if (narrow) {
        out[count++] = middle
        continue
      }
      if (valueB === 0) {
        out[count++] = b
        continue
      }
      if (valueA < 0 !== valueB < 0) {
        out[count++] = refine(a, b, valueA)
        continue
      }
      // A root of even multiplicity does not change the sign: the count alone leads to it.
    }
    if (top + 2 > 256) return count
    // The right half below, the left half on top, so that roots come in ascending order.
    const right = 4 * top
    const left = right + 4
    stack[right] = middle
    stack[right + 1] = b
    stack[right + 2] = signChanges(right)
    stack[right + 3] = atB
    stack[left] = a
    stack[left + 1] = middle
    stack[left + 2] = atA
    stack[left + 3] = stack[right + 2]
    top += 2
    if (count >= degrees[0]) return count
  }
  return count
}

/** Newton's method kept inside a bracket that changes sign; bisects whenever a step would leave it or hardly help. */
function refine(a: number, b: number, valueA: number): number {
  const n = degrees[0]
  const rising = valueA < 0
  let x = 0.5 * (a + b)
  let width = b - a
  for (let iteration = 0; iteration < 200; iteration++) {
    let p = chain[n]
    let slope = 0
    for (let k = n - 1; k >= 0; k--) {
      slope = slope * x + p
      p = p * x + chain[k]
    }
    if (p === 0) return x
    if (p < 0 === rising) a = x
    else b = x
    const step = p / slope
    let next = x - step
    if (!(next > a && next < b) || Math.abs(step) > 0.5 * width) next = 0.5 * (a + b)
    width = Math.abs(next - x)
    if (width <= 2.3e-16 * Math.abs(next) || next === x) return next
    x = next
  }
  return x
}
