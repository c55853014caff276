import type { Graph } from '../graph.js'
import type { NdArray } from '../nd-array.js'

/** What runs graphs: the interpreter, ONNX Runtime in Node, in the browser. */
export interface Device {
  readonly name: string
  /**
   * Makes a graph ready to run. With `state`, the graph's first inputs and first outputs, as many as there are arrays, are
   * one and the same: they start as given, each run replaces them, and they stay on the device's side.
   */
  compile(graph: Graph, options?: { readonly state?: readonly NdArray[] }): Promise<Executable>
  close(): Promise<void>
}

export interface Executable {
  /** Runs once. Feeds are the inputs behind the state, results the outputs behind the state, in the graph's order. */
  run(feeds: readonly NdArray[]): Promise<NdArray[]>
  readState(): Promise<NdArray[]>
  writeState(state: readonly NdArray[]): Promise<void>
  close(): Promise<void>
}
