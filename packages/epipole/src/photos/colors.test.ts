import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { colorsAt } from './colors.js'

const at = (x: number, y: number) => Float32Array.of(x, y, 1, 0)

describe('colorsAt', () => {
  const rgb = Uint8Array.of(0, 0, 0, 100, 0, 50, 0, 200, 0, 100, 200, 50)

  it('is the pixel itself at pixel centres, the mean between them', () => {
    expect([...colorsAt(rgb, 2, 2, at(0.5, 0.5))]).toEqual([0, 0, 0])
    expect([...colorsAt(rgb, 2, 2, at(1.5, 1.5))]).toEqual([100, 200, 50])
    expect([...colorsAt(rgb, 2, 2, at(1, 1))]).toEqual([50, 100, 25])
  })

  it('stays inside at the border and beyond', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 5, noNaN: true }), fc.double({ min: -3, max: 5, noNaN: true }), (x, y) => {
        const [r, g, b] = colorsAt(rgb, 2, 2, at(x, y))
        expect(r).toBeLessThanOrEqual(100)
        expect(g).toBeLessThanOrEqual(200)
        expect(b).toBeLessThanOrEqual(50)
      }),
    )
  })
})
