import { exp } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { texture } from '../../testing/images.js'
import { Arena } from '../kernels/instantiate.js'
import { siftKernel } from './kernel.js'
import { INPUT_BLUR, planOctaves } from './octaves.js'
import { OctaveStream, rowStride } from './scale-space.js'

describe('OctaveStream', () => {
  test.each([
    [96, 80],
    [97, 83],
    [96, 81],
  ])('leaves the next octave the photo blurred to σ 3.2, sampled as planned (%i × %i)', async (width, height) => {
    const image = texture(width, height, 4)
    const [, , first, second] = planOctaves(width, height, -1)
    const octave = planOctaves(width, height, 0)[0]!
    expect(first!.index).toBe(1)
    expect(second!.index).toBe(2)
    const kernel = await siftKernel()
    const arena = new Arena(kernel)
    const photo = arena.reserve(image.data.length)
    const stride = rowStride(first!.width)
    const base = arena.reserve(stride * first!.height)
    const stream = new OctaveStream(kernel, arena, octave, { kind: 'photo', address: photo, width, height }, base)
    arena.commit()
    new Uint8Array(kernel.memory.buffer).set(image.data, photo)
    stream.begin()
    for (let y = 1; y < height - 1; ++y) stream.advance(y)
    const blur = Math.sqrt(3.2 * 3.2 - INPUT_BLUR * INPUT_BLUR)
    for (let j = 0; j < first!.height; j += 3) {
      const row = new Float32Array(kernel.memory.buffer, base + stride * j, first!.width)
      for (let i = 0; i < first!.width; i += 3) {
        const expected = blurred(image.data, width, height, first!.originX + 2 * i, first!.originY + 2 * j, blur)
        // Repeating the edge before each of several blurs is not quite repeating it before one.
        const inside = Math.min(i, first!.width - 1 - i, j, first!.height - 1 - j) >= 8
        expect(Math.abs(row[i]! * 255 - expected)).toBeLessThan(inside ? 0.05 : 5)
      }
    }
  })
})

/** Gaussian mean of the photo around (x, y), pixel centres at halves, edges repeated. */
function blurred(data: Uint8Array, width: number, height: number, x: number, y: number, sigma: number): number {
  const radius = Math.ceil(5 * sigma)
  let sum = 0
  let total = 0
  for (let v = Math.floor(y) - radius; v <= y + radius; ++v) {
    for (let u = Math.floor(x) - radius; u <= x + radius; ++u) {
      const weight = exp(-((u + 0.5 - x) ** 2 + (v + 0.5 - y) ** 2) / (2 * sigma * sigma))
      const row = Math.min(Math.max(v, 0), height - 1) * width
      sum += weight * data[row + Math.min(Math.max(u, 0), width - 1)]!
      total += weight
    }
  }
  return sum / total
}
