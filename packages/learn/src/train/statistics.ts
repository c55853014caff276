import {
  abs,
  type Device,
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
import type { LayerCall } from '../layers/bind.js'
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

/** What one step shows of a layer's output. */
export interface LayerStatistics {
  /** PyTorch's name. */
  readonly name: string
  readonly kind: string
  readonly mean: number
  readonly deviation: number
  /** Units (channels, features) that are 0 for all images that were looked at, and how many there are. */
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
  /** The part of the largest rate so far that this step's is, where it is told: schedules end near 0, and updates with them. */
  readonly ratePart?: number
  readonly loss: number
  /** In the order of computing. */
  readonly layers: readonly LayerStatistics[]
  readonly parameters: readonly ParameterStatistics[]
}

/** How a step is looked into. */
export interface LookOptions {
  readonly rate: number
  /** The rate's part of the largest one so far. */
  readonly ratePart?: number
  readonly batchesDone?: number
}

/** Looks into steps of training without moving anything; compiled once for a model and an optimizer. */
export interface CompiledStatistics<B extends BatchSpecs> {
  /** One step; given several batches, the first is the step's, and a unit is dead that is 0 in all of them. */
  run(state: TrainingState, batch: Batch<B> | readonly Batch<B>[], options: LookOptions): Promise<StepStatistics>
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
  batch: Batch<B> | readonly Batch<B>[],
  { device, ...options }: LookOptions & { readonly device: Device },
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
  const axes = new Map<Tensor, number>()
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
      const { loss } = forward(training.options, t, t.batch, givenRandom(requests, t.random), (call) => {
        const { path, layer, output } = call
        // What a container only hands on has been looked at.
        if (axes.has(output) || output.dtype !== 'f32' || output.rank < 2) return
        const axis = unitAxis(call, axes)
        axes.set(output, axis)
        layers.push({ name: path, kind: layer.kind, units: output.shape[axis] as number })
        told.push(ofOutput(output, axis))
      })
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
  const look = async (state: TrainingState, batch: Batch<B>, { rate, batchesDone = 0 }: LookOptions) => {
    const random = randomFeeds(requests, training.seed, batchesDone)
    const { params, buffers, optimizer } = state
    const feeds = { params, buffers, optimizer, batch, random, rate: scalarArray(rate) }
    const results = await executable.run(feedsOf(traced, feeds))
    return new Map(traced.graph.outputs.map(({ name }, i) => [name, (results[i] as NdArray).data]))
  }
  return {
    async run(state, batch, options) {
      const looks: Awaited<ReturnType<typeof look>>[] = []
      for (const each of (Array.isArray(batch) ? batch : [batch]) as readonly Batch<B>[])
        looks.push(await look(state, each, options))
      const get = (name: string) => looks[0]?.get(name)?.[0] ?? Number.NaN
      const isDead = (layer: number, unit: number) =>
        looks.every((told) => told.get(`layers.${layer}.largest`)?.[unit] === 0)
      return {
        ...(options.ratePart !== undefined && { ratePart: options.ratePart }),
        loss: get('loss'),
        layers: layers.map((layer, i) => ({
          ...layer,
          mean: get(`layers.${i}.mean`),
          deviation: get(`layers.${i}.deviation`),
          dead: Array.from({ length: layer.units }, (_, unit) => isDead(i, unit)).filter(Boolean).length,
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

/** What works on the last axis, where images too have their channels last. */
const CHANNELS_LAST: readonly string[] = ['linear', 'layerNorm', 'rmsNorm', 'globalResponseNorm']

/**
 * The axis of a layer's units: the last one of rows [N, C] and tokens [N, T, C], channels of images [N, C, H, W], unless the layer,
 * or what it took in the same shape, has its channels last.
 */
function unitAxis({ layer, inputs, output }: LayerCall, axes: ReadonlyMap<Tensor, number>): number {
  const last = output.rank - 1
  if (output.rank !== 4) return last
  if (CHANNELS_LAST.includes(layer.kind) && layer.options?.axis !== 1) return last
  const [x] = inputs
  const alike = x !== undefined && `${x.shape}` === `${output.shape}`
  return (alike ? axes.get(x) : undefined) ?? 1
}

/** Mean and deviation over everything; the largest size of each unit wherever one looks. */
function ofOutput(y: Tensor, axis: number): Record<string, Tensor> {
  const m = mean(y)
  const d = sub(y, m)
  const others = y.shape.map((_, i) => i).filter((i) => i !== axis)
  return { mean: m, deviation: sqrt(mean(mul(d, d))), largest: max(abs(y), { axes: others }) }
}
