import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { tanh } from '../layers/activations.js'
import type { Layer } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { residual } from '../layers/residual.js'
import { sequential } from '../layers/sequential.js'
import { adam } from '../optimizers/index.js'
import { fit, points, print } from './fit.test-support.js'

const random = randomStream(2)
const inputs = Array.from({ length: 64 }, () => [random.uniform(-1, 1), random.uniform(-1, 1)])
const data = points(inputs, ([a, b]) => Math.sin(3 * a) * Math.cos(2 * b))
const WIDTH = 12
const DEPTHS = [2, 8, 24]

function net(depth: number, skip: boolean): Layer {
  const block = () => sequential(linear(WIDTH, WIDTH), tanh)
  const blocks = Array.from({ length: depth }, () => (skip ? residual(block()) : block()))
  return sequential(linear(2, WIDTH), ...blocks, linear(WIDTH, 1))
}

test('residual against plain: depth stops helping a plain net, a residual one still learns (He et al. 2016)', async () => {
  const final: Record<string, number[]> = { plain: [], residual: [] }
  for (const depth of DEPTHS) {
    for (const kind of ['plain', 'residual'])
      final[kind].push(
        (await fit(net(depth, kind === 'residual'), data, { optimizer: adam(), rate: 3e-3, steps: 200 })).losses[199],
      )
  }
  print(
    'Loss after 200 steps by the number of blocks',
    ['net', ...DEPTHS.map(String)],
    [
      ['plain', ...final.plain],
      ['residual', ...final.residual],
    ],
  )
  // What eight plain blocks learn, 24 do not; with a way around each block depth only helps.
  expect(final.plain[2]).toBeGreaterThan(4 * final.plain[1])
  expect(final.plain[2]).toBeGreaterThan(10 * final.residual[2])
  expect(final.residual[2]).toBeLessThan(final.residual[0])
})
