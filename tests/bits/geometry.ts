import { randomStream } from '@epipole/core'
import {
  cameraModels,
  estimateEssential,
  normalizedFromPixels,
  pixelsFromNormalized,
  poseFromEssential,
  svd,
  symmetricEigen,
  syntheticCamera,
  syntheticKeypoints,
  syntheticMatches,
  syntheticScene,
} from '@epipole/geometry'
import type { Probe } from './probes.js'

export const geometryProbes: Readonly<Record<string, Probe>> = {
  'geometry/cameras': () => {
    const random = randomStream(3, 'bits')
    const xy = Float64Array.from({ length: 4000 }, () => random.uniform(-0.5, 0.5))
    return cameraModels.map(({ name }) => {
      const camera = syntheticCamera(name, 900, 1200, 800)
      const pixels = pixelsFromNormalized(camera, xy)
      return [pixels, normalizedFromPixels(camera, pixels)]
    })
  },
  'geometry/linear algebra': () => {
    const random = randomStream(4, 'bits')
    return Array.from({ length: 50 }, () => {
      const A = Float64Array.from({ length: 12 * 9 }, () => random.normal())
      const S = Float64Array.from({ length: 49 }, (_, i) => A[(i % 7) * 7 + Math.floor(i / 7)]! + A[i]!)
      return [svd(A, 12, 9), symmetricEigen(S, 7)]
    })
  },
  'geometry/relative pose': () => {
    const scene = syntheticScene({ images: 4, points: 300, noisePx: 0.5, outliers: 0.2, seed: 5 })
    return [1, 2, 3].map((other) => {
      const matches = syntheticMatches(scene, 0, other)
      const [a, b] = [0, other].map((image, side) => {
        const pixels = syntheticKeypoints(scene, image)
        const chosen = new Float64Array(matches.length)
        for (let i = 0; i < matches.length / 2; i++) {
          chosen[2 * i] = pixels[2 * matches[2 * i + side]!]!
          chosen[2 * i + 1] = pixels[2 * matches[2 * i + side]! + 1]!
        }
        return normalizedFromPixels(scene.cameras[scene.imageCamera[image]!]!, chosen).xy
      }) as [Float64Array, Float64Array]
      const found = estimateEssential(a, b, { focal1: 900, focal2: 900, maxResidual: 3, seed: 6 })
      return [found, found.model && poseFromEssential(found.model, a, b)]
    })
  },
}
