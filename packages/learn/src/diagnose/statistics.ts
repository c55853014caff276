import {
  abs,
  cast,
  type Device,
  equal,
  isNdArray,
  isTensor,
  leavesOf,
  mapTree,
  max,
  mean,
  mul,
  type NdArray,
  type Symbolic,
  sqrt,
  sub,
  type Tensor,
  type TensorSpec,
  type Tree,
  trace,
} from '@epipole/graph'
import type { Layer } from '../layers/layer.js'
import { givenRandom, randomFeeds, randomSpecs } from '../layers/random-source.js'
import { applyOptimizer } from '../optimizers/optimizer.js'
import {
  type Batch,
  type BatchSpecs,
  forward,
  gradientsOf,
  type TrainingState,
  type TrainingStep,
} from '../train/training-step.js'

/** What one batch shows of a layer's output. */
export interface LayerStatistics {
  /** PyTorch's name. */
  readonly name: string
  readonly kind: string
  readonly mean: number
  readonly deviation: number
  /** Units (channels, features) that are 0 for the whole batch, and how many there are. */
  readonly dead: number
  readonly units: number
}

/** What one step shows of a parameter. */
export interface ParameterStatistics {
  readonly name: string
  /** Root mean squares of its numbers, its gradient, and the change by the step. */
  readonly value: number
  readonly gradient: number
  readonly change: number
}

export interface StepStatistics {
  readonly loss: number
  /** In the order of computing. */
  readonly layers: readonly LayerStatistics[]
  readonly parameters: readonly ParameterStatistics[]
}

/**
 * One step of training looked into, without moving anything: the output of each layer, and each parameter with its gradient and
 * what the optimizer would change at this rate.
 */
export async function stepStatistics<B extends BatchSpecs>(
  training: TrainingStep<B>,
  specs: B,
  state: TrainingState,
  batch: Batch<B>,
  { rate, device, batchesDone = 0 }: { rate: number; device: Device; batchesDone?: number },
): Promise<StepStatistics> {
  const requests = training.requests(specs)
  const { params, buffers, optimizer } = state
  const spec = (tree: unknown) =>
    mapTree<NdArray, TensorSpec>(tree as Tree<NdArray>, isNdArray, ({ dtype, shape }) => ({ spec: true, dtype, shape }))
  const layers: { name: string; layer: Layer; units: number }[] = []
  const names: string[] = []
  const traced = trace(
    ((t: Inputs<B>) => {
      const told: Record<string, Tensor>[] = []
      const { loss } = forward(
        training.options,
        t,
        t.batch,
        givenRandom(requests, t.random),
        ({ path, layer, output }) => {
          if (layer.children !== undefined || output.dtype !== 'f32' || output.rank < 2) return
          layers.push({ name: path, layer, units: output.shape[1] as number })
          told.push(ofOutput(output))
        },
      )
      const g = gradientsOf(loss, t.params, training.options.optimizer)
      const next = applyOptimizer(training.options.optimizer, t.params, g, t.optimizer, t.rate)
      const moved = new Map(leavesOf<Tensor>(next.params as never, isTensor))
      const parameters = leavesOf<Tensor>(t.params as never, isTensor).flatMap(([name, value]) => {
        const gradient = g.get(name)
        if (gradient === undefined) return []
        names.push(name)
        return [{ value: rms(value), gradient: rms(gradient), change: rms(sub(moved.get(name) as Tensor, value)) }]
      })
      return { loss, layers: told, parameters }
    }) as never,
    {
      params: spec(params),
      buffers: spec(buffers),
      optimizer: spec(optimizer),
      batch: specs,
      random: randomSpecs(requests),
      rate: { spec: true, dtype: 'f32', shape: [] },
    } as never,
  )
  const random = randomFeeds(requests, training.seed, batchesDone)
  const rateArray = { dtype: 'f32', shape: [], data: Float32Array.of(rate) }
  const feeds = new Map(
    leavesOf<NdArray>({ params, buffers, optimizer, batch, random, rate: rateArray } as never, isNdArray),
  )
  const executable = await device.compile(traced.graph)
  try {
    const results = await executable.run(traced.graph.inputs.map(({ name }) => feeds.get(name) as NdArray))
    const told = new Map(traced.graph.outputs.map(({ name }, i) => [name, (results[i] as NdArray).data[0] as number]))
    const get = (name: string) => told.get(name) ?? Number.NaN
    return {
      loss: get('loss'),
      layers: layers.map(({ name, layer, units }, i) => ({
        name,
        kind: layer.kind,
        mean: get(`layers.${i}.mean`),
        deviation: get(`layers.${i}.deviation`),
        dead: Math.round(get(`layers.${i}.dead`) * units),
        units,
      })),
      parameters: names.map((name, i) => ({
        name,
        value: get(`parameters.${i}.value`),
        gradient: get(`parameters.${i}.gradient`),
        change: get(`parameters.${i}.change`),
      })),
    }
  } finally {
    await executable.close()
  }
}

interface Inputs<B extends BatchSpecs> {
  readonly params: Tree<Tensor>
  readonly buffers: Tree<Tensor>
  readonly optimizer: TrainingState<Tensor>['optimizer']
  readonly batch: Symbolic<B>
  readonly random: Tensor[]
  readonly rate: Tensor
}

const rms = (x: Tensor): Tensor => sqrt(mean(mul(x, x)))

/** Mean and deviation over everything; the part of the units (axis 1) that are 0 wherever one looks. */
function ofOutput(y: Tensor): Record<string, Tensor> {
  const m = mean(y)
  const d = sub(y, m)
  const others = y.shape.map((_, i) => i).filter((i) => i !== 1)
  const largest = max(abs(y), { axes: others })
  return { mean: m, deviation: sqrt(mean(mul(d, d))), dead: mean(cast(equal(largest, 0), 'f32')) }
}
