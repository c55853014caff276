import { EpipoleError } from '@epipole/core'
import type { Graph } from '../graph.js'
import type { NdArray } from '../nd-array.js'

/** What runs graphs: the interpreter, ONNX Runtime in Node, in the browser. */
export interface Device {
  readonly name: string
  /** Makes a graph ready to run. */
  compile(graph: Graph, options?: CompileOptions): Promise<Executable>
  /** Gives up the device and all that was compiled for it. */
  close(): Promise<void>
}

export interface CompileOptions {
  /**
   * The graph's first inputs and first outputs, as many as there are arrays, are one and the same: they start as given, each run
   * replaces them, and they stay on the device's side.
   */
  readonly state?: readonly NdArray[]
  /**
   * Looks for NaN and infinity in what each run gives and in the next state. Where there is one, the run is repeated by the interpreter
   * on the same numbers, which stops at the first node that makes one and names it with the user's line; the state stays as it was before
   * the run. Each run costs a copy of the state; one that fails costs the interpreter's time, which for a large net is minutes.
   */
  readonly debug?: boolean
}

export interface Executable {
  /** Runs once. Feeds are the inputs behind the state, results the outputs behind the state, in the graph's order. */
  run(feeds: readonly NdArray[]): Promise<NdArray[]>
  readState(): Promise<NdArray[]>
  writeState(state: readonly NdArray[]): Promise<void>
  close(): Promise<void>
}

/** What a closed device says to whatever is asked of it, or of what was compiled for it. */
export const deviceClosed = (name: string): EpipoleError =>
  new EpipoleError(
    'usage',
    `The device "${name}" is closed, and with it all that was compiled for it: make a new device and compile again.`,
    { device: name },
  )

/** What a closed step says, or another executable. */
export const stepClosed = (): EpipoleError => new EpipoleError('usage', 'This step is closed: compile it again.')
