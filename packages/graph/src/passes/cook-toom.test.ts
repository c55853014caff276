import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cookToom, inTwoDirections } from './cook-toom.js'

const times = (matrix: readonly (readonly number[])[], v: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, x, i) => sum + x * v[i], 0))
const numbers = (n: number) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n })

test.each([
  [2, 3, [0, 1, -1]],
  [4, 3, [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2]],
  [2, 5, [0, 1, -1, 2, -0.5]],
  [1, 3, [0, 1]],
  [3, 1, [1, 2]],
])('%i results of a kernel of %i by fewer products', (outputs, taps, points) => {
  const { kernel, image, output } = cookToom(points, outputs, taps)
  expect(kernel.length).toBe(outputs + taps - 1)
  fc.assert(
    fc.property(numbers(taps), numbers(outputs + taps - 1), (g, d) => {
      const [u, v] = [times(kernel, g), times(image, d)]
      const y = times(
        output,
        u.map((x, i) => x * v[i]),
      )
      y.forEach((value, i) => {
        const plain = g.reduce((sum, x, k) => sum + x * d[i + k], 0)
        expect(value).toBeCloseTo(plain, 9)
      })
    }),
  )
})

// Winograd 1980, p. 43; Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, 2016, equation 6 (up to signs of rows).
test('F(2, 3) at 0, 1, −1 is the published one', () => {
  const { kernel, image, output } = cookToom([0, 1, -1], 2, 3)
  expect(kernel.map((row) => row.map(Math.abs))).toEqual([
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5],
    [0, 0, 1],
  ])
  expect(image.map((row) => row.map(Math.abs))).toEqual([
    [1, 0, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 0, 1],
  ])
  expect(output).toEqual([
    [1, 1, 1, 0],
    [0, 1, -1, 1],
  ])
})

test('in two directions: rows and columns at once', () => {
  expect(
    inTwoDirections([
      [1, 2],
      [0, 3],
    ]),
  ).toEqual([
    [1, 2, 2, 4],
    [0, 3, 0, 6],
    [0, 0, 3, 6],
    [0, 0, 0, 9],
  ])
})
