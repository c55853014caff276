import { createPool, EpipoleError, type WorkerLike } from '@epipole/core'
import type { Graph } from '../graph.js'
import { checkFeeds } from '../interpret/interpret.js'
import { lower, modelBytes } from '../onnx/lower.js'
import { optimize, type Target } from '../passes/optimize.js'
import { type CompileOptions, type Device, deviceClosed, type Executable } from './device.js'
import { guarded } from './guarded.js'
import type { Program, RuntimeTasks } from './runtime-tasks.js'

/** Where and how a runtime works, and what it is good at. */
export interface RuntimeSide {
  /** In a worker of its own, or in the calling thread. */
  readonly worker: boolean
  readonly createWorker: () => WorkerLike
  readonly tasks: RuntimeTasks
  readonly target: Target
}

/** A device whose side is a worker (or, with `worker` false, the calling thread) that serves the tasks. */
export function runtimeDevice(name: string, { worker, createWorker, tasks, target }: RuntimeSide): Device {
  const pool = createPool({ workers: worker ? 1 : 0, createWorker, tasks })
  let block: Promise<number> | undefined
  let closed = false
  const run: typeof pool.run = (task, payload, options) =>
    closed ? Promise.reject(deviceClosed(name)) : pool.run(task, payload, options)
  return {
    name,
    async compile(graph: Graph, { state = [], debug = false }: CompileOptions = {}): Promise<Executable> {
      if (graph.outputs.length === 0)
        throw new EpipoleError('usage', 'The graph has no outputs: nothing is to be computed.')
      block ??= run('channelBlock', undefined as never)
      const { model, ...types } = programOf(graph, { ...target, block: await block })
      const program = { model, ...types, state }
      const id = await run('compile', program, { transfer: worker ? [model.buffer] : [] })
      const taken = graph.inputs.slice(state.length)
      const executable: Executable = {
        async run(feeds) {
          checkFeeds(taken, feeds)
          return run('run', { id, feeds })
        },
        readState: () => run('readState', { id }),
        writeState: (next) => run('writeState', { id, state: next }),
        // (With the device, everything has been given up already.)
        close: async () => {
          if (!closed) await run('release', { id })
        },
      }
      return debug ? guarded(executable, graph, name) : executable
    },
    async close() {
      closed = true
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
