import {
  abs,
  type Device,
  isNdArray,
  leavesOf,
  lessEqual,
  not,
  type Symbolic,
  sum,
  type Tensor,
  type Tree,
  trace,
  where,
} from '@epipole/graph'
import { givenRandom, randomFeeds, randomSpecs } from '../layers/random-source.js'
import {
  type Batch,
  type BatchSpecs,
  forward,
  gradientsOf,
  type TrainingState,
  type TrainingStep,
} from './training-step.js'
import { feedsOf, specsOf } from './tree-specs.js'

/** Where numbers stopped being finite. */
export interface NonFinite {
  readonly what: 'parameter' | 'output' | 'loss' | 'gradient'
  /** PyTorch's name of the parameter or layer; '' for the loss itself. */
  readonly name: string
  /** The layer's kind, where it is a layer's output. */
  readonly kind?: string
}

/**
 * Repeats one batch of training, without moving anything, and names the first thing that is not finite: a parameter, a layer's
 * output (in the order of computing), the loss, or a gradient (from the loss backwards).
 */
export async function findNonFinite<B extends BatchSpecs>(
  training: TrainingStep<B>,
  specs: B,
  state: TrainingState,
  batch: Batch<B>,
  batchesDone: number,
  device: Device,
): Promise<NonFinite | undefined> {
  for (const [name, { data }] of leavesOf(state.params, isNdArray))
    if (!data.every((v) => Number.isFinite(v))) return { what: 'parameter', name }
  const requests = training.requests(specs)
  const found: NonFinite[] = []
  const variables = { params: state.params, buffers: state.buffers }
  const inputs = { ...(specsOf(variables) as object), batch: specs, random: randomSpecs(requests) }
  const traced = trace(
    ((t: { params: Tree<Tensor>; buffers: Tree<Tensor>; batch: Symbolic<B>; random: Tensor[] }) => {
      const counts: Tensor[] = []
      const look = (tensor: Tensor, at: NonFinite) => {
        found.push(at)
        counts.push(badCount(tensor))
      }
      const { loss } = forward(
        training.options,
        t,
        t.batch,
        givenRandom(requests, t.random),
        ({ path, layer, output }) => {
          // A container's output is that of its last part, which has been looked at.
          if (layer.children === undefined) look(output, { what: 'output', name: path, kind: layer.kind })
        },
      )
      look(loss, { what: 'loss', name: '' })
      const gradients = [...gradientsOf(loss, t.params, training.options.optimizer)].reverse()
      for (const [name, g] of gradients) look(g, { what: 'gradient', name })
      return counts
    }) as never,
    inputs as never,
  )
  const executable = await device.compile(traced.graph)
  try {
    const random = randomFeeds(requests, training.seed, batchesDone)
    const counts = await executable.run(feedsOf(traced, { ...variables, batch, random }))
    const first = counts.findIndex(({ data }) => (data[0] as number) > 0)
    return found[first]
  } finally {
    await executable.close()
  }
}

/** How many elements are NaN or infinite. */
function badCount(x: Tensor): Tensor {
  const bad = not(lessEqual(abs(x), 3.4e38))
  return sum(where(bad, 1, 0))
}

/** One sentence for people. */
export function describeNonFinite(found: NonFinite | undefined): string {
  if (found === undefined) return 'a number is not finite, but the batch repeated alone is'
  const { what, name, kind } = found
  if (what === 'loss')
    return 'the loss is the first number that is not finite: look at the loss function, and for labels that are no class of the model'
  if (what === 'output') return `the output of layer ${name || 'the model'} (${kind}) is the first that is not finite`
  if (what === 'gradient') return `the gradient of ${name} is the first that is not finite`
  return `parameter ${name} is not finite`
}
