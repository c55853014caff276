import { describe, expect, it } from 'vitest'
import { descriptorDistance, type PhotoDescriptors } from './descriptor-distance.js'

describe('descriptorDistance', () => {
  it('is the L2 distance of the directions of nearly equal norms', () => {
    const a: PhotoDescriptors = { kind: 'f32', dimension: 2, descriptors: Float32Array.of(1, 0, 0, 1) }
    expect(descriptorDistance(a, 0, a, 0)).toBe(0)
    expect(descriptorDistance(a, 0, a, 1)).toBeCloseTo(Math.SQRT2, 12)
    const u8: PhotoDescriptors = { kind: 'u8', dimension: 3, descriptors: Uint8Array.of(3, 4, 0, 0, 4, 3) }
    expect(descriptorDistance(u8, 0, u8, 1)).toBeCloseTo(Math.sqrt(18 / 25), 12)
    expect(descriptorDistance({ ...u8, descriptors: new Uint8Array(6) }, 0, u8, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is the share of differing bits of binary ones', () => {
    const a: PhotoDescriptors = { kind: 'binary', dimension: 2, descriptors: Uint8Array.of(0xff, 0x0f, 0x00, 0x0e) }
    expect(descriptorDistance(a, 0, a, 1)).toBe(9 / 16)
  })
})
