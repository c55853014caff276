import { EpipoleError } from '@epipole/core'
import { type Symbolic, type TensorSpec, trace } from '../graph.js'
import { checkFeed } from '../interpret/interpret.js'
import { isNdArray, type NdArray } from '../nd-array.js'
import { sameShape } from '../shape.js'
import { isTensor, kindOf, type Tensor } from '../tensor.js'
import { leavesOf, type MapTree, mapTree, type Tree } from '../tree.js'
import type { Device } from './device.js'

type Values<T> = MapTree<T, Tensor, NdArray>
type State<S> = MapTree<S, NdArray, Tensor>

/** A step of something that goes on: from a state and what is fed to the next state and what is told. */
export type Step<S, F, R> = (state: State<S>, feeds: Symbolic<F>) => { state: NoInfer<State<S>>; outputs: R }

/** A compiled step; its state lives on the device's side until asked for. */
export interface CompiledStep<S, F, R> {
  run(feeds: MapTree<F, TensorSpec, NdArray>): Promise<Values<R>>
  readState(): Promise<S>
  writeState(state: S): Promise<void>
  close(): Promise<void>
}

/**
 * Compiles a step for a device: a whole training step (forward, backward, optimizer) becomes one graph that is run by one
 * call. The next state must be a tree like the first one, with equal shapes and element types. With `debug`, a run that makes NaN or
 * infinity throws an `input` error with the node that made the first one and the line that asked for it (`CompileOptions`).
 */
export async function compileStep<S, F, R>(
  step: Step<S, F, R>,
  { state, feeds, device, debug = false }: { state: S; feeds: F; device: Device; debug?: boolean },
): Promise<CompiledStep<S, F, R>> {
  if (typeof device?.compile !== 'function')
    throw new EpipoleError(
      'usage',
      `A device is wanted, not ${kindOf(device)}: interpreterDevice(), or nodeDevice() or webDevice() of their entries.`,
    )
  const initial = leavesOf<NdArray>(state as never, isNdArray, 'The state at the start (ndArray(…) and the like)')
  const stateSpecs = mapTree<NdArray, TensorSpec>(state as never, isNdArray, (a) => ({
    spec: true,
    dtype: a.dtype,
    shape: a.shape,
  }))
  const whole = (inputs: { state: never; feeds: never }) => {
    const made = step(inputs.state, inputs.feeds)
    if (made?.state === undefined || made.outputs === undefined)
      throw new EpipoleError(
        'usage',
        'A step returns { state, outputs }: the next state, and what it tells ({} for nothing).',
      )
    return made as never
  }
  const traced = trace(whole, { state: stateSpecs, feeds } as never)
  const { state: next, outputs } = traced.outputs as { state: Tree<Tensor>; outputs: Tree<Tensor> }
  checkState(initial, leavesOf(next, isTensor))
  const stateOutputs = new Map(leavesOf(next, isTensor))
  const ordered = [
    ...initial.map(([path]) => ({ name: `state.${path}`, tensor: stateOutputs.get(path) as Tensor })),
    ...leavesOf(outputs, isTensor).map(([path, tensor]) => ({ name: `outputs.${path}`, tensor })),
  ]
  const executable = await device.compile(
    { ...traced.graph, outputs: ordered },
    { state: initial.map(([, value]) => value), debug },
  )
  const states = traced.graph.inputs.slice(0, initial.length)
  const paths = initial.map(([path]) => path)
  const inputs = traced.graph.inputs.slice(initial.length)
  const rebuild = <T>(tree: unknown, isLeaf: (v: unknown) => v is T, values: readonly NdArray[]) => {
    let i = 0
    return mapTree<T, NdArray>(tree as never, isLeaf, () => values[i++])
  }
  const flat = (given: unknown) => {
    const byPath = new Map(
      leavesOf<NdArray>(given as never, isNdArray, 'What is fed to the step (ndArray(…), scalarArray(…))'),
    )
    const taken = inputs.map(({ name }) => name.replace(/^feeds\.?/, ''))
    const known = new Set(taken)
    for (const path of byPath.keys())
      if (!known.has(path))
        throw new EpipoleError(
          'usage',
          `"${path}" is fed, but the step takes no such input; it takes ${taken.join(', ')}.`,
        )
    // (One that is missing is told by the executable, as one that does not fit.)
    return taken.map((path) => byPath.get(path) as NdArray)
  }
  return {
    run: async (given) => rebuild(outputs, isTensor, await executable.run(flat(given))) as Values<R>,
    readState: async () => rebuild(state, isNdArray, await executable.readState()) as S,
    async writeState(given) {
      // By path: a tree with its keys in another order is the same state.
      const byPath = new Map(leavesOf<NdArray>(given as never, isNdArray, 'The state (ndArray(…) and the like)'))
      await executable.writeState(states.map(({ name, tensor }, i) => checkFeed(name, tensor, byPath.get(paths[i]))))
    },
    close: () => executable.close(),
  }
}

function checkState(before: readonly [string, NdArray][], after: readonly [string, Tensor][]): void {
  const next = new Map(after)
  for (const [path, value] of before) {
    const tensor = next.get(path)
    if (tensor === undefined) throw new EpipoleError('usage', `The step returns no next state for "${path}".`)
    if (tensor.dtype !== value.dtype || !sameShape(tensor.shape, value.shape))
      throw new EpipoleError(
        'usage',
        `The state "${path}" changes from ${value.dtype}[${value.shape}] to ${tensor.dtype}[${tensor.shape}].`,
      )
  }
  const known = new Set(before.map(([path]) => path))
  for (const path of next.keys())
    if (!known.has(path))
      throw new EpipoleError('usage', `The step returns a state "${path}" that it did not start with.`)
}
