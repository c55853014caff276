import { EpipoleError } from '@epipole/core'
import {
  f32,
  interpret,
  isNdArray,
  isTensor,
  leavesOf,
  mapTree,
  type NdArray,
  ndArray,
  type Tensor,
  type Tree,
  trace,
} from '@epipole/graph'
import { bind, type LayerCall } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'

/** A layer of a small net with its numbers: z = W x + b, then y = activation(z). */
export interface DenseLayer {
  readonly path: string
  /** Row j holds the weights into unit j. */
  readonly weights: readonly (readonly number[])[]
  readonly biases: readonly number[] | undefined
  readonly activation: string | undefined
  /** Net inputs and outputs for the given example. */
  readonly sums: readonly number[]
  readonly outputs: readonly number[]
}

export interface SmallNet {
  readonly input: readonly number[]
  readonly layers: readonly DenseLayer[]
  /** Every operation in order, with its values. */
  readonly operations: readonly { readonly node: Tensor; readonly value: NdArray; readonly name: string }[]
}

const LARGEST = 12

/** The numbers of a small net at one example; a `usage` error where it is not linear layers and activations in a row. */
export function smallNet(model: LayerLike, { params, buffers }: Variables, input: readonly number[]): SmallNet {
  const specs = (tree: Tree<NdArray>) => mapTree(tree, isNdArray, ({ shape }) => f32(...shape))
  const calls: LayerCall[] = []
  const { graph, inputs } = trace(
    (given) =>
      bind(
        model,
        { params: given.params as Tree<Tensor>, buffers: given.buffers as Tree<Tensor> },
        { observe: (call) => calls.push(call) },
      )(given.x as Tensor),
    { x: f32(1, input.length), params: specs(params), buffers: specs(buffers) },
  )
  const values = new Map<Tensor, NdArray>()
  const arrays = [params, buffers].flatMap((tree) => leavesOf(tree, isNdArray).map(([, a]) => a))
  interpret(graph, [ndArray(input, [1, input.length], 'f32'), ...arrays], {
    precision: 'f64',
    onValue: (node, value) => values.set(node, value),
  })
  const names = new Map(leavesOf(inputs as unknown as Tree<Tensor>, isTensor).map(([path, t]) => [t, path]))
  return {
    input,
    layers: denseLayers(calls, values),
    operations: graph.nodes.map((node, i) => ({
      node,
      value: values.get(node) as NdArray,
      name: names.get(node)?.replace(/^params\./, '') ?? `t${i}`,
    })),
  }
}

function denseLayers(calls: readonly LayerCall[], values: ReadonlyMap<Tensor, NdArray>): DenseLayer[] {
  const numbers = (t: Tensor) => Array.from((values.get(t) as NdArray).data)
  const layers: DenseLayer[] = []
  for (const { path, layer, inputs, output } of calls) {
    if (layer.kind === 'sequential') continue
    const units = output.shape[1]
    if (layer.kind === 'linear' && units <= LARGEST && inputs[0].shape[1] <= LARGEST) {
      layers.push({
        path,
        ...weightsOf(output, numbers),
        activation: undefined,
        sums: numbers(output),
        outputs: numbers(output),
      })
      continue
    }
    const before = layers.pop()
    if (before === undefined || before.activation !== undefined || Object.keys(layer.params ?? {}).length > 0)
      throw new EpipoleError(
        'usage',
        `The views show linear layers of up to ${LARGEST} units, each with at most one activation; "${path}" is ${layer.kind}.`,
      )
    layers.push({ ...before, activation: layer.kind, outputs: numbers(output) })
  }
  return layers
}

/** The weight and bias that a linear layer's output was made of: the inputs of the graph it reaches before its own input. */
function weightsOf(output: Tensor, numbers: (t: Tensor) => number[]): Pick<DenseLayer, 'weights' | 'biases'> {
  const product = output.op.name === 'matmul' ? output : output.inputs.find(({ op }) => op.name === 'matmul')
  const bias = product === output ? undefined : output.inputs.find((t) => t !== product)
  const columns = product?.inputs[1]
  const weight = columns?.inputs[0]
  if (weight === undefined) throw new EpipoleError('internal', 'A linear layer without a matrix product.')
  const [rows, width] = weight.shape
  const flat = numbers(weight)
  return {
    weights: Array.from({ length: rows }, (_, r) => flat.slice(r * width, (r + 1) * width)),
    biases: bias && numbers(bias),
  }
}
