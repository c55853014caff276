import { describe, expect, test } from 'vitest'
import { estimateWork, shortcut, type WorkSize } from './estimate.js'

const work = (count: number, change: Partial<WorkSize> = {}): WorkSize => ({
  photos: Array.from({ length: count }, (_, i) => ({
    name: `${(i * 7919) % 10007}-x${i}.jpg`,
    width: 4000,
    height: 3000,
  })),
  matching: 'auto',
  maxImageSize: 3200,
  maxFeatures: 8192,
  workers: 2,
  ...change,
})

describe('estimate', () => {
  test('counts pairs as they will be matched', () => {
    expect(estimateWork(work(135))).toMatchObject({ pairs: 9045, selection: 'exhaustive' })
    expect(estimateWork(work(135, { matching: 'sequential' })).pairs).toBeLessThan(2500)
    expect(estimateWork(work(0))).toMatchObject({ pairs: 0, seconds: { total: 0 } })
    expect(estimateWork(work(1)).pairs).toBe(0)
  })

  test('grows with photos and size, shrinks with workers and caps', () => {
    const total = (w: WorkSize) => estimateWork(w).seconds.total
    const base = total(work(50))
    expect(total(work(100))).toBeGreaterThan(2 * base)
    expect(total(work(50, { workers: 4 }))).toBeLessThan(base)
    expect(total(work(50, { maxFeatures: 2048 }))).toBeLessThan(base)
    expect(total(work(50, { maxImageSize: 1000 }))).toBeLessThan(base)
    // photos smaller than the limit are looked at as they are
    expect(total(work(50, { maxImageSize: 100_000 }))).toBe(total(work(50, { maxImageSize: 4000 })))
    expect(total(work(50, { workers: 0 }))).toBe(total(work(50, { workers: 1 })))
  })
})

describe('shortcut', () => {
  test('none for a run of less than ten minutes', () => {
    expect(shortcut(work(10))).toBeUndefined()
  })

  test('for many photos, matching fewer pairs; for large ones, fewer features', () => {
    const many = shortcut(work(600))!
    expect(many.flag).toBe('--matching sequential')
    expect(many.seconds).toBeLessThan(0.75 * estimateWork(work(600)).seconds.total)
    for (const count of [700, 1500, 4000]) {
      expect(shortcut(work(count, { matching: 'sequential' }))?.flag).not.toBe('--matching sequential')
    }
    const slow = shortcut(work(100, { workers: 1, maxFeatures: 50_000 }))!
    expect(slow.flag).toMatch(/^--max-/)
  })
})
