import { essentialFromPose, fundamentalFromEssential } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { errorOf, families } from './problem.js'
import { syntheticProblem } from './synthetic.js'

test('the truth has no error, nothing has an infinite one', () => {
  for (const family of families) {
    const problem = syntheticProblem(family, 0.5, 3)
    const { cam2FromCam1, cam2FromWorld, H } = problem.truth
    const E = essentialFromPose(cam2FromCam1!)
    const F = fundamentalFromEssential(E, problem.K1, problem.K2)!
    const truths = { H, F, E, PnP: [...cam2FromWorld!.R, ...cam2FromWorld!.t] }
    expect(errorOf(problem, truths[family])).toBeLessThan(1e-5)
    expect(errorOf(problem, undefined)).toBe(Number.POSITIVE_INFINITY)
    expect(errorOf(problem, new Float64Array(9).fill(Number.NaN))).toBe(Number.POSITIVE_INFINITY)
  }
})

test('errors have the size of what is wrong', () => {
  const pnp = syntheticProblem('PnP', 0.5, 1)
  const { R, t } = pnp.truth.cam2FromWorld!
  const distance = Math.sqrt(t.reduce((sum, v) => sum + v * v, 0))
  // The camera moved by a hundredth of its distance: 0.573°.
  expect(errorOf(pnp, [...R, t[0], t[1], t[2] + 0.01 * distance])).toBeCloseTo(0.573, 3)
  const h = syntheticProblem('H', 0.5, 1)
  // Moved by 2 px to the right.
  const shifted = h.truth.H!.map((v, k) => (k < 3 ? v + 2 * h.truth.H![6 + k] : v))
  expect(errorOf(h, shifted)).toBeCloseTo(2, 6)
})
