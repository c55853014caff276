import type { Graph } from '../graph.js'
import { type InterpretOptions, interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import { type CompileOptions, type Device, deviceClosed, type Executable, stepClosed } from './device.js'

/** The interpreter as a device: for tiny graphs, for oracles, and where no runtime is installed. */
export function interpreterDevice(options: InterpretOptions = {}): Device {
  let closed = false
  const open = () => {
    if (closed) throw deviceClosed('interpreter')
  }
  return {
    name: 'interpreter',
    async compile(graph, { state = [], debug = false }: CompileOptions = {}) {
      open()
      return executable(graph, state, { ...options, debug: debug || options.debug === true }, open)
    },
    async close() {
      closed = true
    },
  }
}

/** What is closed is refused as on other devices, though here nothing is given up by it: what runs here runs there. */
function executable(
  graph: Graph,
  initial: readonly NdArray[],
  options: InterpretOptions,
  open: () => void,
): Executable {
  let state: readonly NdArray[] | undefined = initial
  const kept = () => {
    open()
    if (state === undefined) throw stepClosed()
    return state
  }
  return {
    async run(feeds) {
      const before = kept()
      const results = interpret(graph, [...before, ...feeds], options)
      state = results.slice(0, before.length)
      return results.slice(before.length)
    },
    readState: async () => [...kept()],
    async writeState(next) {
      kept()
      state = next
    },
    async close() {
      state = undefined
    },
  }
}
