import fc from 'fast-check'
import { expect, test } from 'vitest'
import { convTranspose2d } from '../layers/convolution.js'
import { describe } from './describe.js'

test('of a transposed convolution gives what the graph has', () => {
  const window = fc.record({
    n: fc.integer({ min: 2, max: 12 }),
    kernel: fc.integer({ min: 2, max: 5 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.integer({ min: 0, max: 1 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    added: fc.integer({ min: 0, max: 3 }),
  })
  fc.assert(
    fc.property(window, ({ n, kernel, stride, padding, dilation, added }) => {
      const outputPadding = added % stride
      const layer = convTranspose2d(1, 1, { kernel, stride, padding, dilation, outputPadding })
      const [{ output, formula = '' }] = describe(layer, [1, n, n]).layers
      const extent = dilation * (kernel - 1) + 1
      const size = (n - 1) * stride - 2 * padding + extent + outputPadding
      expect(output).toEqual([1, size, size])
      const more = outputPadding > 0 ? ` + ${outputPadding}` : ''
      expect(formula).toBe(`(${n} − 1)·${stride} − 2·${padding} + ${extent}${more} = ${size}`)
    }),
  )
})
