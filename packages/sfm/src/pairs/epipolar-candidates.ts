import type { CandidateLists } from '@epipole/features'
import { type FeatureChange, wrapped } from './feature-change.js'
import { cellOf, type PointStrips, pointStrips } from './point-strips.js'

/** More than this share of all pairs is no help. */
const MAX_SHARE = 0.25
/** Sectors of orientation that features are grouped by. */
const SECTORS = 12
const TURN = 2 * Math.PI

/** The features of a photo, where they may be compared: coordinates beside keypoints. */
export interface PlacedFeatures {
  /** Flat, in the model's coordinates; what is not finite agrees with nothing. */
  readonly xy: Float64Array
  /** `n × 4`, as `Features.keypoints`: scale and orientation. */
  readonly keypoints: Float32Array
}

/**
 * All pairs of features that agree with an epipolar geometry, having a Sampson distance of at most `maxError`, and whose
 * orientation and scale change as `change` allows.
 *
 * Features of b lie in strips, for each sector of orientation; for each feature of a only the stretches about its epipolar line
 * are tested, in the sectors that it may have turned to.
 *
 * @param model F or E, `x_bᵀ F x_a = 0`
 * @returns undefined where more than a quarter of all pairs agree
 */
export function epipolarCandidates(
  model: ArrayLike<number>,
  a: PlacedFeatures,
  b: PlacedFeatures,
  maxError: number,
  change: FeatureChange,
): CandidateLists | undefined {
  const n = a.xy.length / 2
  const m = b.xy.length / 2
  const limit = MAX_SHARE * n * m
  const models = [Float64Array.from(model), withAxesSwapped(model)] as const
  const strips = [placed(b, 0), placed(b, 1)] as const
  const starts = new Int32Array(n + 1)
  let items = new Int32Array(32 * n + 2 * m)
  let count = 0
  for (let i = 0; i < n; i++) {
    const x = a.xy[2 * i]
    const y = a.xy[2 * i + 1]
    const l0 = model[0] * x + model[1] * y + model[2]
    const l1 = model[3] * x + model[4] * y + model[5]
    if (count + m > items.length) items = longer(items)
    if (Number.isFinite(x + y)) {
      // Lines are followed along the axis that they are closer to.
      const axis = Math.abs(l1) >= Math.abs(l0) ? 0 : 1
      const end = nearLine(models[axis], x, y, strips[axis], sectors(a.keypoints, i, change), maxError, items, count)
      count = similar(strips[axis], a.keypoints, i, change, items, count, end)
    }
    if (count > limit) return undefined
    starts[i + 1] = count
  }
  return { starts, items: items.subarray(0, count) }
}

interface Placed extends PointStrips {
  /** In the order of the strips. */
  readonly scale: Float64Array
  readonly angle: Float64Array
}

function placed({ xy, keypoints }: PlacedFeatures, axis: 0 | 1): Placed {
  const sector = new Uint8Array(xy.length / 2)
  for (let i = 0; i < sector.length; i++) sector[i] = sectorOf(keypoints[4 * i + 3])
  const strips = pointStrips(xy, axis, sector, SECTORS)
  const { order } = strips
  const [scale, angle] = [new Float64Array(order.length), new Float64Array(order.length)]
  for (let k = 0; k < order.length; k++) {
    scale[k] = keypoints[4 * order[k] + 2]
    angle[k] = keypoints[4 * order[k] + 3]
  }
  return { ...strips, scale, angle }
}

/** Of an angle in [−π, π]. */
function sectorOf(angle: number): number {
  return Math.min(SECTORS - 1, Math.max(0, Math.floor((angle + Math.PI) * (SECTORS / TURN))))
}

/** The first of the sectors that feature i may have turned to, and how many there are; they go round. */
function sectors(keypoints: Float32Array, i: number, { turn, spread }: FeatureChange): readonly [number, number] {
  const expected = keypoints[4 * i + 3] + turn
  const first = sectorOf(wrapped(expected - spread))
  const last = sectorOf(wrapped(expected + spread))
  const more = (last - first + SECTORS) % SECTORS
  // With a whole turn but one sector allowed, the first and the last may be the same one.
  return [first, 2 * spread > TURN * (1 - 1 / SECTORS) ? SECTORS : more + 1]
}

/** Of the positions `items[from … end)`, keeps as indices those like feature i of a; returns the new end. */
function similar(
  { order, scale, angle }: Placed,
  keypoints: Float32Array,
  i: number,
  { turn, spread, least, most }: FeatureChange,
  items: Int32Array,
  from: number,
  end: number,
): number {
  const expected = wrapped(keypoints[4 * i + 3] + turn)
  const around = TURN - spread
  const low = keypoints[4 * i + 2] * least
  const high = keypoints[4 * i + 2] * most
  let count = from
  for (let n = from; n < end; n++) {
    const at = items[n]
    if (!(scale[at] >= low && scale[at] <= high)) continue
    const turned = Math.abs(angle[at] - expected)
    if (turned <= spread || turned >= around) items[count++] = order[at]
  }
  return count
}

function longer(items: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * items.length)
  twice.set(items)
  return twice
}

/** The model for photo b's coordinates in the order (y, x): its first two rows change places. */
function withAxesSwapped(F: ArrayLike<number>): Float64Array {
  return Float64Array.of(F[3], F[4], F[5], F[0], F[1], F[2], F[6], F[7], F[8])
}

/**
 * Appends to `out`, of which `count` are taken, the positions (in the strips' order) of the points of some groups within
 * `maxError` of the line of (x, y); returns the new count. With e = x_bᵀ F x_a, l = F x_a and m = Fᵀ x_b (two elements each)
 * they have e² ≤ maxError² (|l|² + |m|²), where m changes from place to place.
 */
function nearLine(
  F: Float64Array,
  x: number,
  y: number,
  points: PointStrips,
  [firstGroup, groups]: readonly [number, number],
  maxError: number,
  out: Int32Array,
  count: number,
): number {
  const { strips, cells, origin, width, starts, main, cross } = points
  const l0 = F[0] * x + F[1] * y + F[2]
  const l1 = F[3] * x + F[4] * y + F[5]
  const l2 = F[6] * x + F[7] * y + F[8]
  if (l1 === 0) return count
  const first = (-l0 * origin - l2) / l1
  const step = (-l0 / l1) * width
  const square = l0 * l0 + l1 * l1
  const limit = maxError * maxError
  // |m| is convex along the line, so greatest at an end; away from the line it grows by at most `growth` a unit.
  const most = Math.sqrt(
    Math.max(squareAt(F, origin, first), squareAt(F, origin + strips * width, first + strips * step)),
  )
  const growth = Math.sqrt(F[3] * F[3] + F[4] * F[4])
  const across = maxError / Math.abs(l1)
  const least = across * Math.sqrt(square + most * most)
  const larger = most + 2 * growth * least
  const reach = across * Math.sqrt(square + larger * larger)
  const narrow = reach <= 2 * least
  const beyond = narrow ? limit * (square + larger * larger) : Number.POSITIVE_INFINITY
  const below = narrow ? reach + Math.max(0, -step) : Number.POSITIVE_INFINITY
  const above = narrow ? reach + Math.max(0, step) : Number.POSITIVE_INFINITY
  for (let strip = 0; strip < strips; strip++) {
    const from = cellOf(points, first + strip * step - below)
    const to = cellOf(points, first + strip * step + above) + 1
    for (let g = firstGroup; g < firstGroup + groups; g++) {
      const row = ((g < SECTORS ? g : g - SECTORS) * strips + strip) * cells
      const stop = starts[row + to]
      for (let k = starts[row + from]; k < stop; k++) {
        const e = l0 * main[k] + l1 * cross[k] + l2
        if (e * e <= beyond && e * e <= limit * (square + squareAt(F, main[k], cross[k]))) out[count++] = k
      }
    }
  }
  return count
}

/** |m|² at a point of photo b. */
function squareAt(F: Float64Array, p: number, s: number): number {
  const m0 = F[0] * p + F[3] * s + F[6]
  const m1 = F[1] * p + F[4] * s + F[7]
  return m0 * m0 + m1 * m1
}
