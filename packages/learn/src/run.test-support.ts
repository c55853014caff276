import { randomStream } from '@epipole/core'
import {
  f32,
  interpret,
  isNdArray,
  leavesOf,
  mapTree,
  type NdArray,
  type Tensor,
  type Tree,
  trace,
} from '@epipole/graph'
import { bind, type Mode } from './layers/bind.js'
import type { LayerLike, Variables } from './layers/layer.js'
import { givenRandom, randomFeeds, randomSpecs, recordRandom } from './layers/random-source.js'
import { initialise } from './layers/variables.js'

/** The model's output for an input, through the interpreter; random tensors are those of `seed`. */
export function run(
  layer: LayerLike,
  x: NdArray,
  { training = false, seed = 1, variables }: Pick<Mode, 'training'> & { seed?: number; variables?: Variables } = {},
): NdArray {
  const { params, buffers } = variables ?? initialise(layer, randomStream(seed))
  const specs = (tree: Tree<NdArray>) => mapTree(tree, isNdArray, ({ shape }) => f32(...shape))
  const inputs = { x: f32(...x.shape), params: specs(params), buffers: specs(buffers) }
  const recorder = recordRandom()
  const forward = (given: object, random: Mode['random']) => {
    const { x, ...own } = given as { x: Tensor } & Variables<Tensor>
    return bind(layer, own, { training, random })(x)
  }
  trace((given) => forward(given, recorder), inputs)
  const { graph } = trace(
    ({ random, ...given }) => forward(given, givenRandom(recorder.requests, random as Tensor[])),
    { ...inputs, random: randomSpecs(recorder.requests) },
  )
  const arrays = [params, buffers].flatMap((tree) => leavesOf(tree, isNdArray).map(([, a]) => a))
  return interpret(graph, [x, ...arrays, ...randomFeeds(recorder.requests, seed, 0)])[0]
}
