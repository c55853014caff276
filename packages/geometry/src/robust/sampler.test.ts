import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prosacSampler, uniformSampler } from './sampler.js'

describe('uniformSampler', () => {
  it('draws distinct data, each as often as the others', () => {
    const sampler = uniformSampler(10, randomStream(1))
    const sample = new Int32Array(3)
    const times = new Int32Array(10)
    for (let trial = 0; trial < 20_000; trial++) {
      sampler.draw(trial, sample)
      expect(new Set(sample).size).toBe(3)
      for (const i of sample) times[i]++
    }
    // 6000 each, standard deviation 65.
    for (const t of times) expect(Math.abs(t - 6000)).toBeLessThan(330)
  })
})

describe('prosacSampler', () => {
  it('starts with the most promising data and ends with all', () => {
    const order = Int32Array.from({ length: 100 }, (_, i) => 99 - i)
    const sampler = prosacSampler(order, 4, randomStream(2), 10_000)
    const sample = new Int32Array(4)
    sampler.draw(0, sample)
    expect([...sample].sort((a, b) => a - b)).toEqual([96, 97, 98, 99])
    const late = new Set<number>()
    for (let trial = 1; trial < 20_000; trial++) {
      sampler.draw(trial, sample)
      if (trial < 20) for (const i of sample) expect(i).toBeGreaterThan(60)
      if (trial > 15_000) for (const i of sample) late.add(i)
    }
    expect(late.size).toBe(100)
  })

  it('comes back to the most promising data: four right ones among the first ten of a thousand are drawn together', () => {
    const order = Int32Array.from({ length: 1000 }, (_, i) => i)
    const right = [1, 4, 7, 9]
    const sample = new Int32Array(4)
    let found = 0
    for (let search = 0; search < 100; search++) {
      const sampler = prosacSampler(order, 4, randomStream(search))
      for (let trial = 0; trial < 15_000; trial++) {
        sampler.draw(trial, sample)
        if (!sample.every((i) => right.includes(i))) continue
        found++
        break
      }
    }
    expect(found).toBeGreaterThan(60)
  })

  it('draws distinct data whatever the sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 2, max: 5 }), fc.nat(), (n, m, seed) => {
        const sampler = prosacSampler(
          Int32Array.from({ length: n }, (_, i) => i),
          m,
          randomStream(seed),
          500,
        )
        const sample = new Int32Array(m)
        for (let trial = 0; trial < 600; trial++) {
          sampler.draw(trial, sample)
          expect(new Set(sample).size).toBe(m)
          for (const i of sample) expect(i).toBeLessThan(n)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('knows the probability that no sample held inliers only', () => {
    // Inliers by rank: mostly early ones. Against counting over many searches of the same 45 trials.
    const order = Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 60)
    const isInlier = new Uint8Array(60)
    for (let rank = 0; rank < 60; rank++) isInlier[order[rank]] = rank < 40 ? Number(rank % 5 > 1) : 0
    const sample = new Int32Array(4)
    let [missed, told] = [0, 0]
    for (let search = 0; search < 4000; search++) {
      const sampler = prosacSampler(order, 4, randomStream(search), 100)
      let hit = false
      for (let trial = 0; trial < 45; trial++) {
        sampler.draw(trial, sample)
        hit ||= sample.every((i) => isInlier[i] === 1)
      }
      if (!hit) missed++
      told += sampler.missProbability!(isInlier, 1) / 4000
    }
    expect(told).toBeGreaterThan(0.005)
    expect(told).toBeLessThan(0.5)
    expect(Math.abs(missed / 4000 - told)).toBeLessThan(4 * Math.sqrt((told * (1 - told)) / 4000))
    // Samples that are overlooked do not count.
    const sampler = prosacSampler(order, 4, randomStream(1), 100)
    for (let trial = 0; trial < 45; trial++) sampler.draw(trial, sample)
    expect(sampler.missProbability!(isInlier, 0.8)).toBeGreaterThan(sampler.missProbability!(isInlier, 1))
    expect(sampler.missProbability!(isInlier, 0)).toBe(1)
    // As many as chance gives are no evidence.
    expect(prosacSampler(order, 4, randomStream(1)).missProbability!(new Uint8Array(60), 1)).toBe(1)
  })
})
