import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { syntheticPair } from '../synthetic/pair.js'
import { absolutePoseEstimator } from './estimate-absolute-pose.js'
import { absolutePoseFocalEstimator } from './estimate-absolute-pose-focal.js'
import { essentialEstimator } from './estimate-essential.js'
import { fundamentalEstimator } from './estimate-fundamental.js'
import { homographyEstimator } from './estimate-homography.js'
import type { Estimator } from './estimator.js'
import { lineEstimator, planeEstimator, sim3Estimator } from './linear-estimators.js'
import { linearRegressionEstimator } from './linear-regression.js'
import { ransac } from './ransac.js'
import { prosac } from './sampler.js'

// (That compiled code is there in time, see `execArgv` in vitest.config.ts.)
describe('a trial of RANSAC allocates nothing', () => {
  // No match is right: all trials are done, and hardly one brings anything to refine.
  const { xy1, xy2, pixels1, pixels2, points, scores } = syntheticPair({ matches: 200, inlierRatio: 0, seed: 2 })
  const centred = pixels2.map((v, k) => v - (k % 2 === 0 ? 500 : 375))
  const random = randomStream(3)
  const others = points.map(() => random.normal())
  const features = Float64Array.from({ length: 600 }, (_, k) => (k % 3 === 0 ? 1 : random.normal()))
  const targets = Float64Array.from({ length: 200 }, () => random.normal())
  const estimators: [string, Estimator][] = [
    ['absolute pose', absolutePoseEstimator(xy2, points)],
    ['essential matrix', essentialEstimator(xy1, xy2)],
    ['fundamental matrix', { ...fundamentalEstimator(pixels1, pixels2), alternatives: undefined }],
    ['homography', homographyEstimator(pixels1, pixels2)],
    ['absolute pose with focal length', absolutePoseFocalEstimator(centred, points)],
    ['line', lineEstimator(pixels1)],
    ['plane', planeEstimator(points)],
    ['linear regression', linearRegressionEstimator(features, targets)],
    ['similarity', sim3Estimator(points, others)],
  ]
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a])

  it.each(estimators)('%s', (_name, estimator) => {
    const heap = (maxTrials: number): number => {
      const before = process.memoryUsage().heapUsed
      ransac(estimator, { maxResidual: 1e-9, maxTrials, seed: 1, sampler: prosac(order) })
      return process.memoryUsage().heapUsed - before
    }
    heap(20_000)
    // The set-up is in both; as in the solvers' test, the quietest round counts.
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 50 && !(least < 8 * 5000); round++) {
      const short = heap(100)
      const long = heap(5100)
      if (short >= 0 && long >= 0) least = Math.min(least, long - short)
    }
    expect(least / 5000).toBeLessThan(8)
  })
})
