import { randomStream } from '@epipole/core'
import {
  calibrationMatrix,
  homographyFromPlane,
  homographyInPixels,
  pixelsFromNormalized,
  type Rigid,
  syntheticPair,
  transformPoints,
  vec3Dot,
} from '@epipole/geometry'
import type { Family, Problem } from './problem.js'

export const MATCHES = 1000
/** Not known to the methods. */
export const NOISE_PX = [0.5, 2] as const

/**
 * A problem of `syntheticPair`: two photos of 1000 × 750 pixels of a cloud (H: of a plane), wrong matches anywhere, noise of
 * 0.5 to 2 px drawn anew for each problem, scores of which a right match has the better one 88 times in 100.
 */
export function syntheticProblem(family: Family, inlierRatio: number, seed: number): Problem {
  const noisePx = randomStream(seed, 'bench', family).uniform(...NOISE_PX)
  const layout = family === 'H' ? 'plane' : 'arc'
  const pair = syntheticPair({ matches: MATCHES, inlierRatio, noisePx, layout, seed })
  const right = [...pair.inlier.keys()].filter((i) => pair.inlier[i] === 1)
  const points = Float64Array.from(right.flatMap((i) => [...pair.points.subarray(3 * i, 3 * i + 3)]))
  const see = (pose: Rigid) => {
    const inCam = transformPoints(pose, points)
    return pixelsFromNormalized(
      pair.camera1,
      Float64Array.from(
        { length: 2 * right.length },
        (_, k) => inCam[3 * (k >> 1) + (k % 2)] / inCam[3 * (k >> 1) + 2],
      ),
    )
  }
  const [K1, K2] = [calibrationMatrix(pair.camera1), calibrationMatrix(pair.camera2)]
  const { cam1FromWorld, cam2FromWorld, cam2FromCam1 } = pair
  return {
    family,
    pixels1: pair.pixels1,
    pixels2: pair.pixels2,
    points: pair.points,
    scores: pair.scores,
    K1,
    K2,
    truth: {
      cam2FromWorld,
      cam2FromCam1,
      H: family === 'H' ? planeHomography(cam1FromWorld, cam2FromCam1, K1, K2) : undefined,
      exact1: see(cam1FromWorld),
      exact2: see(cam2FromWorld),
    },
  }
}

/** The homography, in pixels, of the layout's plane z = 0.2. */
function planeHomography(cam1FromWorld: Rigid, cam2FromCam1: Rigid, K1: Float64Array, K2: Float64Array): Float64Array {
  const { R, t } = cam1FromWorld
  // In camera 1: n = R e₃, n · X = 0.2 + n · t.
  const normal = [R[2], R[5], R[8]]
  return homographyInPixels(homographyFromPlane(cam2FromCam1, normal, 0.2 + vec3Dot(normal, t)), K1, K2)!
}
