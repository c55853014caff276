import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Features } from '../features.js'
import { featuresAt, largestFeatures } from './subset.js'

/** Features with these scales; each descriptor tells its index. */
function withScales(scales: readonly number[]): Features {
  return {
    count: scales.length,
    keypoints: Float32Array.from(scales.flatMap((scale, i) => [i, 2 * i, scale, 0])),
    kind: 'u8',
    dimension: 2,
    descriptors: Uint8Array.from(scales.flatMap((_, i) => [i, 255 - i])),
  }
}

test('the largest: no other one is larger, equal ones come first come first served, in ascending order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }), fc.nat(70), (scales, count) => {
      const indices = [...largestFeatures(withScales(scales), count)]
      const order = scales.map((_, i) => i).sort((i, j) => scales[j]! - scales[i]! || i - j)
      expect(indices).toEqual(order.slice(0, count).sort((i, j) => i - j))
    }),
  )
})

test('features at indices are those features', () => {
  const random = randomStream(1, 'subset')
  const all = withScales(Array.from({ length: 40 }, () => random.float()))
  const indices = [3, 39, 0, 3]
  const some = featuresAt(all, indices)
  expect(some).toMatchObject({ count: 4, kind: 'u8', dimension: 2 })
  indices.forEach((i, n) => {
    expect(some.keypoints.subarray(4 * n, 4 * n + 4)).toEqual(all.keypoints.subarray(4 * i, 4 * i + 4))
    expect([...some.descriptors.subarray(2 * n, 2 * n + 2)]).toEqual([i, 255 - i])
  })
  expect(featuresAt({ ...all, kind: 'f32', descriptors: new Float32Array(80) }, [1]).descriptors).toBeInstanceOf(
    Float32Array,
  )
})
