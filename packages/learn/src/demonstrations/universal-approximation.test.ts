import { expect, test } from 'vitest'
import { normal, uniform } from '../initialisers/initialisers.js'
import { relu } from '../layers/activations.js'
import type { Initialiser } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { adam } from '../optimizers/index.js'
import { run } from '../run.test-support.js'
import { cosine } from '../schedules/schedule.js'
import { fit, points, print, rmse } from './fit.test-support.js'

// One hidden layer comes as near to a continuous function as one likes, given enough units (Cybenko 1989; Hornik et al. 1989). Of a
// function with a jump this holds for the mean square, not for the largest error (Leshno et al. 1993).
const grid = Array.from({ length: 64 }, (_, i) => [(i - 31.5) / 32])
const functions: Record<string, (x: readonly number[]) => number> = {
  step: ([x]) => (x > 0 ? 1 : 0),
  sine: ([x]) => Math.sin(2 * Math.PI * x),
}
const WIDTHS = [1, 2, 4, 8, 16, 32, 64]
const SEEDS = [1, 2, 3]
const STEPS = 1000

/** Each unit is a ramp of slope ±1 with its kink inside the interval, wherever its bias puts it. */
const signs: Initialiser = ([units], random) =>
  Float32Array.from({ length: units }, () => Math.sign(random.uniform(-1, 1)))

async function error(width: number, f: (x: readonly number[]) => number, seed: number): Promise<number> {
  const data = points(grid, f)
  const net = sequential(
    linear(1, width, { initialise: signs, bias: uniform(1) }),
    relu,
    linear(width, 1, { initialise: normal(1 / Math.sqrt(width)) }),
  )
  const { variables } = await fit(net, data, { optimizer: adam(), rate: cosine(0.03, STEPS), steps: STEPS, seed })
  return rmse(run(net, data.x, { variables }), data.y)
}

test('universal approximation: the error of one hidden layer falls with its width', async () => {
  const table: Record<string, number[]> = {}
  for (const [name, f] of Object.entries(functions)) {
    table[name] = []
    for (const width of WIDTHS) {
      let sum = 0
      for (const seed of SEEDS) sum += await error(width, f, seed)
      table[name].push(sum / SEEDS.length)
    }
  }
  print(
    `Root mean square error of one hidden layer (ReLU) by its width, mean of ${SEEDS.length} seeds`,
    ['function', ...WIDTHS.map(String)],
    Object.entries(table).map(([name, errors]) => [name, ...errors]),
  )
  // Wider is never worse than by chance. A ramp between the two points at the jump takes kinks exactly there, which training hardly
  // finds: the step stays the harder one.
  for (const [name, errors] of Object.entries(table))
    for (const [i, error] of errors.slice(1).entries())
      expect(error, `${name}, ${WIDTHS[i + 1]} units`).toBeLessThan(1.1 * errors[i])
  expect(table.step.at(-1)).toBeLessThan(table.step[0] / 3)
  expect(table.sine.at(-1)).toBeLessThan(table.sine[0] / 10)
})
