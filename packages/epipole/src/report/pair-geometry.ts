import { type Camera, calibrationMatrix, essentialFromPose, sampsonErrors } from '@epipole/geometry'
import type { TwoViewGeometry } from '@epipole/sfm'

/** A piece of a straight line, pixels. */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number]

/**
 * The pair's fundamental matrix in pixels, row-major, `x_bᵀ F x_a = 0`: of the relative pose where there is one
 * (`F = K_b⁻ᵀ E K_a⁻¹`; lens distortion aside), else the estimated one where the pair has depth. Undefined where the camera
 * only turned, where only a plane is seen and no pose is known, and where the pair was refused.
 */
export function pairFundamental(geometry: TwoViewGeometry, a?: Camera, b?: Camera): Float64Array | undefined {
  const { kind, bFromA, F } = geometry
  if (kind === 'panoramic' || kind === 'refused') return undefined
  if (a && b && bFromA?.t.some((c) => c !== 0)) {
    return fundamentalFromEssential(essentialFromPose(bFromA), a, b)
  }
  return kind === 'planar' ? undefined : F
}

function fundamentalFromEssential(E: Float64Array, a: Camera, b: Camera): Float64Array {
  const left = inverseCalibration(b)
  const right = inverseCalibration(a)
  const F = new Float64Array(9)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      for (let k = 0; k < 3; k++)
        for (let l = 0; l < 3; l++) F[3 * r + c]! += left[3 * k + r]! * E[3 * k + l]! * right[3 * l + c]!
    }
  }
  return F
}

/** K⁻¹ of `K = [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]`. */
function inverseCalibration(camera: Camera): Float64Array {
  const K = calibrationMatrix(camera)
  const [fx, cx, fy, cy] = [K[0]!, K[2]!, K[4]!, K[5]!]
  return Float64Array.of(1 / fx, 0, -cx / fx, 0, 1 / fy, -cy / fy, 0, 0, 1)
}

/** The line `M x` of a homogeneous pixel, or with `transposed` `Mᵀ x`: coefficients of `l0 x + l1 y + l2 = 0`. */
export function lineOf(M: Float64Array, x: number, y: number, transposed = false): [number, number, number] {
  const at = (r: number, c: number) => (transposed ? M[3 * c + r]! : M[3 * r + c]!)
  const row = (r: number) => at(r, 0) * x + at(r, 1) * y + at(r, 2)
  return [row(0), row(1), row(2)]
}

/** The part of a line inside `0 ≤ x ≤ width, 0 ≤ y ≤ height`; undefined where it misses the photo. */
export function clipLine(
  [a, b, c]: readonly [number, number, number],
  width: number,
  height: number,
): Segment | undefined {
  const square = a * a + b * b
  if (!(square > 0) || !Number.isFinite(square + c)) return undefined
  // Liang and Barsky: the foot of the origin plus s times the direction, cut by the four sides in turn.
  const [x, y, dx, dy] = [(-a * c) / square, (-b * c) / square, -b, a]
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  for (const [at, step, size] of [
    [x, dx, width],
    [y, dy, height],
  ] as const) {
    if (step === 0) {
      if (at < 0 || at > size) return undefined
      continue
    }
    const s = (0 - at) / step
    const t = (size - at) / step
    low = Math.max(low, Math.min(s, t))
    high = Math.min(high, Math.max(s, t))
  }
  return low < high ? [x + low * dx, y + low * dy, x + high * dx, y + high * dy] : undefined
}

/** Distances in image b of the matches from where the homography takes them, pixels; infinite beyond the horizon. */
export function homographyErrors(H: Float64Array, xyA: Float64Array, xyB: Float64Array): Float64Array {
  return Float64Array.from({ length: xyA.length / 2 }, (_, i) => {
    const [u, v, w] = lineOf(H, xyA[2 * i]!, xyA[2 * i + 1]!)
    const dx = u / w - xyB[2 * i]!
    const dy = v / w - xyB[2 * i + 1]!
    const error = Math.sqrt(dx * dx + dy * dy)
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  })
}

/** How far each match is from a model, pixels. */
export interface PairResiduals {
  readonly model: 'epipolar' | 'homography'
  /** For a person. */
  readonly name: string
  readonly values: Float64Array
}

/** Residuals of all matches from each model of the pair that can be drawn in pixels. */
export function pairResiduals(
  F: Float64Array | undefined,
  H: Float64Array | undefined,
  xyA: Float64Array,
  xyB: Float64Array,
): PairResiduals[] {
  return [
    ...(F
      ? [
          {
            model: 'epipolar' as const,
            name: 'Distance from the epipolar geometry (Sampson)',
            values: sampsonErrors(F, xyA, xyB),
          },
        ]
      : []),
    ...(H
      ? [{ model: 'homography' as const, name: 'Distance from the homography', values: homographyErrors(H, xyA, xyB) }]
      : []),
  ]
}

/**
 * Up to `count` of the places, far from each other: farthest-point sampling from the one nearest to their mean. Indices,
 * in the order found.
 */
export function spreadOut(xy: ArrayLike<number>, count: number): number[] {
  const n = xy.length / 2
  if (n === 0 || count <= 0) return []
  let [mx, my] = [0, 0]
  for (let i = 0; i < n; i++) {
    mx += xy[2 * i]! / n
    my += xy[2 * i + 1]! / n
  }
  const squared = (i: number, x: number, y: number) => {
    const [dx, dy] = [xy[2 * i]! - x, xy[2 * i + 1]! - y]
    return dx * dx + dy * dy
  }
  let next = 0
  for (let i = 1; i < n; i++) if (squared(i, mx, my) < squared(next, mx, my)) next = i
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY)
  const chosen: number[] = []
  while (chosen.length < Math.min(count, n)) {
    chosen.push(next)
    const [x, y] = [xy[2 * next]!, xy[2 * next + 1]!]
    let farthest = -1
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squared(i, x, y))
      if (farthest < 0 || nearest[i]! > nearest[farthest]!) farthest = i
    }
    if (!(nearest[farthest]! > 0)) break
    next = farthest
  }
  return chosen
}
