import { type Camera, meanFocalLength, normalizedFromPixels } from '@epipole/geometry'

/** One photo of a pair, as verification needs it. */
export interface PairSide {
  /** `n × 4`, as `Features.keypoints`. */
  readonly keypoints: Float32Array
  readonly camera: Camera
  /** Whether the camera's focal length is known (given or from EXIF); else only F and H are tried. */
  readonly calibrated: boolean
}

/** The matched points of a pair: pixels, and the rays of calibrated cameras. */
export interface PairPoints {
  readonly a: Float64Array
  readonly b: Float64Array
  readonly raysA: Float64Array
  readonly raysB: Float64Array
  readonly calibrated: boolean
  /** One pixel on the plane z = 1. */
  readonly pixel: number
  /** Probability that a match of two random places agrees with a model of each kind. */
  readonly chance: Readonly<Record<'E' | 'F' | 'H', number>>
}

/** Looks up what the matches name. */
export function gatherPoints(matches: Uint32Array, a: PairSide, b: PairSide, maxErrorPx: number): PairPoints {
  const n = matches.length / 2
  const pixelsA = new Float64Array(2 * n)
  const pixelsB = new Float64Array(2 * n)
  for (let m = 0; m < n; m++) {
    const i = 4 * matches[2 * m]
    const j = 4 * matches[2 * m + 1]
    pixelsA[2 * m] = a.keypoints[i]
    pixelsA[2 * m + 1] = a.keypoints[i + 1]
    pixelsB[2 * m] = b.keypoints[j]
    pixelsB[2 * m + 1] = b.keypoints[j + 1]
  }
  const pixel = 2 / (meanFocalLength(a.camera) + meanFocalLength(b.camera))
  const raysA = normalizedFromPixels(a.camera, pixelsA)
  const raysB = normalizedFromPixels(b.camera, pixelsB)
  // A match without a ray (beyond the fold of a lens model) must not fit anything by accident: put it far away.
  for (const rays of [raysA, raysB]) {
    for (let i = 0; i < n; i++) if (rays.ok[i] === 0) rays.xy.fill(1e6, 2 * i, 2 * i + 2)
  }
  const { width, height } = b.camera
  // A residual is shared by both photos, so a point may lie √2 times as far from its line, or from its place.
  const reach = Math.SQRT2 * maxErrorPx
  const line = Math.min(1, (2 * reach * Math.sqrt(width * width + height * height)) / (width * height))
  const place = Math.min(1, (Math.PI * reach * reach) / (width * height))
  return {
    a: pixelsA,
    b: pixelsB,
    raysA: raysA.xy,
    raysB: raysB.xy,
    calibrated: a.calibrated && b.calibrated,
    pixel,
    chance: { E: line, F: line, H: place },
  }
}

/** Pixels from where the homography takes a match's point of a to its point of b. */
export function transferError(H: Float64Array, a: Float64Array, b: Float64Array, m: number): number {
  const x = a[2 * m]
  const y = a[2 * m + 1]
  const z = H[6] * x + H[7] * y + H[8]
  const dx = (H[0] * x + H[1] * y + H[2]) / z - b[2 * m]
  const dy = (H[3] * x + H[4] * y + H[5]) / z - b[2 * m + 1]
  return Math.sqrt(dx * dx + dy * dy)
}
