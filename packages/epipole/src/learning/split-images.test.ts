import { arrayImages, type LabelledImages } from '@epipole/learn'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitImages } from './split-images.js'

/** Images that say their index, of classes of these sizes. */
function setOf(sizes: readonly number[]) {
  const labels = sizes.flatMap((n, c) => new Array<number>(n).fill(c))
  const pixels = Uint8Array.from(labels, (_, i) => i)
  return arrayImages({ pixels, labels, shape: [1, 1, 1] })
}
const indices = (images: LabelledImages) =>
  Array.from({ length: images.count }, (_, i) => (images.image(i) as Uint8Array)[0])

test('nothing is lost or doubled, every class is on both sides, a smaller part lies within a larger one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 2, maxLength: 5 }),
      fc.double({ min: 0.05, max: 0.45, noNaN: true }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.nat(100),
      (sizes, hold, fraction, seed) => {
        const train = setOf(sizes)
        const whole = splitImages({ train }, { hold, seed })
        const all = [...indices(whole.train), ...indices(whole.validation)]
        expect(all.toSorted((a, b) => a - b)).toEqual(indices(train))
        const part = splitImages({ train }, { hold, seed, fraction })
        expect(indices(part.validation)).toEqual(indices(whole.validation))
        expect(indices(whole.train)).toEqual(expect.arrayContaining(indices(part.train)))
        for (const { count, label } of [whole.train, whole.validation, part.train])
          expect(new Set(Array.from({ length: count }, (_, i) => label(i))).size).toBe(sizes.length)
      },
    ),
  )
})

test("the data's own test images are taken, and nothing is held back", () => {
  const [train, own] = [setOf([3, 3]), setOf([1, 1])]
  const { train: rest, validation } = splitImages({ train, test: own }, {})
  expect([indices(rest), validation]).toEqual([indices(train), own])
})

test('what cannot be split is refused', () => {
  expect(() => splitImages({ train: setOf([1, 5]) }, {})).toThrow('Class 0 has too few images')
  expect(() => splitImages({ train: setOf([5, 5]) }, { fraction: 0 })).toThrow('A fraction of 0')
})
