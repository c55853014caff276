import { create, toBinary } from '@bufbuild/protobuf'
import { EpipoleError } from '@epipole/core'
import type { Graph, NamedTensor } from '../graph.js'
import type { NdArray } from '../nd-array.js'
import type { TensorType } from '../op.js'
import { ONNX_DTYPE } from '../ops/select.js'
import { whereabouts } from '../refusal.js'
import type { Tensor } from '../tensor.js'
import { type ModelProto, ModelProtoSchema, type ValueInfoProto, ValueInfoProtoSchema } from './onnx.generated.js'
import { OnnxWriter } from './writer.js'

/** The operator set the ops are written in, and the oldest version of the format that allows it. */
const OPSET = 19
const IR_VERSION = 9

/**
 * Says a graph in ONNX, node by node. Inputs and outputs keep their names; where an output is called like an input (the next
 * state like the state), it gets `.next` behind. One that is alone has no name: it is called `input` or `output`.
 */
export const lower = (graph: Graph): ModelProto => lowered(graph).model

/** A graph said in ONNX, with what was asked of the writer on the way. */
export interface Lowered {
  readonly model: ModelProto
  /** The graph's node that each of the model's nodes says. */
  readonly said: readonly (Tensor | undefined)[]
  readonly asked: readonly NdArray[]
}

/** @param beside what was asked for a graph of equal structure: constants are merged only where they are equal in both */
export function lowered(graph: Graph, beside?: readonly NdArray[]): Lowered {
  const writer = new OnnxWriter('', beside)
  const inputs = graph.inputs.map(({ name, tensor }) => ({ name: name || 'input', tensor }))
  const names = new Map<Tensor, string>(inputs.map(({ name, tensor }) => [tensor, name]))
  const taken = new Set(names.values())
  for (const node of graph.nodes) {
    if (names.has(node)) continue
    writer.saying = node
    writer.origin = node.scope === '' ? node.op.name : `${node.scope}/${node.op.name}`
    names.set(node, write(writer, node, names))
  }
  const outputs = graph.outputs.map((output) => ({ ...output, name: unused(output.name || 'output', taken) }))
  const node = writer.finish(nameOutputs(writer, outputs, names))
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    producerName: 'epipole',
    opsetImport: [
      { domain: '', version: BigInt(OPSET) },
      ...[...writer.domains].map((domain) => ({ domain, version: 1n })),
    ],
    graph: {
      name: 'graph',
      node,
      initializer: writer.initializers,
      input: inputs.map(({ name, tensor }) => valueInfo(name, tensor)),
      output: outputs.map(({ name, tensor }) => valueInfo(name, tensor)),
    },
  })
  return { model, said: writer.said, asked: writer.asked }
}

export const modelBytes = (model: ModelProto): Uint8Array<ArrayBuffer> => toBinary(ModelProtoSchema, model)

function write(writer: OnnxWriter, node: Tensor, names: ReadonlyMap<Tensor, string>): string {
  if (node.op.onnx === undefined)
    throw new EpipoleError(
      'unsupported',
      `ONNX has no form of ${node.op.name}${whereabouts(node.scope, node.callSite)}: run this graph by the interpreter.`,
      { op: node.op.name },
    )
  return node.op.onnx(
    writer,
    node.inputs.map((input) => names.get(input) as string),
    node,
    node.attrs,
  )
}

function unused(name: string, taken: Set<string>): string {
  let free = name
  while (taken.has(free)) free = `${free}.next`
  taken.add(free)
  return free
}

/** Values get their outputs' names; what is no node's result, or is given out a second time, is copied. */
function nameOutputs(writer: OnnxWriter, outputs: readonly NamedTensor[], names: ReadonlyMap<Tensor, string>) {
  const renamed = new Map<string, string>()
  for (const { name, tensor } of outputs) {
    const value = names.get(tensor) as string
    if (writer.makes(value) && !renamed.has(value)) renamed.set(value, name)
    else writer.copy(value, name)
  }
  return renamed
}

export function valueInfo(name: string, { dtype, shape }: TensorType): ValueInfoProto {
  const dim = shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: ONNX_DTYPE[dtype], shape: { dim } } } },
  })
}
