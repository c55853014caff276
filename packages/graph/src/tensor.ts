import { DTYPES, type DType, isDType } from './dtype.js'
import type { Attributes, Op, TensorType } from './op.js'
import { callSite, kindOf, misuse, Refusal, refuse, told } from './refusal.js'
import { currentScope } from './scope.js'
import { isSize, type Shape, showShape } from './shape.js'

export { callText, computesIn, kindOf, refuse } from './refusal.js'

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
  readonly #origin: Error

  constructor(op: Op, inputs: readonly Tensor[], attrs: Attributes, type: TensorType) {
    this.id = nextId++
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.dtype = type.dtype
    this.shape = type.shape
    this.scope = place?.scope ?? currentScope()
    this.#origin = place === undefined ? new Error() : place.#origin
  }

  get rank(): number {
    return this.shape.length
  }

  /** The user's line that made it, as `file:line:column`; '' where none is known. */
  get callSite(): string {
    return callSite(this.#origin)
  }

  /** As text its op and type. It is no number: `x * 2` and `x > 0` would be NaN and false without a word, so they are refused. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return `${this.op.name} ${this.dtype}${showShape(this.shape)}`
    return misuse(
      'A tensor is no number, and has none yet while it is traced',
      'compute with add(x, 1), mul(x, 2), greater(x, 0) and the like, choose with where(…)',
    )
  }
}

// Tracing is synchronous, so the counter and the place belong to the one trace that runs.
let nextId = 0
let place: Tensor | undefined

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

/** The tensors and all they are made of, each after its inputs. */
export function ancestors(tensors: readonly Tensor[]): Tensor[] {
  const all = new Set(tensors)
  for (const node of all) for (const input of node.inputs) all.add(input)
  return [...all].sort((a, b) => a.id - b.id)
}

/** Runs `build`; nodes made meanwhile stand for `node` in a graph that is written anew: they carry its layer and its line. */
export function inPlaceOf<T>(node: Tensor, build: () => T): T {
  const outer = place
  place = node
  try {
    return build()
  } finally {
    place = outer
  }
}

/** Makes the node of an op, its type checked; errors name the op, the inputs' shapes, the rule and the caller's line. */
export function apply<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor {
  if (!Array.isArray(inputs)) misuse(`${op.name} takes a list of tensors, not ${kindOf(inputs)}`)
  for (const given of inputs) if (!isTensor(given)) misuse(`${op.name} takes tensors, not ${kindOf(given)}`)
  try {
    const type = op.infer(inputs, attrs)
    if (!type.shape.every(isSize)) refuse(`a result of shape ${showShape(type.shape)}: sizes are whole numbers from 0.`)
    if (!isDType(type.dtype)) refuse(`${type.dtype} is no element type: take one of ${DTYPES.join(', ')}.`)
    return new Tensor(op as unknown as Op, inputs, attrs, type)
  } catch (error) {
    throw error instanceof Refusal ? told(error, 'usage', op.name, inputs, currentScope(), callSite(error)) : error
  }
}
