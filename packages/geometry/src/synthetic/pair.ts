import { EpipoleError, randomStream } from '@epipole/core'
import type { Camera, CameraModel } from '../camera/camera.js'
import { lensOf, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { normalizedFromPixels } from '../camera/unproject.js'
import { compose, invert, type Rigid, rigid } from '../math/rigid.js'
import { layoutPoint, layoutPoses, type SceneLayout } from './layouts.js'
import { syntheticCamera } from './scene.js'

export interface SyntheticPairOptions {
  /** Default 500. */
  readonly matches?: number
  /** Part of the matches that are right. Default 1. */
  readonly inlierRatio?: number
  /** Standard deviation of the pixels in each coordinate. Default 0. */
  readonly noisePx?: number
  readonly layout?: SceneLayout
  /** Default PINHOLE. */
  readonly cameraModel?: CameraModel
  /** Pixels. Default 1000 × 750. */
  readonly width?: number
  readonly height?: number
  /** Pixels. Default 0.9 × width. */
  readonly focal?: number
  readonly seed?: number
}

/** Two views with matches of which the truth is known. */
export interface SyntheticPair {
  readonly camera1: Camera
  readonly camera2: Camera
  readonly cam1FromWorld: Rigid
  readonly cam2FromWorld: Rigid
  readonly cam2FromCam1: Rigid
  /** `2 × n` pixels. */
  readonly pixels1: Float64Array
  readonly pixels2: Float64Array
  /** `2 × n`, normalised. */
  readonly xy1: Float64Array
  readonly xy2: Float64Array
  /** `3 × n`: the world point of each right match, of a wrong one the point of its first keypoint. */
  readonly points: Float64Array
  /** Per match: 1 where it is right. */
  readonly inlier: Uint8Array
  /**
   * Per match, in [0, 1], higher is better: as from a ratio test, right matches score 0.45 ± 0.15 and wrong ones 0.2 ± 0.15,
   * so a right match beats a wrong one 88 times in 100.
   */
  readonly scores: Float64Array
}

/** A seeded two-view problem. Wrong matches join the first keypoint to a place drawn evenly from the second image. */
export function syntheticPair(options: SyntheticPairOptions = {}): SyntheticPair {
  const { matches = 500, inlierRatio = 1, noisePx = 0, layout = 'arc', seed = 0 } = options
  const { width = 1000, height = 750, cameraModel = 'PINHOLE', focal = 0.9 * (options.width ?? 1000) } = options
  if (!(inlierRatio >= 0 && inlierRatio <= 1)) {
    throw new EpipoleError('usage', `inlierRatio is a part, 0 to 1, not ${inlierRatio}.`, { inlierRatio })
  }
  const random = randomStream(seed, 'synthetic-pair', layout)
  // Neighbours of a longer layout: two cameras alone would stand at its far ends.
  const all = layoutPoses(layout, 6, random.fork('poses'))
  const [cam1FromWorld, cam2FromWorld] = [2, 3].map((i) =>
    rigid(all.slice(12 * i, 12 * i + 9), all.slice(12 * i + 9, 12 * i + 12)),
  )
  const camera1 = syntheticCamera(cameraModel, focal, width, height)
  const lens = lensOf(cameraModel)
  const params = Float64Array.from(camera1.params)
  const out = new Float64Array(PROJECTION_SIZE)
  const see = (pose: Rigid, X: readonly number[]): [number, number] | undefined => {
    const [x, y, z] = [0, 1, 2].map(
      (r) => pose.R[3 * r] * X[0] + pose.R[3 * r + 1] * X[1] + pose.R[3 * r + 2] * X[2] + pose.t[r],
    )
    if (z < 0.1) return undefined
    projectLens(lens, params, x / z, y / z, out)
    return out[0] >= 0 && out[1] >= 0 && out[0] <= width && out[1] <= height ? [out[0], out[1]] : undefined
  }
  const pixels1 = new Float64Array(2 * matches)
  const pixels2 = new Float64Array(2 * matches)
  const points = new Float64Array(3 * matches)
  const inlier = new Uint8Array(matches)
  const scores = new Float64Array(matches)
  const right = Math.round(inlierRatio * matches)
  const order = random.fork('order').shuffle(Int32Array.from({ length: matches }, (_, i) => i))
  const stream = random.fork('matches')
  for (let drawn = 0, tries = 0; drawn < matches; tries++) {
    if (tries > 1000 * (matches + 10)) throw new EpipoleError('internal', 'No point is seen by both views.', { layout })
    const X = layoutPoint(layout, stream)
    const a = see(cam1FromWorld, X)
    const b = see(cam2FromWorld, X)
    if (a === undefined || b === undefined) continue
    const i = order[drawn]
    inlier[i] = drawn < right ? 1 : 0
    const target = inlier[i] === 1 ? b : [stream.uniform(0, width), stream.uniform(0, height)]
    const noise = inlier[i] === 1 ? noisePx : 0
    pixels1.set([a[0] + noisePx * stream.normal(), a[1] + noisePx * stream.normal()], 2 * i)
    pixels2.set([target[0] + noise * stream.normal(), target[1] + noise * stream.normal()], 2 * i)
    points.set(X, 3 * i)
    scores[i] = Math.min(1, Math.max(0, (inlier[i] === 1 ? 0.45 : 0.2) + 0.15 * stream.normal()))
    drawn++
  }
  return {
    camera1,
    camera2: camera1,
    cam1FromWorld,
    cam2FromWorld,
    cam2FromCam1: compose(cam2FromWorld, invert(cam1FromWorld)),
    pixels1,
    pixels2,
    xy1: normalizedFromPixels(camera1, pixels1).xy,
    xy2: normalizedFromPixels(camera1, pixels2).xy,
    points,
    inlier,
    scores,
  }
}
