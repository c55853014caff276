import { readFileSync } from 'node:fs'
import { randomStream } from '@epipole/core'
import {
  compileStep,
  constant,
  type Device,
  type Graph,
  gradients,
  interpret,
  interpreterDevice,
  isNdArray,
  isTensor,
  leavesOf,
  mapTree,
  mean,
  mul,
  type NdArray,
  ndArray,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  type TensorSpec,
  type Tree,
  trace,
} from '@epipole/graph'
import { expect } from 'vitest'
import { bind } from './layers/bind.js'
import type { LayerLike } from './layers/layer.js'
import { initialise } from './layers/variables.js'

/** A tensor as the oracle scripts keep it: all numbers, or of a large one its projection and sum of absolute values. */
type Kept = readonly number[] | { readonly projected: number; readonly absolute: number }

export interface OracleCase {
  readonly inputs: readonly (readonly number[])[]
  readonly training: boolean
  readonly shape: readonly number[]
  readonly output: Kept
  readonly gradients: Readonly<Record<string, Kept>>
  readonly buffers: Readonly<Record<string, Kept>>
  /** Fifty steps of gradient descent: losses of the first five and the last, and the output and buffers after them. */
  readonly descent?: {
    readonly losses: readonly number[]
    readonly output: Kept
    readonly buffers: Readonly<Record<string, Kept>>
  }
}

/** PyTorch's answers, written by packages/learn/oracle/<family>.py. */
export const oracle = (family: string): Record<string, OracleCase> =>
  JSON.parse(readFileSync(new URL(`../oracle/${family}.json`, import.meta.url), 'utf8'))

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** The oracle's numbers: sin(0.7 i + seed of the name), in f64; variances are kept positive. */
export function numbers(name: string, shape: readonly number[]): NdArray {
  const seed = 0.37 * ([...name].reduce((s, c) => s + c.charCodeAt(0), 0) % 97)
  const data = Float64Array.from({ length: size(shape) }, (_, i) => Math.sin(0.7 * i + seed))
  return { dtype: 'f32', shape, data: name.endsWith('running_var') ? data.map((v) => 1.5 + 0.5 * v) : data }
}

const projection = (n: number) => Float64Array.from({ length: n }, (_, i) => Math.cos(0.3 * i))

/** Whole numbers for layers that look up: 7 i mod n. */
export const integers = (n: number, shape: readonly number[]): NdArray =>
  ndArray(
    Int32Array.from({ length: size(shape) }, (_, i) => (7 * i) % n),
    shape,
  )

/** A layer's numbers and inputs as the oracle scripts fill them. */
function filled(layer: LayerLike, { inputs }: OracleCase, { integers: below }: { integers?: number }) {
  const variables = initialise(layer, randomStream(1))
  const fill = (tree: Tree<NdArray>) => mapTree(tree, isNdArray, ({ shape }, path) => numbers(path, shape))
  return {
    params: fill(variables.params),
    buffers: fill(variables.buffers),
    inputs: inputs.map((shape, i) => (below ? integers(below, shape) : numbers(`input${i}`, shape))),
  }
}

interface Experiment {
  readonly graph: Graph
  readonly feeds: NdArray[]
  /** What each output is, in order. */
  readonly expected: readonly (readonly [name: string, Kept])[]
}

/** Output, gradients and next buffers of a layer under the oracle's projection, beside what PyTorch says. */
export function experiment(layer: LayerLike, oracleCase: OracleCase, options: { integers?: number } = {}): Experiment {
  const given = filled(layer, oracleCase, options)
  const specs = mapTree<NdArray, TensorSpec>(given as unknown as Tree<NdArray>, isNdArray, ({ dtype, shape }) => ({
    spec: true,
    dtype,
    shape,
  }))
  const expected: [string, Kept][] = []
  const { graph } = trace((tree) => {
    const { params, buffers, inputs } = tree as unknown as {
      params: Tree<Tensor>
      buffers: Tree<Tensor>
      inputs: Tensor[]
    }
    const model = bind(layer, { params, buffers }, { training: oracleCase.training })
    const [first, ...more] = inputs
    const y = model(first, ...more)
    expect(y.shape).toEqual(oracleCase.shape)
    const n = size(y.shape)
    // In f64, so that it does not round the gradients.
    const weights = constant({ dtype: y.dtype, shape: [n], data: projection(n) })
    const score = sum(mul(reshape(y, [n]), weights))
    const named = new Map([...inputs.map((t, i) => [`input${i}`, t] as const), ...leavesOf(params, isTensor)])
    const wanted = Object.entries(oracleCase.gradients)
    const slopes = gradients(
      score,
      wanted.map(([name]) => named.get(name) as Tensor),
    )
    expected.push(['output', oracleCase.output], ...wanted)
    const after = new Map(leavesOf(model.buffers(), isTensor))
    const buffersAfter = Object.entries(oracleCase.buffers).map(([name, kept]) => {
      expected.push([name, kept])
      return after.get(name) as Tensor
    })
    return [y, ...slopes, ...buffersAfter]
  }, specs)
  const feeds = leavesOf(given as unknown as Tree<NdArray>, isNdArray).map(([, a]) => a)
  return { graph, feeds, expected }
}

/** Compares numbers with the oracle's, within `tolerance` absolute and relative to the largest. */
export function expectKept(name: string, got: ArrayLike<number>, kept: Kept, tolerance: number): void {
  const values = Array.from(got)
  const p = projection(values.length)
  const listed = 'projected' in kept ? [kept.projected, kept.absolute] : kept
  const ours =
    'projected' in kept
      ? [values.reduce((s, v, i) => s + v * p[i], 0), values.reduce((s, v) => s + Math.abs(v), 0)]
      : values
  expect(ours.length, name).toBe(listed.length)
  const scale = 1 + Math.max(0, ...listed.map(Math.abs))
  const worst = ours.reduce((w, v, i) => Math.max(w, Number.isNaN(v) ? Infinity : Math.abs(v - listed[i])), 0)
  expect(worst / scale, `${name}: largest error over scale`).toBeLessThan(tolerance)
}

/** The layer's output, gradients and buffers in f64 through the interpreter, within 1e-9 of PyTorch's. */
export function expectExact(layer: LayerLike, oracleCase: OracleCase, options: { integers?: number } = {}): void {
  const { graph, feeds, expected } = experiment(layer, oracleCase, options)
  const results = interpret(graph, feeds, { precision: 'f64' })
  expected.forEach(([name, kept], i) => {
    expectKept(name, results[i].data, kept, 1e-9)
  })
}

/** The same in f32 on a device, within 1e-4. */
export async function expectOnDevice(
  device: Device,
  layer: LayerLike,
  oracleCase: OracleCase,
  options: { integers?: number } = {},
): Promise<void> {
  const { graph, feeds, expected } = experiment(layer, oracleCase, options)
  const executable = await device.compile(graph)
  const rounded = feeds.map((a) => (a.dtype === 'f32' ? ndArray(Float32Array.from(a.data), a.shape) : a))
  const results = await executable.run(rounded)
  await executable.close()
  expected.forEach(([name, kept], i) => {
    expectKept(name, results[i].data, kept, 1e-4)
  })
}

interface DescentState {
  readonly params: Tree<Tensor>
  readonly buffers: Tree<Tensor>
  readonly inputs: Tensor[]
}

/**
 * Gradient descent at a rate of 0.01 on mean((y − target)²), which moves parameters and inputs alike, beside PyTorch's: without a
 * device 50 steps in f64 through the interpreter, within 1e-9; else 5 in f32 on the device, within 1e-4.
 */
export async function expectDescent(
  layer: LayerLike,
  oracleCase: OracleCase,
  { device, ...options }: { integers?: number; device?: Device } = {},
): Promise<void> {
  const { descent, shape, training } = oracleCase
  if (descent === undefined) throw new Error('The oracle says nothing of a descent.')
  const given = filled(layer, oracleCase, options)
  const rounded = (a: NdArray) => (a.dtype === 'f32' && device ? ndArray(Float32Array.from(a.data), a.shape) : a)
  const step = await compileStep(
    (({ params, buffers, inputs }: DescentState) => {
      const model = bind(layer, { params, buffers }, { training })
      const [first, ...more] = inputs
      const y = model(first, ...more)
      const loss = mean(square(sub(y, constant(numbers('target', shape)))))
      const named = new Map([...inputs.map((t, i) => [`input${i}`, t] as const), ...leavesOf(params, isTensor)])
      const moving = Object.keys(oracleCase.gradients).map((name) => named.get(name) as Tensor)
      const slopes = gradients(loss, moving)
      const moved = (t: Tensor) => (moving.includes(t) ? sub(t, mul(slopes[moving.indexOf(t)], 0.01)) : t)
      const next = { params: mapTree<Tensor, Tensor>(params, isTensor, moved), inputs: inputs.map(moved) }
      return { state: { ...next, buffers: model.buffers() }, outputs: { loss, y } }
    }) as never,
    {
      state: mapTree(given as unknown as Tree<NdArray>, isNdArray, rounded) as never,
      feeds: {} as never,
      device: device ?? interpreterDevice({ precision: 'f64' }),
    },
  )
  const tolerance = device ? 1e-4 : 1e-9
  const losses: number[] = []
  for (let i = 0; i < (device ? 5 : 50); i++) {
    const { loss } = (await step.run({} as never)) as unknown as { loss: NdArray }
    losses.push(loss.data[0])
  }
  const told = device ? losses : [...losses.slice(0, 5), losses[49]]
  expectKept('losses', told, device ? descent.losses.slice(0, 5) : descent.losses, tolerance)
  if (!device) {
    const { y } = (await step.run({} as never)) as unknown as { y: NdArray }
    expectKept('output', y.data, descent.output, tolerance)
    const { buffers } = (await step.readState()) as unknown as { buffers: Tree<NdArray> }
    const after = new Map(leavesOf(buffers, isNdArray))
    for (const [name, kept] of Object.entries(descent.buffers))
      expectKept(name, (after.get(name) as NdArray).data, kept, tolerance)
  }
  await step.close()
}
