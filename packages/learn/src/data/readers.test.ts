import { isEpipoleError } from '@epipole/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayImages, channelStatistics, subset } from './array-images.js'
import { readCifar } from './cifar.js'
import { readIdx } from './idx.js'

const idx = (shape: number[], data: number[]) => {
  const head = [0, 0, 8, shape.length, ...shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])]
  return Uint8Array.from([...head, ...data])
}

test('IDX: shape and bytes; what does not fit is refused with its offset', () => {
  expect(readIdx(idx([2, 3], [1, 2, 3, 4, 5, 6]))).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) })
  expect(() => readIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 'a.gz')).toThrow(
    'a.gz, byte 0: an IDX file starts with two zero bytes',
  )
  expect(() => readIdx(idx([2 ** 31, 2 ** 31], [1]))).toThrow('1 follow')
  expect(() => readIdx(idx([3], [1, 2]))).toThrow('takes 3 bytes, 2 follow')
})

test('IDX: whatever the bytes, a result that fits or an input error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, plausible) => {
      if (plausible && bytes.length > 3) bytes.set([0, 0, 8, 1])
      try {
        const { shape, data } = readIdx(bytes)
        expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length)
      } catch (error) {
        expect(isEpipoleError(error) && error.code).toBe('input')
      }
    }),
  )
})

test('CIFAR: labels before planes, fine labels of CIFAR-100', () => {
  const record = (labels: number[], fill: number) => [...labels, ...new Array(3072).fill(fill)]
  const ten = readCifar([{ name: 'b.bin', bytes: Uint8Array.from([...record([3], 7), ...record([9], 8)]) }])
  expect([ten.count, ten.shape, [...ten.labels]]).toEqual([2, [3, 32, 32], [3, 9]])
  expect(ten.image(1)).toEqual(new Uint8Array(3072).fill(8))
  const hundred = readCifar([{ name: 'train.bin', bytes: Uint8Array.from(record([3, 77], 1)) }], { labels: 2 })
  expect(hundred.label(0)).toBe(77)
  const two = [{ name: 'b.bin', bytes: Uint8Array.from(record([0], 1)) }]
  expect([readCifar(two).classes, readCifar(two, { classes: ['cat', 'dog'] }).classes]).toEqual([['0'], ['cat', 'dog']])
  expect(() => readCifar([{ name: 'b.bin', bytes: new Uint8Array(3074) }])).toThrow('no whole number of records')
  expect(() => readCifar([{ name: 'b.bin', bytes: Uint8Array.from(record([10], 0)) }])).toThrow(
    'b.bin, byte 0: class 10',
  )
})

test('arrays: subsets, statistics, and sizes that do not fit', async () => {
  const images = arrayImages({ pixels: Uint8Array.of(0, 255, 51, 51), labels: [0, 1], shape: [1, 1, 2] })
  expect(subset(images, [1]).image(0)).toEqual(Uint8Array.of(51, 51))
  const blank = arrayImages({ pixels: new Uint8Array(4).fill(9), labels: [0, 1], shape: [1, 1, 2] })
  expect((await channelStatistics(blank)).std).toEqual([1 / 255])
  const { mean, std } = await channelStatistics(images)
  expect(mean[0]).toBeCloseTo(0.35, 12) // (0 + 1 + 0.2 + 0.2) / 4
  expect(std[0]).toBeCloseTo(Math.sqrt((0.1225 + 0.4225 + 0.0225 * 2) / 4), 12)
  expect(() => arrayImages({ pixels: new Uint8Array(3), labels: [0, 1], shape: [1, 1, 2] })).toThrow(
    '2 labels, but 3 bytes',
  )
  expect(() =>
    arrayImages({ pixels: new Uint8Array(4), labels: [0, 2], shape: [1, 1, 2], classes: ['a', 'b'] }),
  ).toThrow('Image 1 has label 2; there are 2 classes')
  const labelled = (labels: number[]) => () => arrayImages({ pixels: new Uint8Array(4), labels, shape: [1, 1, 2] })
  expect(labelled([0, 0.5])).toThrow('Image 1 has label 0.5')
  expect(labelled([Number.NaN, 0])).toThrow('Image 0 has label NaN')
  expect(labelled([])).toThrow('There are no images')
  expect(() => arrayImages({ pixels: new Uint8Array(0), labels: [0], shape: [1, 0, 2] })).toThrow('Images of 1 × 0 × 2')
  for (const index of [2, -1, 0.5]) expect(() => subset(images, [0, index])).toThrow(`There is no image ${index}`)
})
