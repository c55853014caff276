import { create } from '@bufbuild/protobuf'
import type { NdArray } from '../nd-array.js'
import type { Attributes } from '../op.js'
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
  readonly nodes: NodeProto[] = []
  readonly initializers: TensorProto[] = []
  readonly #constants = new Map<string, string>()
  #count = 0
  /** Where the nodes that follow come from: the layer, and the op. */
  origin = ''

  node(type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = `${type.toLowerCase()}_${this.#count++}`
    this.nodes.push(
      create(NodeProtoSchema, {
        name: this.origin === '' ? output : `${this.origin}/${output}`,
        opType: type,
        input: [...inputs],
        output: [output],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    )
    return output
  }

  constant(value: NdArray): string {
    // Large constants are weights: too long to be looked up, and each its own.
    const key = value.data.length <= 64 ? `${value.dtype}[${value.shape}]${[...value.data].map(bits)}` : undefined
    const known = key && this.#constants.get(key)
    if (known) return known
    const name = `constant_${this.initializers.length}`
    this.initializers.push(tensorProto(name, value))
    if (key) this.#constants.set(key, name)
    return name
  }

  ints(values: readonly number[]): string {
    return this.constant({ dtype: 'i64', shape: [values.length], data: Float64Array.from(values) })
  }
}

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
