import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { cellOf, pointStrips } from './point-strips.js'

test.each([0, 1] as const)(
  'each finite point lies once in the stretch of its group, strip and cell (axis %i)',
  (axis) => {
    const random = randomStream(2, 'strips')
    const xy = Float64Array.from({ length: 600 }, () => 40 * random.float() - 7)
    xy[10] = Number.NaN
    xy[51] = Number.POSITIVE_INFINITY
    const group = Uint8Array.from({ length: 300 }, (_, i) => i % 3)
    const points = pointStrips(xy, axis, group, 3)
    expect([...points.order].sort((i, j) => i - j)).toEqual([...Array(300).keys()].filter((i) => i !== 5 && i !== 25))
    points.order.forEach((i, k) => {
      const [main, cross] = [xy[2 * i + axis], xy[2 * i + 1 - axis]]
      expect([points.main[k], points.cross[k]]).toEqual([main, cross])
      const strip = Math.min(points.strips - 1, Math.floor((main - points.origin) / points.width))
      const cell = (group[i] * points.strips + strip) * points.cells + cellOf(points, cross)
      expect(points.starts[cell]).toBeLessThanOrEqual(k)
      expect(points.starts[cell + 1]).toBeGreaterThan(k)
    })
  },
)

test('points on one spot, and none', () => {
  const one = pointStrips(Float64Array.of(3, 4, 3, 4), 0, new Uint8Array(2), 1)
  expect([...one.order]).toEqual([0, 1])
  expect(cellOf(one, Number.NEGATIVE_INFINITY)).toBe(0)
  expect(cellOf(one, Number.POSITIVE_INFINITY)).toBe(one.cells - 1)
  expect(pointStrips(new Float64Array(0), 0, new Uint8Array(0), 2).order).toHaveLength(0)
})
