import { EpipoleError, transferring } from '@epipole/core'
import { allocate } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import type { TensorType } from '../op.js'
import { sizeOf } from '../shape.js'
import { channelBlock } from './channel-block.js'
import { stepClosed } from './device.js'
import { fromRuntime, type Runtime, type RuntimeTensor, toRuntime } from './runtime.js'
import { SessionCache, type SharedSession } from './session-cache.js'

/** What the device's side is told to run: a model whose inputs are i0, i1, … and outputs o0, o1, …, the state first. */
export interface Program {
  readonly model: Uint8Array
  readonly inputs: readonly TensorType[]
  readonly outputs: readonly TensorType[]
  readonly state: readonly NdArray[]
}

type Moved = ReturnType<typeof transferring<NdArray[]>>

interface Loaded {
  readonly runtime: Runtime
  readonly session: SharedSession
  readonly program: Omit<Program, 'model' | 'state'>
  readonly stateCount: number
  /** The state as the next run reads it, and the other set of buffers, which it writes. */
  state: RuntimeTensor[]
  spare: RuntimeTensor[]
}

/**
 * The device's side, the same in a worker of its own and in the calling thread: sessions, and the state of each executable.
 * Two sets of buffers take turns, one read and one written, so that a run never reads what it writes. (ONNX Runtime's binding for Node,
 * 1.30, gives new tensors back all the same.)
 */
export function runtimeTasks(load: () => Promise<Runtime>) {
  let runtime: Promise<Runtime> | undefined
  const sessions = new SessionCache()
  const loaded = new Map<number, Loaded>()
  let next = 0
  const at = (id: number): Loaded => {
    const executable = loaded.get(id)
    if (executable === undefined) throw stepClosed()
    return executable
  }

  return {
    /** How many channels a blocked image keeps together; 0 without such a layout. */
    async channelBlock(): Promise<number> {
      runtime ??= load()
      return channelBlock(await runtime)
    },
    async compile({ model, state, ...program }: Program): Promise<number> {
      runtime ??= load()
      const ready = await runtime
      const session = await sessions.open(ready, model).catch((cause: Error) => {
        const why = `ONNX Runtime cannot compute this graph: ${cause.message.trim().replace(/\.?$/, '.')}`
        throw new EpipoleError('unsupported', `${why} Cast to f32, or run it on interpreterDevice().`, {}, { cause })
      })
      loaded.set(next, {
        runtime: ready,
        session,
        program,
        stateCount: state.length,
        state: state.map((value) => toRuntime(ready, copy(value))),
        spare: ready.writesIntoTensors ? state.map((value) => toRuntime(ready, blank(value))) : [],
      })
      return next++
    },
    async run({ id, feeds }: { id: number; feeds: readonly NdArray[] }): Promise<Moved> {
      const results = await run(at(id), feeds)
      return transferring(
        results,
        results.map(({ data }) => data.buffer as ArrayBuffer),
      )
    },
    readState: ({ id }: { id: number }): NdArray[] => {
      const { state, program } = at(id)
      return state.map((tensor, i) => copy(fromRuntime((program.inputs[i] as TensorType).dtype, tensor)))
    },
    writeState({ id, state }: { id: number; state: readonly NdArray[] }): void {
      const executable = at(id)
      executable.state = state.map((value) => toRuntime(executable.runtime, copy(value)))
    },
    async release({ id }: { id: number }): Promise<void> {
      const executable = loaded.get(id)
      loaded.delete(id)
      if (executable) await sessions.close(executable.session)
    },
    /** Frees everything. */
    async end(): Promise<void> {
      loaded.clear()
      await sessions.end()
    },
  }
}
export type RuntimeTasks = ReturnType<typeof runtimeTasks>

async function run(executable: Loaded, feeds: readonly NdArray[]): Promise<NdArray[]> {
  const { runtime, session, program, state, spare, stateCount } = executable
  const inputs: Record<string, RuntimeTensor> = {}
  program.inputs.forEach((_, i) => {
    inputs[`i${i}`] =
      i < stateCount ? (state[i] as RuntimeTensor) : toRuntime(runtime, feeds[i - stateCount] as NdArray)
  })
  const fetches: Record<string, RuntimeTensor | null> = {}
  program.outputs.forEach((type, i) => {
    if (!runtime.writesIntoTensors) fetches[`o${i}`] = null
    else fetches[`o${i}`] = i < stateCount ? (spare[i] as RuntimeTensor) : toRuntime(runtime, blank(type))
  })
  const results = await session.run(inputs, fetches).catch((cause: Error) => {
    const why = `ONNX Runtime stopped: ${cause.message.trim()}`
    throw new EpipoleError('input', `${why} On the same numbers, interpret names the node and its line.`, {}, { cause })
  })
  const outputs = program.outputs.map((_, i) => results[`o${i}`] as RuntimeTensor)
  if (runtime.writesIntoTensors) executable.spare = state
  executable.state = outputs.slice(0, stateCount)
  return outputs
    .slice(stateCount)
    .map((tensor, i) => fromRuntime((program.outputs[stateCount + i] as TensorType).dtype, tensor))
}

const blank = ({ dtype, shape }: TensorType): NdArray => ({ dtype, shape, data: allocate(dtype, sizeOf(shape)) })
const copy = (value: NdArray): NdArray => ({ ...value, data: value.data.slice() })
