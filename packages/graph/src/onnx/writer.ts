import { create } from '@bufbuild/protobuf'
import type { NdArray } from '../nd-array.js'
import type { Attributes } from '../op.js'
import type { Tensor } from '../tensor.js'
import type { OnnxContext } from './context.js'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
} from './onnx.generated.js'
import { tensorProto } from './tensor-proto.js'

/** Attributes that ONNX declares as floats: a whole number must not become an integer there. */
const FLOATS = new Set([
  'alpha',
  'beta',
  'epsilon',
  'coordinate_crop',
  'cubic_coeff_a',
  'extrapolation_value',
  'value_float',
])

/** Collects nodes and constants while the ops of a graph say themselves. */
export class OnnxWriter implements OnnxContext {
  readonly #written: NodeProto[] = []
  readonly initializers: TensorProto[] = []
  /** Domains of operators besides the default one. */
  readonly domains = new Set<string>()
  readonly #constants = new Map<string, string>()
  readonly #known = new Map<string, NodeProto>()
  readonly #made = new Set<string>()
  #count = 0
  readonly #prefix: string
  readonly #beside: readonly NdArray[]
  /** All that `constant` was asked for, in order. */
  readonly asked: NdArray[] = []
  /** The graph's node that each written node says. */
  readonly said: (Tensor | undefined)[] = []

  /**
   * @param prefix goes before all names, so that what two writers write can be joined
   * @param beside what the writer of a graph of equal structure was asked for: constants that differ there are not merged here
   */
  constructor(prefix = '', beside: readonly NdArray[] = []) {
    this.#prefix = prefix
    this.#beside = beside
  }

  /** The graph's node that is being said. */
  saying: Tensor | undefined
  /** Where the nodes that follow come from: the layer, and the op. */
  origin = ''

  node(type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodes(type, inputs, attributes, 1)[0] as string
  }

  nodes(
    type: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputs: number,
    domain = '',
  ): readonly string[] {
    const key = JSON.stringify([domain, type, inputs, attributes, outputs])
    let node = this.#known.get(key)
    if (node === undefined) {
      const name = `${this.#prefix}${type.toLowerCase()}_${this.#count++}`
      node = create(NodeProtoSchema, {
        name: this.origin === '' ? name : `${this.origin}/${name}`,
        opType: type,
        domain,
        input: [...inputs],
        output: Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}.${i}`)),
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      })
      this.#known.set(key, node)
      if (domain !== '') this.domains.add(domain)
      this.#written.push(node)
      this.said.push(this.saying)
      for (const output of node.output) this.#made.add(output)
    }
    return node.output
  }

  /** Whether the value is a node's result (else it is an input or a constant). */
  makes(value: string): boolean {
    return this.#made.has(value)
  }

  /** A copy under a name of its own, never merged. */
  copy(value: string, name: string): void {
    this.#written.push(create(NodeProtoSchema, { name, opType: 'Identity', input: [value], output: [name] }))
    this.said.push(undefined)
  }

  /** All nodes, with values called otherwise where `names` says so. Optional outputs that nobody takes are left out. */
  finish(names: ReadonlyMap<string, string>): NodeProto[] {
    const called = (value: string) => names.get(value) ?? value
    const taken = new Set([...names.keys(), ...this.#written.flatMap(({ input }) => input)])
    for (const node of this.#written) {
      const used = node.output.map((output, i) => (i === 0 || taken.has(output) ? called(output) : ''))
      while (used.length > 1 && used.at(-1) === '') used.pop()
      node.input = node.input.map(called)
      node.output = used
    }
    return this.#written
  }

  constant(value: NdArray): string {
    const other = this.#beside[this.asked.length]
    this.asked.push(value)
    const key = keyOf(other === undefined ? [value] : [value, other])
    const known = key && this.#constants.get(key)
    if (known) return known
    const name = `${this.#prefix}constant_${this.initializers.length}`
    this.initializers.push(tensorProto(name, value))
    if (key) this.#constants.set(key, name)
    return name
  }

  ints(values: readonly number[]): string {
    return this.constant({ dtype: 'i64', shape: [values.length], data: Float64Array.from(values) })
  }
}

/** What constants are known by. Large ones are weights: too long to be looked up, and each its own. */
const keyOf = (values: readonly NdArray[]): string | undefined =>
  values.every(({ data }) => data.length <= 64)
    ? values.map(({ dtype, shape, data }) => `${dtype}[${shape}]${[...data].map(bits)}`).join(' ')
    : undefined

/** −0 is another number than 0. */
const bits = (x: number) => (Object.is(x, -0) ? '-0' : x)

function attribute(name: string, value: unknown): AttributeProto {
  const of = (type: AttributeProto['type'], rest: Partial<AttributeProto>) =>
    create(AttributeProtoSchema, { name, type, ...rest } as never)
  if (typeof value === 'string') return of(AttributeType.STRING, { s: new TextEncoder().encode(value) })
  if (typeof value === 'number') {
    if (FLOATS.has(name) || !Number.isInteger(value)) return of(AttributeType.FLOAT, { f: value })
    return of(AttributeType.INT, { i: BigInt(value) })
  }
  return of(AttributeType.INTS, { ints: (value as readonly number[]).map(BigInt) })
}
