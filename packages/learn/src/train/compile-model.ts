import {
  constant,
  type Device,
  isNdArray,
  isTensor,
  leavesOf,
  mapTree,
  type NdArray,
  type Symbolic,
  type Tensor,
  type Tree,
  trace,
} from '@epipole/graph'
import { type Bound, bind } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import type { Batch, BatchSpecs } from './training-step.js'

/** A model ready for use. */
export interface CompiledModel<B extends BatchSpecs = BatchSpecs> {
  readonly specs: B
  /** What the function returned, by name. */
  run(batch: Batch<B>): Promise<Readonly<Record<string, NdArray>>>
  close(): Promise<void>
}

/** The graph of a model in use, with its numbers inside; also what is exported. */
export function traceModel<B extends BatchSpecs>(
  net: LayerLike,
  variables: Variables,
  specs: B,
  outputs: (apply: Bound, batch: Symbolic<B>) => Readonly<Record<string, Tensor>>,
) {
  // Runtimes are fastest where weights are constants.
  const fixed = (tree: Tree<NdArray>) => mapTree<NdArray, Tensor>(tree, isNdArray, (value) => constant(value))
  const constants = { params: fixed(variables.params), buffers: fixed(variables.buffers) }
  return trace((batch: Symbolic<B>) => outputs(bind(net, constants), batch), specs)
}

/** Compiles a model, its numbers fixed, for batches of these specs. */
export async function compileModel<B extends BatchSpecs>(
  net: LayerLike,
  variables: Variables,
  specs: B,
  outputs: (apply: Bound, batch: Symbolic<B>) => Readonly<Record<string, Tensor>>,
  device: Device,
): Promise<CompiledModel<B>> {
  const traced = traceModel(net, variables, specs, outputs)
  const executable = await device.compile(traced.graph)
  const names = leavesOf<Tensor>(traced.outputs as never, isTensor).map(([name]) => name)
  return {
    specs,
    async run(batch) {
      const results = await executable.run(traced.graph.inputs.map(({ name }) => batch[name] as NdArray))
      return Object.fromEntries(names.map((name, i) => [name, results[i] as NdArray]))
    },
    close: () => executable.close(),
  }
}
