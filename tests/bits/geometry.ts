import { randomStream } from '@epipole/core'
import {
  cameraModels,
  estimateAbsolutePose,
  estimateAbsolutePoseFocal,
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  linearRegressionEstimator,
  lineEstimator,
  normalizedFromPixels,
  pixelsFromNormalized,
  planeEstimator,
  poseFromEssential,
  prosac,
  ransac,
  sim3Estimator,
  svd,
  symmetricEigen,
  syntheticCamera,
  syntheticKeypoints,
  syntheticMatches,
  syntheticPair,
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
  'geometry/robust estimation': () => {
    const cloud = syntheticPair({ matches: 300, inlierRatio: 0.4, noisePx: 1, seed: 7 })
    const plane = syntheticPair({ matches: 300, inlierRatio: 0.4, noisePx: 1, layout: 'plane', seed: 8 })
    const [f, , cx, cy] = cloud.camera2.params
    const centred = cloud.pixels2.map((v, k) => v - (k % 2 === 0 ? cx! : cy!))
    const order = Int32Array.from(cloud.scores.keys()).sort((a, b) => cloud.scores[b]! - cloud.scores[a]! || a - b)
    const options = { maxResidual: 4, seed: 9, maxTrials: 2000 }
    const xyz = cloud.points.map((v, k) => (k % 3 === 2 && k % 2 === 0 ? 0.01 * v : v))
    return [
      (['msac', 'count', 'marginal'] as const).map((scoring) =>
        estimateFundamental(cloud.pixels1, cloud.pixels2, { ...options, scoring, sampler: prosac(order) }),
      ),
      estimateHomography(plane.pixels1, plane.pixels2, { ...options, scoring: 'marginal' }),
      estimateAbsolutePose(cloud.xy2, cloud.points, { ...options, focal: f!, sampler: prosac(order) }),
      estimateAbsolutePoseFocal(centred, cloud.points, { ...options, maxTrials: 300 }),
      ransac(lineEstimator(cloud.pixels1), options),
      ransac(linearRegressionEstimator(cloud.pixels1, cloud.scores), { ...options, maxResidual: 0.2 }),
      ransac(planeEstimator(xyz), { ...options, maxResidual: 0.02 }),
      ransac(sim3Estimator(cloud.points, xyz), { ...options, maxResidual: 0.2 }),
    ]
  },
}
