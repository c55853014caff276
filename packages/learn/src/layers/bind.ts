import { EpipoleError } from '@epipole/core'
import { isTensor, type NdArray, type Tensor, type Tree, withScope } from '@epipole/graph'
import { type ArraySpec, asLayer, type Layer, type LayerLike, type Updated, type Variables } from './layer.js'
import { noRandom, type RandomSource } from './random-source.js'

/** How a model is applied. */
export interface Mode {
  /** Default false. */
  readonly training?: boolean
  /** Where random tensors come from; without it, asking for one is an error. */
  readonly random?: RandomSource
  /** Sees every call of a layer after it was traced; its children come first. */
  readonly observe?: (call: LayerCall) => void
}

export interface LayerCall {
  /** PyTorch's name of the layer, '' for the model itself. */
  readonly path: string
  readonly layer: Layer
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
}

/** A model with its variables: a function of tensors. */
export interface Bound {
  (x: Tensor, ...more: Tensor[]): Tensor
  /** What the buffers have become by the calls so far; a tree like the one that was given. */
  buffers(): Tree<Tensor>
  /** What layers told besides in the last call, by path: `quantizer.codebookLoss`. */
  extras(): Readonly<Record<string, Tensor>>
}

type Group<T> = { [name: string]: T | Group<T> }
type Tell = (path: string, extras: Updated['extras']) => void

/**
 * The model as a function of tensors. Called several times (two views through one encoder), it passes its buffers on from
 * call to call.
 */
export function bind(layer: LayerLike, variables: Variables<Tensor>, mode: Mode = {}): Bound {
  const buffers = copy(variables.buffers as Group<Tensor>)
  let extras: Record<string, Tensor> = {}
  const tell: Tell = (path, told = {}) => {
    for (const [name, tensor] of Object.entries(told)) extras[path === '' ? name : `${path}.${name}`] = tensor
  }
  const run = runner(asLayer(layer), variables.params as Group<Tensor>, buffers, { ...mode, tell }, '')
  const call = (x: Tensor, ...more: Tensor[]) => {
    if (!isTensor(x))
      throw new EpipoleError(
        'usage',
        `The model is applied to ${typeof x}, not to a tensor: is it in the batch under another name?`,
      )
    extras = {}
    return run(x, ...more)
  }
  return Object.assign(call, { buffers: () => copy(buffers) as Tree<Tensor>, extras: () => extras })
}

function runner(
  layer: Layer,
  params: Group<Tensor>,
  buffers: Group<Tensor>,
  mode: Mode & { readonly tell: Tell },
  path: string,
): (x: Tensor, ...more: Tensor[]) => Tensor {
  const parts: Record<string, (x: Tensor, ...more: Tensor[]) => Tensor> = {}
  for (const [name, child] of Object.entries(layer.children ?? {})) {
    const at = path === '' ? name : `${path}.${name}`
    const inside = (tree: Group<Tensor>) => (tree[name] ?? {}) as Group<Tensor>
    const run = runner(asLayer(child), inside(params), inside(buffers), mode, at)
    parts[name] = (...inputs) => withScope(name, () => run(...inputs))
  }
  const ownParams = pick(layer.params, params, path)
  const training = mode.training ?? false
  const random = mode.random ?? noRandom
  return (...inputs) => {
    const own = { params: ownParams, buffers: pick(layer.buffers, buffers, path), parts, training, random }
    const result = layer.forward(own, ...inputs)
    const output = isTensor(result) ? result : result?.output
    if (!isTensor(output))
      throw new EpipoleError(
        'usage',
        `The layer ${path === '' ? '' : `"${path}" `}(${layer.kind}) returns ${typeof result}: a tensor is wanted, or { output, buffers, extras }.`,
      )
    if (!isTensor(result)) {
      Object.assign(buffers, result.buffers)
      mode.tell(path, result.extras)
    }
    mode.observe?.({ path, layer, inputs, output })
    return output
  }
}

/** The layer's own arrays out of a tree; a `usage` error names one that is missing or has another shape. */
function pick(
  specs: Readonly<Record<string, ArraySpec>> | undefined,
  tree: Group<Tensor>,
  path: string,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(specs ?? {}).map(([name, { shape }]) => {
      const tensor = tree[name]
      const full = path === '' ? name : `${path}.${name}`
      if (!isTensor(tensor))
        throw new EpipoleError('usage', `The model needs "${full}" of shape [${shape}]; the tree has none.`)
      if (`${tensor.shape}` !== `${shape}`)
        throw new EpipoleError('usage', `"${full}" has shape [${tensor.shape}], the model needs [${shape}].`)
      return [name, tensor]
    }),
  )
}

const copy = <T extends Tensor | NdArray>(tree: Group<T>): Group<T> =>
  Object.fromEntries(
    Object.entries(tree).map(([name, branch]) => [name, isTensor(branch) ? branch : copy(branch as Group<T>)]),
  ) as Group<T>
