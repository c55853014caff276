import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LEVEL_SIGMAS, MIN_SIDE, planOctaves } from './octaves.js'

describe('planOctaves', () => {
  test('each octave lies symmetrically in the image and has half the samples of the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 5000 }), fc.integer({ min: 16, max: 5000 }), (width, height) => {
        const octaves = planOctaves(width, height, -1)
        expect(octaves[0]).toMatchObject({ index: -1, width: 2 * width - 1, height: 2 * height - 1, step: 0.5 })
        for (const [i, octave] of octaves.entries()) {
          expect(octave.index).toBe(i - 1)
          expect(octave.step).toBe(2 ** octave.index)
          // The first and the last sample are as far from either side.
          const lastX = octave.originX + octave.step * (octave.width - 1)
          const lastY = octave.originY + octave.step * (octave.height - 1)
          expect(octave.originX + lastX).toBe(width)
          expect(octave.originY + lastY).toBe(height)
          expect(Math.min(octave.width, octave.height)).toBeGreaterThanOrEqual(MIN_SIDE)
        }
      }),
    )
  })

  test('goes on until the shorter side is too short, and starts where asked', () => {
    expect(planOctaves(3072, 2048, -1).map((octave) => octave.height)).toEqual([
      4095, 2048, 1024, 512, 256, 128, 64, 32, 16,
    ])
    expect(planOctaves(3072, 2048, 0)[0]).toMatchObject({ index: 0, width: 3072, originX: 0.5 })
    expect(planOctaves(15, 3000, -1)).toEqual([])
  })

  test('three levels double the scale', () => {
    expect(LEVEL_SIGMAS).toHaveLength(6)
    expect(LEVEL_SIGMAS[0]).toBe(1.6)
    for (const j of [0, 1, 2]) expect(LEVEL_SIGMAS[j + 3]).toBe(2 * LEVEL_SIGMAS[j]!)
    expect(LEVEL_SIGMAS[1]! / 1.6).toBeCloseTo(2 ** (1 / 3), 14)
  })
})
