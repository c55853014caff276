import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeVideo, selectPairs } from './select-pairs.js'

const frames = (n: number) => Array.from({ length: n }, (_, i) => `frame${String(i).padStart(5, '0')}.jpg`)

describe('selectPairs', () => {
  it('gives every pair once, ordered, when exhaustive', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (n) => {
        const { pairs } = selectPairs(frames(n), { selection: 'exhaustive' })
        expect(pairs.length).toBe(n * (n - 1))
        const keys = []
        for (let i = 0; i < pairs.length; i += 2) {
          expect(pairs[i]).toBeLessThan(pairs[i + 1])
          keys.push(pairs[i] * n + pairs[i + 1])
        }
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b))
      }),
    )
  })

  it('takes neighbours and far jumps when sequential, each pair once', () => {
    const { pairs } = selectPairs(frames(100), { selection: 'sequential', overlap: 3 })
    const ahead = []
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === 0) ahead.push(pairs[i + 1])
    expect(ahead).toEqual([1, 2, 3, 4, 8, 16, 32, 64])
  })

  it('is sequential by itself only for many video-like names', () => {
    expect(selectPairs(frames(250)).selection).toBe('sequential')
    expect(selectPairs(frames(50)).selection).toBe('exhaustive')
    expect(selectPairs(frames(250).map((n, i) => `${(i * 7919) % 1000}${n}`)).selection).toBe('exhaustive')
  })
})

describe('looksLikeVideo', () => {
  it('wants one stem and a steady counter', () => {
    expect(looksLikeVideo(['a/f1.jpg', 'a/f2.jpg', 'a/f3.jpg'])).toBe(true)
    expect(looksLikeVideo(['IMG_1.jpg', 'IMG_9.jpg', 'IMG_40.jpg', 'IMG_41.jpg'])).toBe(false)
    expect(looksLikeVideo(['a.jpg', 'b.jpg', 'c.jpg'])).toBe(false)
  })
})
