import { mat3Multiply, nearestRotation, so3Exp, solveLeastSquares } from '@epipole/geometry'

/** How well a pure rotation explains matched rays. */
export interface RotationFit {
  /** b-from-a rotation, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Number of matches within the threshold. */
  readonly inliers: number
  /** Which ones. */
  readonly kept: Int32Array
}

/**
 * The rotation that best turns the rays of one photo into those of the other, and how many matches agree with it: what
 * tells a camera that only turned from one that also moved before a plane. Kabsch on unit rays, refitted on its inliers.
 *
 * @param raysA normalised coordinates, `2 × n`
 * @param raysB the same of the other photo
 * @param use indices of the matches to fit
 * @param maxError largest distance on the plane z = 1 of photo b
 */
export function fitRotation(
  raysA: Float64Array,
  raysB: Float64Array,
  use: ArrayLike<number>,
  maxError: number,
): RotationFit {
  let kept: ArrayLike<number> = use
  let R = new Float64Array([1, 0, 0, 0, 1, 0, 0, 0, 1])
  for (let round = 0; round < 4; round++) {
    R = kabsch(raysA, raysB, kept)
    const next: number[] = []
    // The first fit bears the whole set's outliers, so the gate narrows from round to round.
    const gate = maxError * Math.max(1, 4 >> round)
    for (let i = 0; i < use.length; i++) if (rotationError(R, raysA, raysB, use[i]) <= gate) next.push(use[i])
    if (next.length < 2) return { R, inliers: next.length, kept: Int32Array.from(next) }
    kept = next
  }
  const fits = Int32Array.from(use).filter((m) => rotationError(R, raysA, raysB, m) <= maxError)
  return { R, inliers: fits.length, kept: fits }
}

function kabsch(raysA: Float64Array, raysB: Float64Array, use: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const M = new Float64Array(9)
  for (let i = 0; i < use.length; i++) {
    const ax = raysA[2 * use[i]]
    const ay = raysA[2 * use[i] + 1]
    const bx = raysB[2 * use[i]]
    const by = raysB[2 * use[i] + 1]
    const w = 1 / Math.sqrt((ax * ax + ay * ay + 1) * (bx * bx + by * by + 1))
    M[0] += w * bx * ax
    M[1] += w * bx * ay
    M[2] += w * bx
    M[3] += w * by * ax
    M[4] += w * by * ay
    M[5] += w * by
    M[6] += w * ax
    M[7] += w * ay
    M[8] += w
  }
  const R = new Float64Array(9)
  nearestRotation(M, R)
  return R
}

function rotationError(R: Float64Array, raysA: Float64Array, raysB: Float64Array, i: number): number {
  const x = raysA[2 * i]
  const y = raysA[2 * i + 1]
  const z = R[6] * x + R[7] * y + R[8]
  if (!(z > 0)) return Number.POSITIVE_INFINITY
  const dx = (R[0] * x + R[1] * y + R[2]) / z - raysB[2 * i]
  const dy = (R[3] * x + R[4] * y + R[5]) / z - raysB[2 * i + 1]
  return Math.sqrt(dx * dx + dy * dy)
}

/** Trials of {@link turnOfUnknownFocal}: factors on the guessed focal lengths, and coefficients of radial distortion. */
const ANY_FOCAL: number[] = []
for (let factor = 0.25; factor < 2.5; factor *= 1.05) ANY_FOCAL.push(factor)
/** Factors around a focal length from EXIF, which is off by some percent. */
export const NEAR_FOCAL: readonly number[] = [0.92, 0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06, 1.08]
const MAX_RADIAL = 0.1
const RADIAL = [-MAX_RADIAL, 0, MAX_RADIAL]
/** Largest offset of the principal point from the image centre, in guessed focal lengths: 1.5 to 2 % of the longer side. */
const MAX_SHIFT = 0.015
/** Matches that take part; so many are enough to tell. */
const MAX_MATCHES = 400

/** How well the best of many focal lengths lets a pure rotation explain matched rays. */
export interface TurnFit extends Omit<RotationFit, 'kept'> {
  /** Matches that took part. */
  readonly tested: number
  /** Of the matches that took part, distance in units of the guessed focal length. */
  readonly medianError: number
}

/**
 * A turn of a camera whose focal length is unknown: `fitRotation` over a range of focal lengths around the guess (0.25 to 2.5
 * times), common to both photos, with a little distortion either way. A camera that moved before a plane is hardly ever explained so: a
 * homography has eight degrees of freedom, this has five and a little play: the best trial is refined together with the principal
 * point. (Longer lenses are left out, for with them a turn is the same as a shift along
 * a plane that the camera faces.)
 *
 * @param raysA normalised coordinates under the guessed focal lengths, `2 × n`
 * @param raysB the same of the other photo
 * @param use indices of the matches to explain
 * @param maxError of an inlier, on the plane z = 1 of photo b under the guess
 * @param factors on the guessed focal lengths, tried in turn
 */
export function turnOfUnknownFocal(
  raysA: Float64Array,
  raysB: Float64Array,
  use: ArrayLike<number>,
  maxError: number,
  factors: readonly number[] = ANY_FOCAL,
): TurnFit {
  const step = Math.max(1, Math.ceil(use.length / MAX_MATCHES))
  const some = Int32Array.from({ length: Math.ceil(use.length / step) }, (_, i) => use[i * step])
  const a = new Float64Array(2 * some.length)
  const b = new Float64Array(2 * some.length)
  const all = some.map((_, i) => i)
  const errors = new Float64Array(some.length)
  const nothing: TurnFit = {
    R: new Float64Array(9),
    inliers: 0,
    tested: some.length,
    medianError: Number.POSITIVE_INFINITY,
  }
  let best = { ...nothing, lens: lensTrial(1, 0) }
  const attempt = (lens: LensTrial): void => {
    some.forEach((m, i) => {
      undistort(raysA, m, lens, a, i)
      undistort(raysB, m, lens, b, i)
    })
    const { R, inliers } = fitRotation(a, b, all, maxError / lens.factor)
    for (let i = 0; i < errors.length; i++) errors[i] = lens.factor * rotationError(R, a, b, i)
    const medianError = errors.sort()[errors.length >> 1]
    if (medianError < best.medianError) best = { R, inliers, tested: some.length, medianError, lens }
  }
  for (const factor of factors) for (const radial of RADIAL) attempt(lensTrial(factor, radial))
  if (best.medianError < Number.POSITIVE_INFINITY) {
    const lens = refineLens(raysA, raysB, some, best, maxError)
    if (isPlausible(lens, factors)) attempt(lens)
  }
  const { R, inliers, tested, medianError } = best
  return { R, inliers, tested, medianError }
}

/** What a trial supposes of the lens, in units of the guessed focal length. */
interface LensTrial {
  /** Focal length. */
  readonly factor: number
  /** Radial distortion. */
  readonly radial: number
  /** Principal point, from the guessed one. */
  readonly x: number
  readonly y: number
}

function lensTrial(factor: number, radial: number): LensTrial {
  return { factor, radial, x: 0, y: 0 }
}

/** Whether a lens may be so: with any freedom a turn would soon explain what a homography does. */
function isPlausible({ factor, radial, x, y }: LensTrial, factors: readonly number[]): boolean {
  const known = factor >= Math.min(...factors) && factor <= Math.max(...factors)
  return known && Math.abs(radial) <= MAX_RADIAL && Math.abs(x) <= MAX_SHIFT && Math.abs(y) <= MAX_SHIFT
}

/**
 * The lens, together with the rotation, by robust least squares from the best of the trials: in a photo of thousands of pixels a
 * percent of the focal length, or of the width as the principal point's offset, is many pixels.
 */
function refineLens(
  raysA: Float64Array,
  raysB: Float64Array,
  use: Int32Array,
  start: { readonly R: Float64Array; readonly lens: LensTrial },
  maxError: number,
): LensTrial {
  const a = new Float64Array(2)
  const b = new Float64Array(2)
  const turn = new Float64Array(9)
  const R = new Float64Array(9)
  const x = Float64Array.of(0, 0, 0, start.lens.factor, start.lens.radial, 0, 0)
  const lensAt = (at: Float64Array): LensTrial => ({ factor: at[3], radial: at[4], x: at[5], y: at[6] })
  const residuals = (at: Float64Array, out: Float64Array): void => {
    mat3Multiply(so3Exp(at.subarray(0, 3), turn), start.R, R)
    const lens = lensAt(at)
    use.forEach((m, i) => {
      undistort(raysA, m, lens, a, 0)
      undistort(raysB, m, lens, b, 0)
      const z = R[6] * a[0] + R[7] * a[1] + R[8]
      // In units of the gate, so that the loss tells matches that agree from those that do not.
      out[2 * i] = (lens.factor * ((R[0] * a[0] + R[1] * a[1] + R[2]) / z - b[0])) / maxError
      out[2 * i + 1] = (lens.factor * ((R[3] * a[0] + R[4] * a[1] + R[5]) / z - b[1])) / maxError
    })
  }
  const problem = {
    residualCount: 2 * use.length,
    parameterCount: 7,
    residuals,
    loss: { type: 'soft-l1' as const, scale: 1 },
    lossBlock: 2,
  }
  solveLeastSquares(problem, x, { maxIterations: 20, functionTolerance: 1e-6 })
  return lensAt(x)
}

/** One step of the inverse of `r (1 + k r²)`: near enough for small k. */
function undistort(rays: Float64Array, from: number, lens: LensTrial, out: Float64Array, to: number): void {
  const x = (rays[2 * from] - lens.x) / lens.factor
  const y = (rays[2 * from + 1] - lens.y) / lens.factor
  const scale = 1 - lens.radial * (x * x + y * y)
  out[2 * to] = x * scale
  out[2 * to + 1] = y * scale
}
