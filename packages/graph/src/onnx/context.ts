import type { NdArray } from '../nd-array.js'
import type { Attributes } from '../op.js'

/** What an op needs to say itself in ONNX: names of values, nodes and initialisers. */
export interface OnnxContext {
  /** Adds a node of the default domain and returns the name of its first output. */
  node(type: string, inputs: readonly string[], attributes?: Attributes): string
  /**
   * Adds a node with several outputs and returns their names. Equal nodes are merged, so ops that take one output each of
   * the same node share it; an output that nobody takes is left out. The domain is the default one unless
   * told.
   */
  nodes(
    type: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputs: number,
    domain?: string,
  ): readonly string[]
  /** Adds a constant (merged with an equal one) and returns its name. */
  constant(value: NdArray): string
  /** A constant of dtype i64, as shapes and axes are given. */
  ints(values: readonly number[]): string
}
