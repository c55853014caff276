import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { visibilityScore } from './visibility.js'

describe('visibilityScore', () => {
  it('prefers few points all over to many in a corner', () => {
    const random = randomStream(1)
    const corner = Float64Array.from({ length: 400 }, () => random.uniform(0, 60))
    const spread = Float64Array.from({ length: 100 }, (_, i) => random.uniform(0, i % 2 === 0 ? 800 : 600))
    expect(visibilityScore(spread, 50, 800, 600)).toBeGreaterThan(visibilityScore(corner, 200, 800, 600))
  })

  it('counts one point once on each level, and more points never less', () => {
    // Levels of 2², 4², … 64² cells, each occupied cell worth its level's cell count.
    expect(visibilityScore([10, 10], 1, 100, 100)).toBe(4 + 16 + 64 + 256 + 1024 + 4096)
    expect(visibilityScore([10, 10, 10, 10], 2, 100, 100)).toBe(visibilityScore([10, 10], 1, 100, 100))
    expect(visibilityScore([10, 10, 90, 90], 2, 100, 100)).toBe(2 * visibilityScore([10, 10], 1, 100, 100))
  })
})
