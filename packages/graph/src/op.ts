import type { DType } from './dtype.js'
import type { NdArray } from './nd-array.js'
import type { OnnxContext } from './onnx/context.js'
import type { Operations } from './operations.js'
import type { Shape } from './shape.js'
import type { Tensor } from './tensor.js'

/** Constants of a node: numbers, strings, lists, arrays. Comparable by value, so equal nodes can be merged. */
export type Attributes = Readonly<Record<string, unknown>>

export interface TensorType {
  readonly dtype: DType
  readonly shape: Shape
}

/**
 * One operation, all of it in one place: the rule of its shape, what it computes, how it is differentiated, how ONNX says
 * it, and what it costs. A node has one output; what gives several results is several nodes (equal parts are merged later).
 */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string
  /** Type of the result; throws (`refuse`) where the inputs do not fit. */
  infer(inputs: readonly TensorType[], attrs: A): TensorType
  /** The reference kernel: f32 data is rounded where it is stored, sums are kept in f64. `out` is zeroed. */
  evaluate(inputs: readonly NdArray[], attrs: A, out: NdArray): void
  /**
   * Reverse rule: from the gradient `g` of the result those of the inputs (undefined: none flows). It is written with
   * operations, so that it can be differentiated again; they are handed in, so that op files need not import each other.
   * Without a rule the op counts as constant.
   */
  gradient?(at: GradientContext<A>): readonly (Tensor | undefined)[]
  /** Writes the op in ONNX and returns the name of the result. Without it, the op is told to be unsupported there. */
  onnx?(context: OnnxContext, inputs: readonly string[], node: Tensor, attrs: A): string
  /** Floating-point operations; without it, one for each element of the result. */
  flops?(inputs: readonly TensorType[], attrs: A, output: TensorType): number
}

export interface GradientContext<A extends Attributes = Attributes> {
  readonly g: Tensor
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  readonly attrs: A
  /** Whether the input's gradient is wanted: expensive rules skip what nobody asks for. */
  readonly wanted: readonly boolean[]
  readonly ops: Operations
}
