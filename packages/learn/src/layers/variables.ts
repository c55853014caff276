import { EpipoleError, type RandomStream } from '@epipole/core'
import { ndArray, type Shape, type Tree } from '@epipole/graph'
import { type ArraySpec, asLayer, type Layer, type LayerLike, type Variables } from './layer.js'

/**
 * The starting numbers of a model. Each array is drawn from a stream of its own name, so one more layer changes no other
 * layer's numbers.
 */
export function initialise(layer: LayerLike, random: RandomStream): Variables {
  if (typeof random?.fork !== 'function')
    throw new EpipoleError(
      'usage',
      `A stream of random numbers is wanted, not ${typeof random}: randomStream(1) of @epipole/core.`,
    )
  return makeVariables(layer, ({ shape, initialise }, path) => ndArray(initialise(shape, random.fork(path)), shape))
}

/** The trees of a model's parameters and buffers, each leaf made from what the model says of it and its path. */
export function makeVariables<T>(layer: LayerLike, make: (spec: ArraySpec, path: string) => T): Variables<T> {
  const whole = asLayer(layer)
  return { params: collect(whole, 'params', make, ''), buffers: collect(whole, 'buffers', make, '') }
}

/** Names and shapes of all parameters (or buffers) of a model, without making them. */
export function arraysOf(layer: LayerLike, which: 'params' | 'buffers' = 'params'): { name: string; shape: Shape }[] {
  const list: { name: string; shape: Shape }[] = []
  collect(asLayer(layer), which, ({ shape }, name) => list.push({ name, shape }), '')
  return list
}

/** How many numbers training changes. */
export const countParameters = (layer: LayerLike): number =>
  arraysOf(layer).reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)

function collect<T>(
  layer: Layer,
  which: 'params' | 'buffers',
  make: (spec: ArraySpec, path: string) => T,
  path: string,
): Tree<T> {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const own = Object.entries(layer[which] ?? {}).map(([name, spec]) => [name, make(spec, at(name))])
  const inner = Object.entries(layer.children ?? {})
    .map(([name, child]) => [name, collect(asLayer(child), which, make, at(name))] as const)
    .filter(([, tree]) => Object.keys(tree as object).length > 0)
  return Object.fromEntries([...own, ...inner])
}

/** The model with each layer replaced by what `f` returns for it, innermost first: adapters, other activations, frozen parts. */
export function mapLayers(layer: LayerLike, f: (layer: Layer, path: string) => LayerLike, path = ''): LayerLike {
  const { children, ...rest } = asLayer(layer)
  if (children === undefined) return f(rest, path)
  const mapped = Object.entries(children).map(([name, child]) => [
    name,
    mapLayers(child, f, path === '' ? name : `${path}.${name}`),
  ])
  return f({ ...rest, children: Object.fromEntries(mapped) }, path)
}
