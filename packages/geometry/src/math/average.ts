import { EpipoleError } from '@epipole/core'
import { mat3Apply, mat3Determinant, mat3Inverse, mat3Multiply, mat3TransposeMultiply } from './mat3.js'
import { compose, invert, type Rigid, rigid } from './rigid.js'
import { se3Exp, se3Log } from './se3.js'
import { composeSim3, invertSim3, type Sim3 } from './sim3.js'
import { sim3Exp, sim3Log } from './sim3-lie.js'
import { orthonormalize, rotationAngleRad, so3Exp, so3Log } from './so3.js'
import { median } from './statistics.js'
import { nearestRotation, svd3 } from './svd3.js'
import { type Numbers, vec3Norm } from './vec3.js'

/**
 * Problem: the mean or median of rotations, motions, similarities.
 * Equation: min Σ w d(X, X_i)², or Σ w d(X, X_i) for the median; motions and similarities: Σ w Log(X⁻¹ X_i) = 0.
 * Source: see each function.
 * Preconditions: a weight that is not zero, and values that do not point all ways.
 * Solutions: one, the minimum next to the chordal mean.
 */

/**
 * Means of rotations and motions. Hartley, Trumpf, Dai, Li, "Rotation averaging" (IJCV 2013): chordal L2 (section 4.2), geodesic
 * L2 (5.3); Hartley, Aftab, Trumpf, "L1 rotation averaging using the Weiszfeld algorithm" (CVPR 2011).
 */
export interface AverageRotationOptions {
  /**
   * What is minimised. `chordal`: Σ w ‖R − R_i‖², in closed form. `geodesic`: Σ w angle². `median`: Σ w angle, which a minority
   * of wrong rotations hardly moves. Default `geodesic`.
   */
  readonly method?: 'chordal' | 'geodesic' | 'median'
  /** One a rotation, at least 0. Default: all 1. */
  readonly weights?: Numbers
}

/** For rigid motions and similarities. */
export interface AverageMotionOptions {
  /**
   * `mean`: Σ w Log(T⁻¹ T_i) = 0. `median`: Σ w Log(T⁻¹ T_i)/d_i = 0, each pulling with the same strength wherever it is, so that
   * a minority of wrong motions hardly matters; d² = ‖ω‖² + ‖ρ/length‖² (+ σ²) of Log(T⁻¹ T_i) = (ρ, ω, σ). Default `mean`.
   */
  readonly method?: 'mean' | 'median'
  /** The translation that counts as much as a radian in the median. Default: the median distance of the translations from their middle. */
  readonly length?: number
  /** One a motion, at least 0. Default: all 1. */
  readonly weights?: Numbers
}

export type AverageVerdict<T> =
  | { readonly ok: true; readonly mean: T; readonly iterations: number }
  | {
      readonly ok: false
      /** `count`: nothing with a weight; `spread`: they point all ways, and no mean is better than others; `convergence`. */
      readonly reason: 'count' | 'spread' | 'convergence'
      readonly value: number
      readonly threshold: number
    }

const MAX_ITERATIONS = 200
/** Length of the last step, radians and relative units. */
const CONVERGED = 1e-14
/** Below this slope of the chordal cost, relative to the weights, every direction is as good. */
const MIN_CONCENTRATION = 1e-9
/** A rotation as near as this to the median would be divided by; its pull is bounded instead. */
const NEAREST = 1e-12

/** The mean or median of rotation matrices (9 numbers each, row-major). */
export function averageRotations(
  rotations: readonly Numbers[],
  options: AverageRotationOptions = {},
): AverageVerdict<Float64Array> {
  const weights = checkedWeights(rotations.length, options.weights)
  const start = chordalMean(rotations, weights)
  const method = options.method ?? 'geodesic'
  if (!start.ok || method === 'chordal') return start
  const R = start.mean
  const robust = method === 'median'
  const pull = newPull()
  let last = Number.POSITIVE_INFINITY
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    pullAt(R, rotations, weights, robust, pull)
    const length = move(R, rotations, weights, robust, pull)
    // The steps end in the rounding of the logarithms rather than at zero.
    if (length <= CONVERGED || (length < 1e-12 && length >= last)) return { ok: true, mean: R, iterations: iteration }
    last = length
    if (!robust || iteration % 8 !== 0) continue
    const at = medianAmongThem(R, rotations, weights)
    if (at !== undefined) return { ok: true, mean: Float64Array.from(at), iterations: iteration }
  }
  return { ok: false, reason: 'convergence', value: last, threshold: CONVERGED }
}

/** Which way the rotations pull at some R. */
interface Pull {
  /** Σ w Log(Rᵀ R_i), for the median of unit length each: the downward slope. */
  readonly slope: Float64Array
  /** Second derivative of the cost, to leading order. */
  readonly curvature: Float64Array
  readonly step: Float64Array
  /** Σ of the weights of the slope's vectors. */
  sum: number
  cost: number
}

function newPull(): Pull {
  return { slope: new Float64Array(3), curvature: new Float64Array(9), step: new Float64Array(3), sum: 0, cost: 0 }
}

function pullAt(R: Float64Array, rotations: readonly Numbers[], weights: Numbers, robust: boolean, out: Pull): void {
  const { slope, curvature } = out
  slope.fill(0)
  curvature.fill(0)
  out.sum = 0
  out.cost = 0
  const relative = new Float64Array(9)
  const w = new Float64Array(3)
  for (let i = 0; i < rotations.length; i++) {
    so3Log(mat3TransposeMultiply(R, rotations[i], relative), w)
    const square = w[0] * w[0] + w[1] * w[1] + w[2] * w[2]
    const angle = Math.sqrt(square)
    const weight = robust ? weights[i] / Math.max(angle, NEAREST) : weights[i]
    out.sum += weight
    out.cost += weights[i] * (robust ? angle : 0.5 * square)
    for (let r = 0; r < 3; r++) {
      slope[r] += weight * w[r]
      curvature[4 * r] += weight
      // The length of a vector does not change across it.
      if (robust && square > 0) for (let c = 0; c < 3; c++) curvature[3 * r + c] -= (weight * w[r] * w[c]) / square
    }
  }
}

/** R ← the next iterate: Newton's, or where that does not lower the cost Weiszfeld's. Returns the length of the step. */
function move(R: Float64Array, rotations: readonly Numbers[], weights: Numbers, robust: boolean, pull: Pull): number {
  const { slope, step } = pull
  const inverse = mat3Inverse(pull.curvature)
  if (robust && inverse !== undefined) {
    mat3Apply(inverse, slope, step)
    const trial = orthonormalize(mat3Multiply(R, so3Exp(step)))
    const there = newPull()
    pullAt(trial, rotations, weights, robust, there)
    if (there.cost < pull.cost) {
      R.set(trial)
      return vec3Norm(step)
    }
  }
  for (let k = 0; k < 3; k++) step[k] = slope[k] / pull.sum
  mat3Multiply(R, so3Exp(step), R)
  orthonormalize(R)
  return vec3Norm(step)
}

/**
 * The rotation nearest to R, where it is itself the median: the others' unit pulls sum to no more than its weight (Vardi and
 * Zhang, "The multivariate L1-median", 2000). Weiszfeld's steps would only creep towards it.
 */
function medianAmongThem(R: Float64Array, rotations: readonly Numbers[], weights: Float64Array): Numbers | undefined {
  let nearest = -1
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < rotations.length; i++) {
    const angle = weights[i] > 0 ? rotationAngleRad(R, rotations[i]) : Number.POSITIVE_INFINITY
    if (angle < least) {
      least = angle
      nearest = i
    }
  }
  if (nearest < 0) return undefined
  const pull = new Float64Array(3)
  let weight = 0
  for (let i = 0; i < rotations.length; i++) {
    const w = so3Log(mat3TransposeMultiply(rotations[nearest], rotations[i]))
    const angle = Math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
    if (angle <= NEAREST) weight += weights[i]
    else for (let k = 0; k < 3; k++) pull[k] += (weights[i] * w[k]) / angle
  }
  const strength = Math.sqrt(pull[0] * pull[0] + pull[1] * pull[1] + pull[2] * pull[2])
  return strength <= weight ? rotations[nearest] : undefined
}

/** The rotation nearest to Σ w R_i. */
function chordalMean(rotations: readonly Numbers[], weights: Float64Array): AverageVerdict<Float64Array> {
  const sum = new Float64Array(9)
  let total = 0
  for (let i = 0; i < rotations.length; i++) {
    for (let k = 0; k < 9; k++) sum[k] += weights[i] * rotations[i][k]
    total += weights[i]
  }
  if (!(total > 0)) return { ok: false, reason: 'count', value: total, threshold: 0 }
  const { S } = svd3(sum)
  // The cost rises away from the minimum by σ₂ ± σ₃; where that vanishes, so does the mean.
  const concentration = (S[1] + (mat3Determinant(sum) < 0 ? -S[2] : S[2])) / total
  if (!(concentration > MIN_CONCENTRATION)) {
    return { ok: false, reason: 'spread', value: concentration, threshold: MIN_CONCENTRATION }
  }
  return { ok: true, mean: nearestRotation(sum), iterations: 0 }
}

/**
 * The mean of rigid motions: the T with Σ w Log(T⁻¹ T_i) = 0; or their median. The mean does not depend on the frames they are expressed in, on
 * either side (Pennec and Arsigny, "Exponential barycenters of the canonical Cartan connection", 2012).
 */
export function averageRigid(motions: readonly Rigid[], options: AverageMotionOptions = {}): AverageVerdict<Rigid> {
  return barycenter(motions, options, {
    between: (from, to, out) => se3Log(compose(invert(from), to), out),
    plus: (from, step) => {
      const moved = compose(from, se3Exp(step))
      orthonormalize(moved.R)
      return moved
    },
    start: (R, t) => rigid(R, t),
    dimension: 6,
  })
}

/** The mean or median of similarities, as `averageRigid`; of scales alone it is the geometric mean. */
export function averageSim3(similarities: readonly Sim3[], options: AverageMotionOptions = {}): AverageVerdict<Sim3> {
  return barycenter(similarities, options, {
    between: (from, to, out) => sim3Log(composeSim3(invertSim3(from), to), out),
    plus: (from, step) => {
      const moved = composeSim3(from, sim3Exp(step))
      orthonormalize(moved.R)
      return moved
    },
    start: (R, t, all) => ({ scale: median(all.map((one) => one.scale)), R, t: Float64Array.from(t) }),
    dimension: 7,
  })
}

interface Group<T> {
  /** Log(from⁻¹ to). */
  readonly between: (from: T, to: T, out: Float64Array) => Float64Array
  /** from · Exp(step). */
  readonly plus: (from: T, step: Float64Array) => T
  readonly start: (R: Float64Array, t: readonly number[], all: readonly T[]) => T
  readonly dimension: number
}

/** Length of the last step of a median, whose steps shrink by a factor only. */
const MEDIAN_CONVERGED = 1e-11
const MEDIAN_ITERATIONS = 2000

/** Steps to the weighted mean of the logarithms, for the median with weights w/d as Weiszfeld's. */
function barycenter<T extends Rigid>(
  elements: readonly T[],
  options: AverageMotionOptions,
  group: Group<T>,
): AverageVerdict<T> {
  const weights = checkedWeights(elements.length, options.weights)
  const robust = options.method === 'median'
  const rotation = averageRotations(
    elements.map((e) => e.R),
    { method: robust ? 'median' : 'chordal', weights },
  )
  if (!rotation.ok) return rotation
  const { centre, length } = middleOf(elements, options.length)
  let mean = group.start(rotation.mean, centre, elements)
  const xi = new Float64Array(group.dimension)
  const converged = robust ? MEDIAN_CONVERGED : CONVERGED
  let size = Number.POSITIVE_INFINITY
  for (let iteration = 1; iteration <= (robust ? MEDIAN_ITERATIONS : MAX_ITERATIONS); iteration++) {
    const step = new Float64Array(group.dimension)
    let spread = 0
    let total = 0
    for (let i = 0; i < elements.length; i++) {
      group.between(mean, elements[i], xi)
      const weight = robust ? weights[i] / Math.max(distance(xi, length), NEAREST) : weights[i]
      total += weight
      for (let k = 0; k < xi.length; k++) {
        step[k] += weight * xi[k]
        spread = Math.max(spread, weights[i] > 0 ? Math.abs(xi[k]) : 0)
      }
    }
    for (let k = 0; k < step.length; k++) step[k] /= total
    mean = group.plus(mean, step)
    const before = size
    size = step.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / (1 + spread)
    if (size <= converged || (size < 1e-12 && size >= before)) return { ok: true, mean, iterations: iteration }
  }
  return { ok: false, reason: 'convergence', value: size, threshold: converged }
}

/** Where the translations are, coordinate by coordinate, and how far from there. */
function middleOf(elements: readonly Rigid[], given: number | undefined) {
  const centre = [0, 1, 2].map((k) => median(elements.map(({ t }) => t[k])))
  const length = given ?? median(elements.map(({ t }) => vec3Norm(t.map((v, k) => v - centre[k]))))
  if (given !== undefined && !(given > 0 && given < Number.POSITIVE_INFINITY)) {
    throw new EpipoleError('usage', `The length of a median of motions must be positive, not ${given}.`, { length })
  }
  return { centre, length: length > 0 ? length : 1 }
}

function distance(xi: Float64Array, length: number): number {
  let square = 0
  for (let k = 0; k < xi.length; k++) square += k < 3 ? (xi[k] / length) ** 2 : xi[k] ** 2
  return Math.sqrt(square)
}

function checkedWeights(count: number, weights: Numbers | undefined): Float64Array {
  if (weights === undefined) return new Float64Array(count).fill(1)
  if (weights.length === count && Array.from(weights).every((w) => w >= 0 && w < Number.POSITIVE_INFINITY)) {
    return Float64Array.from(weights)
  }
  throw new EpipoleError('usage', `An average of ${count} needs as many weights, none of them negative.`, {
    count,
    weights: Array.from(weights),
  })
}
