import type { Graph } from '../graph.js'
import { type InterpretOptions, interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import type { CompileOptions, Device, Executable } from './device.js'

/** The interpreter as a device: for tiny graphs, for oracles, and where no runtime is installed. */
export function interpreterDevice(options: InterpretOptions = {}): Device {
  return {
    name: 'interpreter',
    compile: async (graph, { state = [], debug = false }: CompileOptions = {}) =>
      executable(graph, state, { ...options, debug: debug || options.debug === true }),
    close: async () => {},
  }
}

function executable(graph: Graph, initial: readonly NdArray[], options: InterpretOptions): Executable {
  let state = initial
  return {
    async run(feeds) {
      const results = interpret(graph, [...state, ...feeds], options)
      state = results.slice(0, state.length)
      return results.slice(state.length)
    },
    readState: async () => [...state],
    async writeState(next) {
      state = next
    },
    close: async () => {},
  }
}
