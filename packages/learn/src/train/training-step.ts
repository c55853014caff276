import { EpipoleError, randomStream } from '@epipole/core'
import {
  abs,
  add,
  and,
  bool,
  cast,
  f32,
  gradients,
  input,
  isNdArray,
  isTensor,
  leavesOf,
  lessEqual,
  mapTree,
  mul,
  type NdArray,
  type Symbolic,
  type Tensor,
  type TensorSpec,
  type Tree,
  where,
  zerosArray,
} from '@epipole/graph'
import { type Bound, bind } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import {
  givenRandom,
  type RandomRequest,
  type RandomSource,
  randomSpecs,
  recordRandom,
} from '../layers/random-source.js'
import { initialise, makeVariables } from '../layers/variables.js'
import { clipByNorm, clipByValue, type Gradients, globalNorm, l1Penalty, l2Penalty } from '../optimizers/gradients.js'
import { isMatrix } from '../optimizers/groups.js'
import {
  applyOptimizer,
  checkMemory,
  checkRange,
  initOptimizer,
  type Optimizer,
  type OptimizerState,
} from '../optimizers/optimizer.js'
import { ema } from '../optimizers/pieces.js'
import { loadWeights, weightsOf } from '../weights/load-weights.js'

/** What is fed at each step, by name: `{ image: f32(64, 3, 32, 32), label: i32(64) }`. */
export type BatchSpecs = Readonly<Record<string, TensorSpec>>
export type Batch<B extends BatchSpecs = BatchSpecs> = { readonly [K in keyof B]: NdArray }

/** The loss alone, or with further numbers to be told: `{ loss, accuracy }`. */
export type LossResult = Tensor | ({ readonly loss: Tensor } & Readonly<Record<string, Tensor>>)

export interface TrainingStepOptions<B extends BatchSpecs> {
  readonly net: LayerLike
  /** From the model, as a function, and a batch to a scalar. */
  readonly loss: (apply: Bound, batch: Symbolic<B>) => LossResult
  readonly optimizer: Optimizer
  /** For all randomness: first weights, dropout, order, augmentation. Default 0. */
  readonly seed?: number
  readonly clip?: { readonly norm?: number; readonly value?: number }
  /** λ of penalties on weights (not on biases and gains), added to the loss. */
  readonly penalty?: { readonly l1?: number; readonly l2?: number }
  /** Whether several batches may make one step (`run(batch, { share, last })`); costs one more array a parameter. */
  readonly accumulate?: boolean
  /**
   * Keeps a moving average of the weights with this memory, e.g. 0.999: what is validated, and used afterwards. It starts at the
   * first weights, and forgets them in some 1 / (1 − memory) steps: train for several times as many.
   */
  readonly averageDecay?: number
  /** What training starts from, e.g. `loadWeights(…).variables`; default what the layers say, by `seed`. */
  readonly weights?: Variables
}

/** All that training carries from step to step; arrays only, so a checkpoint is this tree. */
export interface TrainingState<T = NdArray> extends Variables<T> {
  readonly optimizer: OptimizerState<T>
  /** Moving average of the parameters, where it is kept. */
  readonly average?: Tree<T>
  /** Gradients gathered so far, by path, where batches may be gathered. */
  readonly gathered?: Readonly<Record<string, T>>
}

/** What a model is used with after training, and validated with: the averaged parameters where they are kept. */
export const variablesInUse = <T>({ params, average, buffers }: TrainingState<T>): Variables<T> => ({
  params: average ?? params,
  buffers,
})

/** What the step takes besides the batch. */
export interface StepFeeds<T> {
  readonly rate: T
  readonly random: readonly T[]
  /** With `accumulate`: 0 at the first of the batches that make a step, 1 at others; the batch's share; whether to move now. */
  readonly gather?: { readonly keep: T; readonly share: T; readonly last: T }
}

/** A training step as a function on graphs, with what is needed to feed it. */
export interface TrainingStep<B extends BatchSpecs> {
  readonly options: TrainingStepOptions<B>
  readonly seed: number
  /** The state before the first step. */
  start(): TrainingState
  /** Which random tensors the step asks for, with batches of these specs. */
  requests(specs: B): readonly RandomRequest[]
  feeds(specs: B): { batch: B; feeds: StepFeeds<TensorSpec> }
  step(
    state: TrainingState<Tensor>,
    batch: Symbolic<B>,
    feeds: StepFeeds<Tensor>,
    requests: readonly RandomRequest[],
  ): { state: TrainingState<Tensor>; outputs: Record<string, Tensor> }
}

/**
 * One step of training: forward, backward and the optimizer, to be compiled into one graph (`compileTraining`). A step whose
 * loss or gradient is not finite moves nothing: the state stays the last good one.
 */
export function trainingStep<B extends BatchSpecs>(options: TrainingStepOptions<B>): TrainingStep<B> {
  const { net, optimizer, seed = 0, averageDecay, accumulate = false, penalty, weights } = options
  if (!Number.isFinite(seed)) throw new EpipoleError('usage', `The seed is ${seed}: a number is wanted.`)
  for (const [name, value] of Object.entries({ clip: options.clip, penalty }))
    if (value !== undefined && typeof value !== 'object')
      throw new EpipoleError(
        'usage',
        `"${name}" is ${value}: say of what, { ${name === 'clip' ? 'norm' : 'l2'}: ${value} }.`,
      )
  if (averageDecay !== undefined) checkMemory('averageDecay', averageDecay)
  checkRange('penalty.l1', penalty?.l1 ?? 0, 0)
  checkRange('penalty.l2', penalty?.l2 ?? 0, 0)
  const start = (): TrainingState => {
    const { params, buffers } = weights
      ? loadWeights(
          makeVariables(net, ({ shape }) => zerosArray(shape, 'f32')),
          weightsOf(weights),
        ).variables
      : initialise(net, randomStream(seed, 'weights'))
    return {
      params,
      buffers,
      optimizer: initOptimizer(optimizer, params),
      ...(averageDecay !== undefined && { average: params }),
      ...(accumulate && { gathered: zerosLike(params) }),
    }
  }
  const requests = (specs: B) => {
    const recorder = recordRandom()
    const variables = makeVariables(net, ({ shape }, path) => input(path, 'f32', shape))
    const batch = Object.fromEntries(
      Object.entries(specs).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]),
    ) as Symbolic<B>
    forward(options, variables, batch, recorder)
    return recorder.requests
  }
  return {
    options,
    seed,
    start,
    requests,
    feeds: (specs) => ({
      batch: specs,
      feeds: {
        rate: f32(),
        random: randomSpecs(requests(specs)),
        ...(accumulate && { gather: { keep: f32(), share: f32(), last: bool() } }),
      },
    }),
    step: (state, batch, feeds, asked) => {
      const random = givenRandom(asked, feeds.random)
      const { loss, metrics, buffers } = forward(options, state, batch, random)
      return update(options, state, feeds, loss, metrics, buffers)
    },
  }
}

const zerosLike = (params: Tree<NdArray>): Record<string, NdArray> =>
  Object.fromEntries(leavesOf(params, isNdArray).map(([path, { shape, dtype }]) => [path, zerosArray(shape, dtype)]))

/** Loss and metrics of one batch, as training sees the model. */
export function forward<B extends BatchSpecs>(
  { net, loss, penalty }: Pick<TrainingStepOptions<B>, 'net' | 'loss' | 'penalty'>,
  variables: Variables<Tensor>,
  batch: Symbolic<B>,
  random: RandomSource,
  observe?: Parameters<typeof bind>[2] extends infer M ? (M extends { observe?: infer O } ? O : never) : never,
): { loss: Tensor; metrics: Record<string, Tensor>; buffers: Tree<Tensor> } {
  const bound = bind(net, variables, { training: true, random, ...(observe && { observe }) })
  const result = loss(bound, batch)
  const { loss: told, ...metrics } = isTensor(result) ? { loss: result } : (result ?? {})
  if (!isTensor(told)) throw new EpipoleError('usage', 'The loss function gives no tensor, alone or as { loss, … }.')
  if (told.rank !== 0)
    throw new EpipoleError('usage', `The loss has shape [${told.shape}]: reduce it to a scalar with mean or sum.`)
  for (const [name, metric] of Object.entries(metrics)) {
    if (!isTensor(metric) || metric.rank !== 0)
      throw new EpipoleError(
        'usage',
        `"${name}", told besides the loss, is no scalar tensor: reduce it with mean or sum.`,
      )
    if (name === 'gradientNorm')
      throw new EpipoleError(
        'usage',
        '"gradientNorm" is told of every step: call what the loss tells besides otherwise.',
      )
  }
  const weights = leavesOf(variables.params, isTensor).flatMap(([path, t]) => (isMatrix(path, t) ? [t] : []))
  const parts = [told]
  if (penalty?.l1 && weights.length > 0) parts.push(l1Penalty(weights, penalty.l1))
  if (penalty?.l2 && weights.length > 0) parts.push(l2Penalty(weights, penalty.l2))
  return { loss: parts.reduce((a, b) => add(a, b)), metrics, buffers: bound.buffers() }
}

/**
 * Gradients of the loss by parameter path, of those parameters that move: neither frozen nor without a part in the loss. (With a
 * gradient of 0 their decay would move them.)
 */
export function gradientsOf(loss: Tensor, params: Tree<Tensor>, optimizer: Optimizer): Gradients {
  const reached = new Set([loss])
  for (const node of reached) for (const input of node.inputs) reached.add(input)
  const moving = leavesOf(params, isTensor).filter(([path, t]) => reached.has(t) && optimizer(path, t) !== undefined)
  const parts = gradients(
    loss,
    moving.map(([, t]) => t),
  )
  return new Map(moving.map(([path], i) => [path, parts[i] as Tensor]))
}

function update<B extends BatchSpecs>(
  { optimizer, clip, averageDecay }: TrainingStepOptions<B>,
  state: TrainingState<Tensor>,
  { rate, gather }: StepFeeds<Tensor>,
  loss: Tensor,
  metrics: Record<string, Tensor>,
  buffers: Tree<Tensor>,
) {
  let g = gradientsOf(loss, state.params, optimizer)
  if (g.size === 0)
    throw new EpipoleError(
      'usage',
      'No parameter moves: the model has none, all are frozen, or the loss does not depend on them.',
    )
  const { gathered } = state
  if (gather && gathered)
    g = new Map(
      [...g].map(([path, part]) => [path, add(mul(gathered[path] as Tensor, gather.keep), mul(part, gather.share))]),
    )
  const gradientNorm = globalNorm(g)
  // NaN is less than nothing, so it fails as well.
  const finite = and(lessEqual(abs(cast(loss, 'f32')), LARGEST), lessEqual(cast(gradientNorm, 'f32'), LARGEST))
  const moves = gather ? and(gather.last, finite) : finite
  let clipped = g
  if (clip?.value !== undefined) clipped = clipByValue(clipped, clip.value)
  if (clip?.norm !== undefined) clipped = clipByNorm(clipped, clip.norm)
  const [first] = g.values()
  const next = applyOptimizer(optimizer, state.params, clipped, state.optimizer, cast(rate, (first as Tensor).dtype))
  const params = choose(moves, next.params, state.params)
  const average = state.average && averageDecay !== undefined && averaged(state.average, params, averageDecay)
  return {
    state: {
      params,
      buffers: choose(finite, buffers, state.buffers),
      optimizer: choose(moves, next.state, state.optimizer) as OptimizerState<Tensor>,
      ...(average && { average: choose(moves, average, state.average as Tree<Tensor>) }),
      ...(gathered && {
        gathered: choose(
          finite,
          Object.fromEntries(Object.entries(gathered).map(([path, old]) => [path, g.get(path) ?? old])),
          gathered,
        ) as Readonly<Record<string, Tensor>>,
      }),
    },
    outputs: { ...metrics, loss, gradientNorm },
  }
}

const LARGEST = 3e38

/** One tree where the condition holds, else the other; equal leaves stay as they are. */
function choose(condition: Tensor, yes: Tree<Tensor>, no: Tree<Tensor>): Tree<Tensor> {
  const others = new Map(leavesOf(no, isTensor))
  return mapTree<Tensor, Tensor>(yes, isTensor, (t, path) => {
    const other = others.get(path)
    if (other === undefined) throw new EpipoleError('usage', `"${path}" is changed, but was not declared.`, { path })
    // (A smaller one would be repeated until it fits.)
    if (`${t.shape}` !== `${other.shape}` || t.dtype !== other.dtype)
      throw new EpipoleError(
        'usage',
        `"${path}" changes from ${other.dtype}[${other.shape}] to ${t.dtype}[${t.shape}]: a layer's buffers, and what an optimizer moves and keeps, stay of one form.`,
        { path },
      )
    return other === t ? t : where(condition, t, other)
  })
}

function averaged(average: Tree<Tensor>, params: Tree<Tensor>, decay: number): Tree<Tensor> {
  const now = new Map(leavesOf(params, isTensor))
  return mapTree<Tensor, Tensor>(average, isTensor, (a, path) => ema(a, now.get(path) as Tensor, decay))
}
