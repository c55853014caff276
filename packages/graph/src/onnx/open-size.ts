import { equals } from '@bufbuild/protobuf'
import { EpipoleError, isEpipoleError } from '@epipole/core'
import type { Graph } from '../graph.js'
import type { NdArray } from '../nd-array.js'
import { callText, whereabouts } from '../refusal.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { graphOfModel } from './from-onnx.js'
import { type Lowered, lowered } from './lower.js'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TensorShapeProto_Dimension,
  type ValueInfoProto,
} from './onnx.generated.js'
import { openConstant, type Place, type Source } from './open-constants.js'
import { readTensor } from './read-tensor.js'
import { OnnxWriter } from './writer.js'

/**
 * Two graphs of one function, traced for two batch sizes, as one model for all: sizes of inputs and outputs that differ get a name, and
 * constants inside that differ are said by what they mean (`openConstant`). Everything else must be equal, and the model must fit a third
 * size as well.
 */
export function openSize(graph: Graph, other: Graph, name: string): ModelProto {
  // Written once for what is asked for, so that constants are merged where they are equal in both.
  const asked = [graph, other].map((g) => lowered(g).asked)
  const [a, b] = [lowered(graph, asked[1]), lowered(other, asked[0])]
  const [mine, theirs] = [a.model.graph as GraphProto, b.model.graph as GraphProto]
  const source = openInputs(mine, theirs, name)
  checkNodes(a, b, source)
  const writer = new OnnxWriter(`${name}_`)
  writer.origin = name
  const differing = new Map<string, readonly [NdArray, NdArray]>()
  const kept: TensorProto[] = []
  mine.initializer.forEach((tensor, i) => {
    const pair = [readTensor(tensor), readTensor(theirs.initializer[i])] as const
    if (sameNumbers(...pair)) kept.push(tensor)
    else differing.set(tensor.name, pair)
  })
  mine.node.forEach((node, i) => {
    node.input = node.input.map((input, k) => {
      const pair = differing.get(input)
      if (pair === undefined) return input
      const place: Place = { type: node.opType, input: k, said: [a.said[i], b.said[i]] }
      return openConstant(writer, ...pair, place, source) ?? refuseConstant(pair, place, source)
    })
  })
  mine.node = [...writer.finish(new Map()), ...mine.node]
  mine.initializer = [...kept, ...writer.initializers]
  checkAnother(a.model, name, source)
  return a.model
}

/** Names the sizes that differ; returns the smallest of them, which is taken for the batch. */
function openInputs(graph: GraphProto, other: GraphProto, name: string): Source {
  const said = ({ input }: GraphProto) => `${input.map((info) => `${info.name}:${dims(info).length}`)}`
  if (said(graph) !== said(other))
    throw new EpipoleError('usage', 'The two graphs take different inputs: trace one function with two batch sizes.')
  const sizesOf = (values: readonly ValueInfoProto[], others: readonly ValueInfoProto[]) =>
    values.flatMap((info, i) =>
      dims(info).map((dim, axis) => {
        const sizes = [dim, dims(others[i])[axis]].map(({ value }) => Number(value.value)) as [number, number]
        return { dim, input: info.name, axis, sizes }
      }),
    )
  const inputs = sizesOf(graph.input, other.input).filter(({ sizes: [n, m] }) => n !== m)
  const [source] = inputs.toSorted((p, q) => p.sizes[0] - q.sizes[0])
  if (source === undefined)
    throw new EpipoleError(
      'usage',
      'No input differs between the two batch sizes: trace the function with another one.',
    )
  for (const { dim, sizes } of [...inputs, ...sizesOf(graph.output, other.output)])
    if (sizes[0] !== sizes[1])
      dim.value = `${sizes}` === `${source.sizes}` ? { case: 'dimParam', value: name } : { case: undefined }
  return source
}

const dims = ({ type }: ValueInfoProto): TensorShapeProto_Dimension[] =>
  type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : []

const sameNumbers = (a: NdArray, b: NdArray) =>
  `${a.shape}` === `${b.shape}` && a.data.every((v, i) => Object.is(v, b.data[i]))

/** The user's call behind a node. */
const call = (node: Tensor | undefined): string =>
  node === undefined ? 'nothing' : `${callText(node.op.name, node.inputs)}${whereabouts(node.scope, node.callSite)}`

/** Refuses models of different nodes, with the first that differs. */
function checkNodes(a: Lowered, b: Lowered, { sizes: [n, m] }: Source): void {
  const [mine, theirs] = [a, b].map(({ model }) => (model.graph as GraphProto).node)
  const said = (node: NodeProto | undefined) => `${node?.opType}(${node?.input}): ${node?.attribute.map((t) => t.name)}`
  for (let i = 0; i < Math.max(mine.length, theirs.length); i++) {
    if (said(mine[i]) !== said(theirs[i]))
      throw new EpipoleError(
        'unsupported',
        `The two batch sizes give graphs of different structure: with ${n} there is ${call(a.said[i])}, with ${m} ${call(b.said[i])}. Where the function does not depend on the size, trace it with two that are above 1 and that no other axis has.`,
      )
    const fixed = mine[i].attribute.findIndex((t, k) => !equals(AttributeProtoSchema, t, theirs[i].attribute[k]))
    if (fixed < 0) continue
    const [x, y] = [mine, theirs].map((nodes) => nodes[i].attribute[fixed])
    throw new EpipoleError(
      'unsupported',
      `${call(a.said[i])}: ONNX fixes ${mine[i].opType}'s ${x.name}, which is ${shown(x)} with a batch of ${n}, ${shown(y)} with ${m}: export the graph with one size.`,
      { node: mine[i].name },
    )
  }
}

const shown = ({ i, f, ints }: AttributeProto): string => `${ints.length > 0 ? `[${ints}]` : f !== 0 ? f : i}`

function refuseConstant([a, b]: readonly [NdArray, NdArray], { type, said }: Place, { sizes: [n, m] }: Source): never {
  const text = ({ data, shape }: NdArray) => (data.length > 8 ? `numbers of shape ${showShape(shape)}` : `[${data}]`)
  throw new EpipoleError(
    'unsupported',
    `${call(said[0])}: a constant of ${type} depends on the batch size in a way that is not known, ${text(a)} with ${n}, ${text(b)} with ${m}: export the graph with one size.`,
  )
}

/** What two sizes say need not be so for others: the model must fit a third one, too. */
function checkAnother(model: ModelProto, name: string, { sizes: [n, m] }: Source): void {
  const size = n + m
  const problem = misfit(model, name, size)
  if (problem !== undefined)
    throw new EpipoleError(
      'unsupported',
      `The file would hold for batches of ${n} and ${m}, but not of ${size}: some size inside is no linear function of the batch. Export the graph with one size. (${problem})`,
    )
}

function misfit(model: ModelProto, name: string, size: number): string | undefined {
  const { input, output } = model.graph as GraphProto
  // (Other open sizes have no number.)
  if (input.flatMap(dims).some(({ value }) => value.case === undefined)) return undefined
  try {
    const { outputs } = graphOfModel(model, { [name]: size })
    const at = outputs.findIndex(({ tensor: { shape } }, i) =>
      dims(output[i]).some(({ value }, k) => value.case === 'dimParam' && shape[k] !== size),
    )
    return at < 0 ? undefined : `The output "${output[at].name}" has shape ${showShape(outputs[at].tensor.shape)}.`
  } catch (error) {
    if (!isEpipoleError(error)) throw error
    return error.message
  }
}
