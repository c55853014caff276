import { createPool, EpipoleError, type WorkerLike } from '@epipole/core'
import type { Graph } from '../graph.js'
import { checkFeeds } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import { lower, modelBytes } from '../onnx/lower.js'
import { optimize, type Target } from '../passes/optimize.js'
import type { Device, Executable } from './device.js'
import type { Program, RuntimeTasks } from './runtime-tasks.js'

/** A device whose side is a worker (or, with `worker` false, the calling thread) that serves the tasks. */
export function runtimeDevice(
  name: string,
  {
    worker,
    createWorker,
    tasks,
    winograd = true,
  }: { worker: boolean; createWorker: () => WorkerLike; tasks: RuntimeTasks; winograd?: boolean },
): Device {
  const pool = createPool({ workers: worker ? 1 : 0, createWorker, tasks })
  let block: Promise<number> | undefined
  return {
    name,
    async compile(graph: Graph, { state = [] }: { state?: readonly NdArray[] } = {}): Promise<Executable> {
      if (graph.outputs.length === 0)
        throw new EpipoleError('usage', 'The graph has no outputs: nothing is to be computed.')
      block ??= pool.run('channelBlock', undefined as never)
      const { model, ...types } = programOf(graph, { block: await block, winograd })
      const program = { model, ...types, state }
      const id = await pool.run('compile', program, { transfer: worker ? [model.buffer] : [] })
      const taken = graph.inputs.slice(state.length)
      return {
        async run(feeds) {
          checkFeeds(taken, feeds)
          return pool.run('run', { id, feeds })
        },
        readState: () => pool.run('readState', { id }),
        writeState: (next) => pool.run('writeState', { id, state: next }),
        close: () => pool.run('release', { id }),
      }
    },
    async close() {
      await pool.run('end', undefined as never).catch(() => {})
      await pool.close()
    },
  }
}

/** Names by place: graphs of equal structure become equal models, however their parameters are called. */
const positional = (graph: Graph): Graph => ({
  ...graph,
  inputs: graph.inputs.map(({ tensor }, i) => ({ name: `i${i}`, tensor })),
  outputs: graph.outputs.map(({ tensor }, i) => ({ name: `o${i}`, tensor })),
})

/** What the device's side needs to run a graph, besides the state. */
export function programOf(
  graph: Graph,
  target: Target = {},
): Omit<Program, 'state'> & { readonly model: Uint8Array<ArrayBuffer> } {
  const fast = optimize(graph, target)
  const types = (values: Graph['inputs']) => values.map(({ tensor: { dtype, shape } }) => ({ dtype, shape }))
  return { model: modelBytes(lower(positional(fast))), inputs: types(fast.inputs), outputs: types(fast.outputs) }
}
