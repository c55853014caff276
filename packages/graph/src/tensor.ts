import { EpipoleError } from '@epipole/core'
import { type DType, isFloat } from './dtype.js'
import { type NdArray, ndArray, scalarArray } from './nd-array.js'
import type { Attributes, Op, TensorType } from './op.js'
import { callSite, kindOf, Refusal, told, whereabouts } from './refusal.js'
import { normalizeAxes, type Shape, showShape } from './shape.js'

export { refuse } from './refusal.js'

/**
 * A value that does not exist yet: a node of the computational graph. It knows the op and the nodes it comes from, its shape
 * and element type, never its numbers. Immutable; `id` grows with creation, so ids order every graph topologically.
 */
export class Tensor implements TensorType {
  readonly id: number
  readonly op: Op
  readonly inputs: readonly Tensor[]
  readonly attrs: Attributes
  readonly dtype: DType
  readonly shape: Shape
  /** The layer it was made in (`withScope`), '' outside of all. */
  readonly scope: string
  // (Its stack is read only when a message wants it.)
  readonly #origin = new Error()

  constructor(op: Op, inputs: readonly Tensor[], attrs: Attributes, type: TensorType, where = scope) {
    this.id = nextId++
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.dtype = type.dtype
    this.shape = type.shape
    this.scope = where
  }

  get rank(): number {
    return this.shape.length
  }

  /** The user's line that made it, as `file:line:column`; '' where none is known. */
  get callSite(): string {
    return callSite(this.#origin)
  }
}

// Tracing is synchronous, so the counter and the scope belong to the one trace that runs.
let nextId = 0
let scope = ''

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

/** The tensors and all they are made of, each after its inputs. */
export function ancestors(tensors: readonly Tensor[]): Tensor[] {
  const all = new Set(tensors)
  for (const node of all) for (const input of node.inputs) all.add(input)
  return [...all].sort((a, b) => a.id - b.id)
}

/** Runs `build`; nodes made meanwhile carry `name` behind the scopes around it (`stage1.conv`). */
export function withScope<T>(name: string, build: () => T): T {
  const outer = scope
  scope = outer === '' ? name : `${outer}.${name}`
  try {
    return build()
  } finally {
    scope = outer
  }
}

/** A number stands for a constant of the other operand's element type. */
export type TensorLike = Tensor | number

/** Makes the node of an op, its type checked; errors name the op, the inputs' shapes, the rule and the caller's line. */
export function apply<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor {
  for (const given of inputs) if (!isTensor(given)) misuse(`${op.name} takes tensors, not ${kindOf(given)}`)
  try {
    return new Tensor(op as unknown as Op, inputs, attrs, op.infer(inputs, attrs))
  } catch (error) {
    throw error instanceof Refusal ? told(error, 'usage', op.name, inputs, scope, callSite(error)) : error
  }
}

/** Computes a node's value into `out`; numbers that its op refuses are an `input` error that names the node. */
export function evaluateNode(node: Tensor, inputs: readonly NdArray[], out: NdArray): void {
  try {
    node.op.evaluate(inputs, node.attrs, out)
  } catch (error) {
    throw error instanceof Refusal ? told(error, 'input', node.op.name, node.inputs, node.scope, node.callSite) : error
  }
}

/** Refuses what a function outside of ops was given, with the caller's line. */
export function misuse(what: string, advice = '', details: Record<string, unknown> = {}): never {
  const where = whereabouts(scope, callSite(new Error()))
  throw new EpipoleError('usage', `${what}${where}${advice === '' ? '.' : `: ${advice}.`}`, details)
}

/** Axes of a tensor as 0 … rank − 1, ascending; a `usage` error names those it does not have. */
export function axesOf(x: Tensor, axes: number | readonly number[] | undefined): number[] {
  const advice = `take −${x.rank} to ${x.rank - 1}`
  return (
    normalizeAxes(axes, x.rank) ??
    misuse(`A tensor of shape ${showShape(x.shape)} has no axis ${axes}`, advice, { axes })
  )
}

const constantOp: Op<{ value: NdArray }> = {
  name: 'constant',
  infer: (_, { value }) => ({ dtype: value.dtype, shape: value.shape }),
  evaluate: (_, { value }, out) => out.data.set(value.data),
  onnx: (context, _, __, { value }) => context.constant(ndArray(value.data, value.shape, value.dtype)),
  flops: () => 0,
}

/** Numbers known while tracing. Those of f32 may be given in f64: they are rounded where f32 is computed, and only there. */
export const constant = (value: NdArray): Tensor => apply(constantOp, [], { value })

/** The constant's numbers, undefined where the node is none. */
export const constantValue = (t: Tensor): NdArray | undefined =>
  t.op.name === 'constant' ? (t.attrs.value as NdArray) : undefined

/** A number as a scalar of `dtype`; a tensor as it is. */
export function asTensor(value: TensorLike, dtype: DType = 'f32'): Tensor {
  if (isTensor(value)) return value
  if (typeof value !== 'number') misuse(`A tensor or a number is wanted, not ${kindOf(value)}`)
  if (!isFloat(dtype) && !Number.isInteger(value))
    misuse(`${value} stands beside ${dtype}, which has whole numbers only`, 'cast first')
  return constant(dtype === 'f32' ? { dtype, shape: [], data: Float64Array.of(value) } : scalarArray(value, dtype))
}

const inputOp: Op<{ name: string; dtype: DType; shape: Shape }> = {
  name: 'input',
  infer: (_, { dtype, shape }) => ({ dtype, shape }),
  evaluate: (_, { name }) => {
    throw new EpipoleError('internal', `Input ${name} has no value.`)
  },
  flops: () => 0,
}

/** A place for numbers that are given when the graph runs. */
export const input = (name: string, dtype: DType, shape: Shape): Tensor => apply(inputOp, [], { name, dtype, shape })
