import { EpipoleError } from '@epipole/core'
import type { DType } from '../dtype.js'
import { interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import { type Shape, sizeOf } from '../shape.js'
import { ancestors, type Tensor } from '../tensor.js'
import type { AttributeProto, NodeProto } from './onnx.generated.js'
import { dtypeOf, readTensor } from './read-tensor.js'

/** Elements of lists that are made, or evaluated, while a file is read: what claims to need more is damaged. */
const MOST = 2 ** 22

/** A node of a file as the table of operators sees it: inputs by place, attributes by name, and a way to refuse. */
export class ImportNode {
  readonly type: string
  readonly opset: number
  readonly outputs: number
  readonly #node: NodeProto
  readonly #inputs: readonly (Tensor | undefined)[]
  readonly #attributes: ReadonlyMap<string, AttributeProto>

  constructor(node: NodeProto, inputs: readonly (Tensor | undefined)[], opset: number) {
    this.type = node.opType
    this.opset = opset
    this.outputs = node.output.length
    this.#node = node
    this.#inputs = inputs
    this.#attributes = new Map(node.attribute.map((a) => [a.name, a]))
  }

  /** The same node with other inputs. */
  with(inputs: readonly (Tensor | undefined)[]): ImportNode {
    return new ImportNode(this.#node, inputs, this.opset)
  }

  /** An `unsupported` error that names the operator and the node. */
  refuse(reason: string): never {
    const name = this.#node.name || this.#node.output.find((o) => o !== '') || ''
    throw new EpipoleError('unsupported', `${this.type} (node "${name}") cannot be taken: ${reason}`, {
      operator: this.type,
      node: name,
    })
  }

  get inputs(): readonly Tensor[] {
    return this.#inputs.map((_, i) => this.input(i))
  }
  input(i: number): Tensor {
    return this.#inputs[i] ?? this.refuse(`input ${i} is missing.`)
  }
  optional(i: number): Tensor | undefined {
    return this.#inputs[i]
  }
  /** Numbers that must be known, since shapes depend on them. */
  known(i: number): NdArray | undefined {
    const tensor = this.#inputs[i]
    if (tensor === undefined) return undefined
    const nodes = ancestors([tensor])
    const work = nodes.reduce(
      (s, node) => s + (node.op.flops?.(node.inputs, node.attrs, node) ?? sizeOf(node.shape)),
      0,
    )
    if (work > MOST || nodes.some(({ shape }) => sizeOf(shape) > MOST))
      this.refuse(`input ${i} is too large for a list of sizes.`)
    if (nodes.some(({ op }) => op.name === 'input'))
      this.refuse(`input ${i} must not depend on the model's inputs' numbers, since shapes depend on it.`)
    return interpret({ inputs: [], outputs: [{ name: '', tensor }], nodes }, [])[0]
  }
  /** A length that the file asks for, if it is one. */
  length(n: number): number {
    return Number.isInteger(n) && n >= 0 && n <= MOST ? n : this.refuse(`it asks for a list of ${n} numbers.`)
  }
  /** 0 … n − 1. */
  range(n: number): number[] {
    return Array.from({ length: this.length(n) }, (_, i) => i)
  }
  /** A list of whole numbers that newer operator sets give as an input and older ones as an attribute. */
  listed(i: number, attribute: string): number[] | undefined {
    const value = this.known(i)
    return value === undefined ? this.ints(attribute) : Array.from(value.data)
  }

  int(name: string, otherwise: number): number {
    const a = this.#attributes.get(name)
    return a === undefined ? otherwise : Number(a.i)
  }
  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number)
  }
  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise
  }
  floats(name: string): number[] | undefined {
    return this.#attributes.get(name)?.floats
  }
  string(name: string, otherwise: string): string {
    const a = this.#attributes.get(name)
    return a === undefined ? otherwise : new TextDecoder().decode(a.s)
  }
  strings(name: string): string[] | undefined {
    return this.#attributes.get(name)?.strings.map((s) => new TextDecoder().decode(s))
  }
  /** An element type by ONNX's number. */
  dtype(name: string): DType {
    return dtypeOf(this.int(name, 0), `${this.type}'s ${name}`)
  }
  tensor(name: string): NdArray | undefined {
    const t = this.#attributes.get(name)?.t
    return t && readTensor(t)
  }
  has(name: string): boolean {
    return this.#attributes.has(name)
  }
  /** Refuses an attribute that is not what we compute. */
  only(name: string, value: number | string): void {
    const given = typeof value === 'number' ? this.int(name, value) : this.string(name, value)
    if (given !== value) this.refuse(`${name} = ${given} is not among what is computed (${value}).`)
  }
  /** An axis from either end. */
  axis(name: string, otherwise: number, shape: Shape): number {
    const a = this.int(name, otherwise)
    return a < 0 ? a + shape.length : a
  }
}
