import { equals } from '@bufbuild/protobuf'
import { EpipoleError } from '@epipole/core'
import type { NdArray } from '../nd-array.js'
import {
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TensorShapeProto_Dimension,
  type ValueInfoProto,
} from './onnx.generated.js'
import { readTensor } from './read-tensor.js'
import { OnnxWriter } from './writer.js'

/**
 * Two models of one function, lowered for two batch sizes, as one model for all: sizes of inputs and outputs that differ get a
 * name, and lists of sizes inside (targets of Reshape and Expand, ends of Slice) that differ are computed from the batch, of which
 * each entry must be a linear function. Everything else must be equal.
 */
export function openSize(model: ModelProto, other: ModelProto, name: string): ModelProto {
  const [graph, second] = [model.graph as GraphProto, other.graph as GraphProto]
  if (!sameNodes(graph.node, second.node))
    throw new EpipoleError(
      'unsupported',
      'The two batch sizes give graphs of different structure: no single file says both. Where the function does not depend on the size, trace it with two that are above 1 and that no other axis has.',
    )
  const source = openInputs(graph, second, name)
  if (source === undefined)
    throw new EpipoleError(
      'usage',
      'No input differs between the two batch sizes: trace the function with another one.',
    )
  const writer = new OnnxWriter(`${name}_`)
  writer.origin = name
  const renamed = new Map<string, string>()
  const kept: TensorProto[] = []
  graph.initializer.forEach((tensor, i) => {
    const [a, b] = [readTensor(tensor), readTensor(second.initializer[i])]
    if (sameNumbers(a, b)) kept.push(tensor)
    else renamed.set(tensor.name, fromBatch(writer, a, b, source, usersOf(graph, tensor.name)))
  })
  for (const node of graph.node) node.input = node.input.map((input) => renamed.get(input) ?? input)
  graph.node = [...writer.finish(new Map()), ...graph.node]
  graph.initializer = [...kept, ...writer.initializers]
  return model
}

interface Source {
  readonly input: string
  readonly axis: number
  readonly sizes: readonly [number, number]
}

/** Names the sizes that differ; returns the first of them, from which the batch can be read at run time. */
function openInputs(graph: GraphProto, other: GraphProto, name: string): Source | undefined {
  let source: Source | undefined
  const open = (values: readonly ValueInfoProto[], others: readonly ValueInfoProto[], isInput: boolean) =>
    values.forEach((info, i) => {
      const [mine, theirs] = [dims(info), dims(others[i])]
      mine.forEach((dim, axis) => {
        const sizes = [Number(dim.value.value), Number(theirs[axis].value.value)] as const
        if (sizes[0] === sizes[1]) return
        if (isInput) source ??= { input: info.name, axis, sizes }
        const plain = sizes[0] === source?.sizes[0] && sizes[1] === source?.sizes[1]
        dim.value = plain ? { case: 'dimParam', value: name } : { case: undefined }
      })
    })
  open(graph.input, other.input, true)
  open(graph.output, other.output, false)
  return source
}

const dims = ({ type }: ValueInfoProto): TensorShapeProto_Dimension[] =>
  type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : []

const sameNodes = (a: readonly NodeProto[], b: readonly NodeProto[]) =>
  a.length === b.length &&
  a.every((node, i) => {
    const { opType, input, attribute } = b[i]
    return (
      node.opType === opType &&
      `${node.input}` === `${input}` &&
      node.attribute.length === attribute.length &&
      node.attribute.every((mine, k) => equals(AttributeProtoSchema, mine, attribute[k]))
    )
  })

const sameNumbers = (a: NdArray, b: NdArray) =>
  `${a.shape}` === `${b.shape}` && a.data.every((v, i) => Object.is(v, b.data[i]))

const usersOf = (graph: GraphProto, value: string) =>
  graph.node.filter(({ input }) => input.includes(value)).map(({ name }) => name)

/** The list slope · batch + start, where slope and start are what the two sizes say. */
function fromBatch(writer: OnnxWriter, a: NdArray, b: NdArray, source: Source, users: readonly string[]): string {
  const [n, m] = source.sizes
  const slope = Array.from(a.data, (v, i) => ((b.data[i] as number) - v) / (m - n))
  if (a.dtype !== 'i64' || `${a.shape}` !== `${b.shape}` || !slope.every(Number.isInteger))
    throw new EpipoleError(
      'unsupported',
      `A constant of ${users.join(', ')} depends on the batch size: export the graph with one size.`,
      { nodes: users },
    )
  const shape = writer.node('Shape', [source.input])
  const batch = writer.node('Gather', [shape, writer.ints([source.axis])], { axis: 0 })
  const scaled = writer.node('Mul', [batch, writer.ints(slope)])
  return writer.node('Add', [scaled, writer.ints(Array.from(a.data, (v, i) => v - n * slope[i]))])
}
