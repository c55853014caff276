import {
  abs,
  cast,
  type Device,
  equal,
  f32,
  isTensor,
  leavesOf,
  max,
  mean,
  mul,
  type NdArray,
  type Symbolic,
  scalarArray,
  sqrt,
  sub,
  type Tensor,
  type Tree,
  trace,
} from '@epipole/graph'
import { givenRandom, randomFeeds, randomSpecs } from '../layers/random-source.js'
import { applyOptimizer } from '../optimizers/optimizer.js'
import {
  type Batch,
  type BatchSpecs,
  forward,
  gradientsOf,
  type TrainingState,
  type TrainingStep,
} from './training-step.js'
import { feedsOf, specsOf } from './tree-specs.js'

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

/** Looks into steps of training without moving anything; compiled once for a model and an optimizer. */
export interface CompiledStatistics<B extends BatchSpecs> {
  run(
    state: TrainingState,
    batch: Batch<B>,
    options: { readonly rate: number; readonly batchesDone?: number },
  ): Promise<StepStatistics>
  close(): Promise<void>
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
  { device, ...options }: { rate: number; device: Device; batchesDone?: number },
): Promise<StepStatistics> {
  const compiled = await compileStatistics(training, specs, state, device)
  try {
    return await compiled.run(state, batch, options)
  } finally {
    await compiled.close()
  }
}

/** As `stepStatistics`, for many steps; of `state`, only the shapes matter here. */
export async function compileStatistics<B extends BatchSpecs>(
  training: TrainingStep<B>,
  specs: B,
  { params, buffers, optimizer }: TrainingState,
  device: Device,
): Promise<CompiledStatistics<B>> {
  const requests = training.requests(specs)
  const layers: { name: string; kind: string; units: number }[] = []
  const names: string[] = []
  const inputs = {
    ...(specsOf({ params, buffers, optimizer }) as object),
    batch: specs,
    random: randomSpecs(requests),
    rate: f32(),
  }
  const traced = trace(
    ((t: Inputs<B>) => {
      const told: Record<string, Tensor>[] = []
      // What a container only hands on has been looked at.
      const seen = new Set<Tensor>()
      const { loss } = forward(
        training.options,
        t,
        t.batch,
        givenRandom(requests, t.random),
        ({ path, layer, output }) => {
          if (seen.has(output) || output.dtype !== 'f32' || output.rank < 2) return
          seen.add(output)
          layers.push({ name: path, kind: layer.kind, units: output.shape[1] as number })
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
    inputs as never,
  )
  const executable = await device.compile(traced.graph)
  return {
    async run({ params, buffers, optimizer }, batch, { rate, batchesDone = 0 }) {
      const random = randomFeeds(requests, training.seed, batchesDone)
      const feeds = { params, buffers, optimizer, batch, random, rate: scalarArray(rate) }
      const results = await executable.run(feedsOf(traced, feeds))
      const told = new Map(traced.graph.outputs.map(({ name }, i) => [name, (results[i] as NdArray).data[0] as number]))
      const get = (name: string) => told.get(name) ?? Number.NaN
      return {
        loss: get('loss'),
        layers: layers.map((layer, i) => ({
          ...layer,
          mean: get(`layers.${i}.mean`),
          deviation: get(`layers.${i}.deviation`),
          dead: Math.round(get(`layers.${i}.dead`) * layer.units),
        })),
        parameters: names.map((name, i) => ({
          name,
          value: get(`parameters.${i}.value`),
          gradient: get(`parameters.${i}.gradient`),
          change: get(`parameters.${i}.change`),
        })),
      }
    },
    close: () => executable.close(),
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
