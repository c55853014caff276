import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { syntheticScene } from '../../synthetic/scene.js'
import { type LossType, lossKernel } from '../loss.js'
import { bundleAdjust } from './adjust.js'
import { bundleLayout } from './layout.js'
import { evaluate } from './linearize.js'
import { type BundleProblem, POSE_FIXED } from './problem.js'
import { settlePoints } from './settle-points.js'
import { bundleModel, stateOf } from './state.js'

/** Poses all constant or all free; some observations far off. */
function problemWithOutliers(fixedPoses: boolean): BundleProblem {
  const scene = syntheticScene({ images: 6, points: 60, noisePx: 0.5, seed: 5 })
  const random = randomStream(8)
  const obsXy = scene.obsXy.slice()
  for (let k = 0; k < obsXy.length; k += 22) obsXy[k] += random.uniform(3, 12)
  const points = scene.points.slice()
  for (let i = 0; i < points.length; i++) points[i] += 0.01 * random.normal()
  const poseState = new Uint8Array(6)
  if (fixedPoses) poseState.fill(POSE_FIXED)
  return {
    cameras: scene.cameras.map((c) => ({ model: c.model, params: Float64Array.from(c.params) })),
    poses: scene.poses.slice(),
    poseState,
    imageCamera: scene.imageCamera,
    points,
    obsImage: scene.obsImage,
    obsPoint: scene.obsPoint,
    obsXy,
  }
}

const sums = () => ({ cost: 0, squares: 0, weighted: 0, behind: 0 })

describe.each<LossType>(['trivial', 'huber', 'soft-l1', 'cauchy'])('%s', (type) => {
  const loss = lossKernel({ type })

  it('brings every point to a minimum of its own, and says by how much the cost fell', () => {
    const problem = problemWithOutliers(true)
    const model = bundleModel(problem, bundleLayout(problem))
    const state = stateOf(problem)
    const before = evaluate(model, state, loss, sums())
    const decrease = settlePoints(model, state, loss)
    const after = evaluate(model, state, loss, sums())
    expect(decrease).toBeGreaterThan(0)
    expect(Math.abs(before - after - decrease)).toBeLessThan(1e-9 * before)
    // A few more rounds find little.
    for (let rest = 0; rest < 3; rest++) settlePoints(model, state, loss)
    expect(after - evaluate(model, state, loss, sums())).toBeLessThan(1e-3 * after)
  })

  it('never raises the cost of a point, nor moves one that is held', () => {
    const problem = { ...problemWithOutliers(true), pointFixed: Uint8Array.from({ length: 60 }, (_, p) => p % 2) }
    const start = problem.points.slice()
    const model = bundleModel(problem, bundleLayout(problem))
    const state = stateOf(problem)
    settlePoints(model, state, loss)
    for (let p = 0; p < 60; p++) {
      const moved = [0, 1, 2].some((c) => problem.points[3 * p + c] !== start[3 * p + c])
      expect(moved).toBe(p % 2 === 0)
    }
  })
})

it('ends an adjustment with outliers in a few steps where re-weighting alone creeps', () => {
  const options = { loss: { type: 'soft-l1', scale: 1 } as const, functionTolerance: 1e-6 }
  const problem = problemWithOutliers(false)
  const report = bundleAdjust(problem, options)
  // Without it: 9 steps, which end at 4e-7 above.
  expect(report.iterations).toBeLessThan(7)
  const tight = bundleAdjust(problem, { ...options, functionTolerance: 1e-15 })
  expect(report.finalCost / tight.finalCost - 1).toBeLessThan(2e-7)
})
