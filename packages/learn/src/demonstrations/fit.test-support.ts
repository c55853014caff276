import { f32, type NdArray, ndArray, type Tensor } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import type { Bound } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import { meanSquaredError } from '../losses/regression.js'
import type { Optimizer } from '../optimizers/index.js'
import { asSchedule, type Schedule } from '../schedules/schedule.js'
import { compileTraining } from '../train/compile-training.js'
import { trainingStep } from '../train/training-step.js'

export interface Points {
  readonly x: NdArray
  readonly y: NdArray
}

export interface FitOptions {
  readonly optimizer: Optimizer
  readonly rate: number | Schedule
  readonly steps: number
  /** Examples a step, in order and over again; all unless told. */
  readonly batch?: number
  readonly seed?: number
  /** Where training starts; drawn from the seed unless told. */
  readonly start?: Variables
}

/** Fits a net to points by the mean squared error; the losses before each step and the variables at the end. */
export async function fit(
  net: LayerLike,
  { x, y }: Points,
  options: FitOptions,
): Promise<{ losses: number[]; variables: Variables }> {
  const { optimizer, rate, steps, batch = x.shape[0], seed = 1, start } = options
  const device = nodeDevice({ worker: false })
  try {
    const training = trainingStep({
      net,
      optimizer,
      seed,
      loss: (apply: Bound, given: { x: Tensor; y: Tensor }) => meanSquaredError(apply(given.x), given.y),
    } as never)
    const specs = { x: f32(batch, ...x.shape.slice(1)), y: f32(batch, ...y.shape.slice(1)) }
    const state = { ...training.start(), ...start }
    const compiled = await compileTraining(training, specs as never, { device, state })
    const losses: number[] = []
    const rateAt = asSchedule(rate)
    for (let i = 0; i < steps; i++) {
      const from = (i * batch) % (x.shape[0] - batch + 1)
      losses.push(
        (await compiled.run({ x: rows(x, from, batch), y: rows(y, from, batch) } as never, { rate: rateAt(i) })).loss,
      )
    }
    const { params, buffers } = await compiled.readState()
    await compiled.close()
    return { losses, variables: { params, buffers } }
  } finally {
    await device.close()
  }
}

export const rows = (a: NdArray, from: number, count: number): NdArray => {
  const size = a.data.length / a.shape[0]
  return ndArray(a.data.slice(from * size, (from + count) * size) as Float32Array, [count, ...a.shape.slice(1)])
}

export const points = (inputs: readonly (readonly number[])[], f: (x: readonly number[]) => number): Points => ({
  x: ndArray(Float32Array.from(inputs.flat()), [inputs.length, inputs[0].length]),
  y: ndArray(Float32Array.from(inputs, f), [inputs.length, 1]),
})

export const rmse = (a: NdArray, b: NdArray): number =>
  Math.sqrt(Array.from(a.data, (v, i) => (v - b.data[i]) ** 2).reduce((s, v) => s + v, 0) / a.data.length)

/** Prints a table: what the demonstration shows. */
export function print(title: string, head: readonly string[], body: readonly (readonly (string | number)[])[]): void {
  const cells = [head, ...body.map((row) => row.map((v) => (typeof v === 'number' ? show(v) : v)))]
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)))
  const line = (row: readonly string[]) =>
    row.map((c, i) => (i === 0 ? c.padEnd(widths[i]) : c.padStart(widths[i]))).join('  ')
  console.log(`\n${title}\n\n${cells.map(line).join('\n')}\n`)
}

const show = (v: number): string =>
  Number.isInteger(v) && Math.abs(v) < 1e9 ? `${v}` : Math.abs(v) >= 1e4 ? v.toExponential(1) : v.toPrecision(3)
