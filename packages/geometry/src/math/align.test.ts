import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { alignSim3, alignSubset } from './align.js'
import { mat3Apply } from './mat3.js'
import { so3Exp } from './so3.js'
import { quantile } from './statistics.js'

const WORLDS: [name: string, scale: number, shift: number, permuted: boolean][] = [
  ['as they come', 1, 0, false],
  ['scaled by 1e9', 1e9, 0, false],
  ['scaled by 1e-9', 1e-9, 0, false],
  ['translated', 1, 10, false],
  ['permuted', 1, 0, true],
]
const PROBLEMS = 1000

describe('alignment of noise-free random points: median error ≤ 1e-12, 99 % ≤ 1e-8', () => {
  it.each(WORLDS)('%s', (name, size, shift, permuted) => {
    const random = randomStream(41, 'align', name)
    const errors = Float64Array.from({ length: PROBLEMS }, (_, problem) => {
      const n = 3 + (problem % 20)
      const R = so3Exp([random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-2, 2)])
      const scale = random.uniform(0.1, 10)
      const t = [random.normal(), random.normal(), random.normal()].map((v) => size * v)
      const src = Float64Array.from({ length: 3 * n }, () => size * (random.normal() + shift))
      const dst = src.slice()
      for (let i = 0; i < n; i++) {
        const moved = mat3Apply(R, src.subarray(3 * i, 3 * i + 3))
        for (let k = 0; k < 3; k++) dst[3 * i + k] = scale * moved[k] + t[k]
      }
      const order = Int32Array.from({ length: n }, (_, i) => i)
      const found = new Float64Array(13)
      if (alignSubset(src, dst, permuted ? random.shuffle(order) : order, found) !== undefined) return Number.NaN
      let error = Math.abs(found[12] / scale - 1)
      for (let k = 0; k < 9; k++) error = Math.max(error, Math.abs(found[k] - R[k]))
      for (let k = 0; k < 3; k++) error = Math.max(error, Math.abs(found[9 + k] - t[k]) / (size * (1 + shift)))
      return error
    })
    expect(quantile(errors, 0.5)).toBeLessThan(1e-12)
    expect(quantile(errors, 0.99)).toBeLessThan(1e-8)
    expect(errors.every((e) => e < 1e-4)).toBe(true)
  })
})

describe('alignment of degenerate points', () => {
  const random = randomStream(42, 'align')
  const cloud = Float64Array.from({ length: 30 }, () => random.normal())
  const line = Float64Array.from({ length: 30 }, (_, k) => Math.floor(k / 3) * (1 + (k % 3)))

  it('is refused by name: too few, coincident, collinear, not finite', () => {
    expect(alignSim3(cloud.slice(0, 6), cloud)).toMatchObject({ ok: false, reason: 'count', value: 2 })
    for (const flat of [line, new Float64Array(30).fill(2)]) {
      expect(alignSim3(flat, cloud)).toMatchObject({ ok: false, reason: 'spread' })
      expect(alignSim3(cloud, flat)).toMatchObject({ ok: false, reason: 'spread' })
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e308]) {
      const bad = cloud.slice()
      bad[4] = value
      expect(alignSim3(bad, cloud).ok).toBe(false)
      expect(alignSim3(cloud, bad).ok).toBe(false)
    }
  })

  it('a plane is enough', () => {
    const plane = cloud.map((v, k) => (k % 3 === 2 ? 0 : v))
    const verdict = alignSim3(plane, plane)
    expect(verdict.ok && verdict.rmse).toBeLessThan(1e-14)
  })
})
