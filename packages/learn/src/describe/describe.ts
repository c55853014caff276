import { EpipoleError } from '@epipole/core'
import { f32, type Shape, type Tensor, type TensorSpec, type Tree, trace } from '@epipole/graph'
import { bind, type LayerCall } from '../layers/bind.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { arraysOf } from '../layers/variables.js'
import { type ReceptiveField, receptiveFields } from './receptive-field.js'
import { sizeFormula } from './size-formula.js'

/** One layer of a description. Counts are for one example. */
export interface LayerRow {
  /** PyTorch's name; '' for what belongs to the model itself. */
  readonly path: string
  readonly kind: string
  readonly input: Shape
  readonly output: Shape
  /**
   * How the size of the output follows, where a window slides: `⌊(32 + 2·1 − 3)/1⌋ + 1 = 32`, of a transposed convolution
   * `(16 − 1)·2 − 2·1 + 4 = 32`; rows and columns if they differ.
   */
  readonly formula?: string
  /** Units that sum weighted inputs: the outputs of linear layers and convolutions. */
  readonly neurons: number
  readonly weights: number
  readonly biases: number
  /** Products summed in matrix products and convolutions. */
  readonly multiplications: number
  /**
   * The part of its multiplications that remains where a regular convolution is made depthwise separable: 1/N + 1/K² for N
   * outputs and a K × K window. Absent for other layers.
   */
  readonly separable?: number
  readonly parameterBytes: number
  /** Of its output; 0 for what is made of layers, whose outputs count. */
  readonly activationBytes: number
  /** What one of its places sees of the image; absent where the input is no image. */
  readonly receptiveField?: ReceptiveField | 'image'
}

export interface Description {
  readonly input: Shape
  readonly output: Shape
  readonly layers: readonly LayerRow[]
  readonly total: {
    readonly neurons: number
    readonly weights: number
    readonly biases: number
    readonly parameters: number
    readonly multiplications: number
    readonly parameterBytes: number
    readonly activationBytes: number
  }
}

const NEURONS = ['linear', 'conv2d', 'convTranspose2d']
const BYTES = 4
const size = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)

/**
 * What a model is made of, layer by layer, counted and not run.
 * @param input the shape of one example, without the batch: `[3, 32, 32]`; or a spec with a batch of one, for other element types
 */
export function describe(model: LayerLike, input: Shape | TensorSpec): Description {
  const spec = 'spec' in input ? input : f32(1, ...input)
  if (spec.shape[0] !== 1)
    throw new EpipoleError('usage', `A description is of one example; the input has a batch of ${spec.shape[0]}.`)
  const { calls, nodes, x } = traced(model, spec)
  const fields = spec.shape.length === 4 ? receptiveFields(nodes, x) : undefined
  const ownWork = new Map<string, Tensor[]>()
  for (const node of nodes) ownWork.set(node.scope, [...(ownWork.get(node.scope) ?? []), node])
  const seen = new Set<string>()
  const layers: LayerRow[] = []
  for (const call of calls) {
    if (call.path === '' && call.layer.children !== undefined && !ownsSomething(call.layer)) continue
    // A layer that is called again has its weights once; its work was counted for all calls together.
    const again = seen.has(call.path)
    seen.add(call.path)
    const row = rowOf(call, again ? [] : (ownWork.get(call.path) ?? []), again)
    const leaf = call.layer.children === undefined
    if (!leaf && row.multiplications === 0 && row.weights + row.biases === 0) continue
    const field = fields?.get(call.output)
    layers.push(field === undefined ? row : { ...row, receptiveField: plain(field) })
  }
  const sum = (key: 'neurons' | 'weights' | 'biases' | 'multiplications' | 'parameterBytes' | 'activationBytes') =>
    layers.reduce((total, row) => total + row[key], 0)
  const [weights, biases] = [sum('weights'), sum('biases')]
  return {
    input: spec.shape.slice(1),
    output: calls[calls.length - 1].output.shape.slice(1),
    layers,
    total: {
      neurons: sum('neurons'),
      weights,
      biases,
      parameters: weights + biases,
      multiplications: sum('multiplications'),
      parameterBytes: sum('parameterBytes'),
      activationBytes: sum('activationBytes'),
    },
  }
}

const ownsSomething = ({ params }: Layer): boolean => Object.keys(params ?? {}).length > 0
const plain = (field: ReceptiveField | 'image'): ReceptiveField | 'image' =>
  field === 'image' ? field : { size: field.size, jump: field.jump }

/** The calls of all layers of a model in use, and the graph's nodes. */
export function traced(
  model: LayerLike,
  spec: TensorSpec,
): { calls: LayerCall[]; nodes: readonly Tensor[]; x: Tensor } {
  const calls: LayerCall[] = []
  const group = (which: 'params' | 'buffers') => {
    const tree: Record<string, unknown> = {}
    for (const { name, shape } of arraysOf(model, which)) {
      const parts = name.split('.')
      let at = tree
      for (const part of parts.slice(0, -1)) {
        at[part] ??= {}
        at = at[part] as Record<string, unknown>
      }
      at[parts[parts.length - 1]] = f32(...shape)
    }
    return tree as Tree<TensorSpec>
  }
  const { graph, inputs } = trace(
    ({ x, params, buffers }) =>
      bind(
        model,
        { params: params as Tree<Tensor>, buffers: buffers as Tree<Tensor> },
        { observe: (call) => calls.push(call) },
      )(x as Tensor),
    { x: spec, params: group('params'), buffers: group('buffers') },
  )
  return { calls, nodes: graph.nodes, x: inputs.x as Tensor }
}

function rowOf({ path, layer, inputs, output }: LayerCall, work: readonly Tensor[], again: boolean): LayerRow {
  const params = Object.entries(again ? {} : (layer.params ?? {}))
  const count = (isBias: boolean) =>
    params.reduce((total, [name, { shape }]) => total + ((name === 'bias') === isBias ? size(shape) : 0), 0)
  const [weights, biases] = [count(false), count(true)]
  const formula = work.map(sizeFormula).find((f) => f !== undefined)
  const separable = separableShare(layer)
  return {
    path,
    kind: layer.kind,
    input: inputs[0].shape.slice(1),
    output: output.shape.slice(1),
    ...(formula && { formula }),
    neurons: NEURONS.includes(layer.kind) ? size(output.shape) : 0,
    weights,
    biases,
    multiplications: work.reduce((total, node) => total + multiplicationsOf(node), 0),
    ...(separable !== undefined && { separable }),
    parameterBytes: BYTES * (weights + biases),
    activationBytes: layer.children === undefined ? BYTES * size(output.shape) : 0,
  }
}

/** Products of a matrix product or convolution: half of its floating-point operations. */
const multiplicationsOf = ({ op, inputs, attrs, dtype, shape }: Tensor): number =>
  ['matmul', 'conv2d', 'conv2dInput'].includes(op.name)
    ? (op.flops?.(inputs, attrs, { dtype, shape }) as number) / 2
    : 0

/** Whether a depthwise separable convolution may take its place: a window of several places over several channels, no groups. */
export function isRegular({ kind, options }: Layer): boolean {
  const { kernel, groups, inputs } = (options ?? {}) as { kernel: Shape; groups: number; inputs: number }
  return kind === 'conv2d' && groups === 1 && inputs > 1 && kernel.some((k) => k > 1)
}

function separableShare(layer: Layer): number | undefined {
  if (!isRegular(layer)) return undefined
  const { kernel, outputs } = layer.options as { kernel: Shape; outputs: number }
  return 1 / outputs + 1 / (kernel[0] * kernel[1])
}
