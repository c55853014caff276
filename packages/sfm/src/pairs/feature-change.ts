/** How the orientation and the scale of features change from one photo to another. */
export interface FeatureChange {
  /** Orientation in b less that in a, radians: the middle of an arc and half its length. */
  readonly turn: number
  readonly spread: number
  /** Scale in b over that in a. */
  readonly least: number
  readonly most: number
}

/** Of the matches, the share that sets the ranges: a few have a wrong orientation or are wrong. */
const SHARE = 0.95
/** Ranges are widened: other parts of the scene turn and shrink otherwise. Radians (20°), and a factor. */
const MARGIN = Math.PI / 9
const FACTOR = 1.5

const TURN = 2 * Math.PI

/** An angle brought into [−π, π]. */
export function wrapped(angle: number): number {
  return angle - TURN * Math.round(angle / TURN)
}

/**
 * What matches say of it.
 *
 * @param pairs flat pairs (keypoint of a, keypoint of b), at least one
 * @param a `n × 4`, as `Features.keypoints`
 * @param b the same of the other photo
 */
export function featureChange(pairs: Uint32Array, a: Float32Array, b: Float32Array): FeatureChange {
  const n = pairs.length / 2
  const turns = new Float64Array(n)
  const scales = new Float64Array(n)
  for (let m = 0; m < n; m++) {
    const i = 4 * pairs[2 * m]
    const j = 4 * pairs[2 * m + 1]
    turns[m] = wrapped(b[j + 3] - a[i + 3])
    scales[m] = b[j + 2] / a[i + 2]
  }
  turns.sort()
  scales.sort()
  const [from, length] = shortestArc(turns, Math.ceil(SHARE * n))
  const outside = Math.floor(0.5 * (1 - SHARE) * n)
  return {
    turn: wrapped(from + 0.5 * length),
    spread: Math.min(Math.PI, 0.5 * length + MARGIN),
    least: scales[outside] / FACTOR,
    most: scales[n - 1 - outside] * FACTOR,
  }
}

/** The shortest arc that holds `count` of the angles, which ascend: where it begins, and its length. */
function shortestArc(angles: Float64Array, count: number): [from: number, length: number] {
  const n = angles.length
  let [from, length] = [angles[0], TURN]
  for (let k = 0; k < n; k++) {
    const end = k + count - 1
    const reached = end < n ? angles[end] : angles[end - n] + TURN
    if (reached - angles[k] < length) [from, length] = [angles[k], reached - angles[k]]
  }
  return [from, length]
}
