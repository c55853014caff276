import { expect, test } from 'vitest'
import { normal, uniform } from '../initialisers/initialisers.js'
import { tanh } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { adam } from '../optimizers/index.js'
import { run } from '../run.test-support.js'
import { fit, points, print, rmse } from './fit.test-support.js'

// One hidden layer comes as near to a continuous function as one likes, given enough units (Cybenko 1989; Hornik et al. 1989).
const grid = Array.from({ length: 64 }, (_, i) => [(i - 31.5) / 32])
const functions: Record<string, (x: readonly number[]) => number> = {
  step: ([x]) => (x > 0 ? 1 : 0),
  sine: ([x]) => Math.sin(2 * Math.PI * x),
}
const WIDTHS = [1, 2, 4, 8, 32]

test('universal approximation: the error of one hidden layer falls with its width', async () => {
  const table: (string | number)[][] = []
  const errors: Record<string, number[]> = {}
  for (const [name, f] of Object.entries(functions)) {
    const data = points(grid, f)
    errors[name] = []
    for (const width of WIDTHS) {
      const net = sequential(linear(1, width, { initialise: normal(20), bias: uniform(20) }), tanh, linear(width, 1))
      const { variables } = await fit(net, data, { optimizer: adam(), rate: 0.03, steps: 400 })
      errors[name].push(rmse(run(net, data.x, { variables }), data.y))
    }
    table.push([name, ...errors[name]])
  }
  print('Root mean square error of one hidden layer (tanh) by its width', ['function', ...WIDTHS.map(String)], table)
  // From one unit, which can draw no period of a sine, to 32 units; a jump is steeper than any tanh and stays the harder one.
  expect(errors.sine[0]).toBeGreaterThan(0.4)
  expect(errors.sine[4]).toBeLessThan(errors.sine[0] / 10)
  expect(errors.step[4]).toBeLessThan(0.95 * errors.step[0])
})
