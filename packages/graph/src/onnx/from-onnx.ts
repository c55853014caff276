import { fromBinary } from '@bufbuild/protobuf'
import { EpipoleError, isEpipoleError } from '@epipole/core'
import type { DType } from '../dtype.js'
import { type Graph, graphOf } from '../graph.js'
import type { NdArray } from '../nd-array.js'
import { constant, input } from '../ops/sources.js'
import { kindOf, listed } from '../refusal.js'
import { withScope } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { ImportNode } from './import-node.js'
import { importOperators } from './import-operators.js'
import { type GraphProto, type ModelProto, ModelProtoSchema, type ValueInfoProto } from './onnx.generated.js'
import { dtypeOf, readTensor } from './read-tensor.js'

export interface ModelInput {
  readonly name: string
  readonly dtype: DType
  /** An open size has a name, or is undefined; undefined where the file does not say the shape at all. */
  readonly shape: readonly (number | string | undefined)[] | undefined
}

/** A model read from a file, ready to be applied to tensors of a trace: inspected, differentiated, trained further. */
export interface OnnxModel {
  /** What it takes, in the file's order. */
  readonly inputs: readonly ModelInput[]
  /** All floating-point constants of the file by name: what can be trained. */
  readonly weights: Readonly<Record<string, NdArray>>
  readonly outputs: readonly string[]
  /** Texts that go with the file. */
  readonly metadata: Readonly<Record<string, string>>
  /** The model's graph on these inputs. Weights that are given stand for those of the file; a `usage` error names what it has not. */
  apply(inputs: Readonly<Record<string, Tensor>>, weights?: Readonly<Record<string, Tensor>>): Record<string, Tensor>
}

/**
 * Reads an ONNX file. Its operators are looked up when it is applied.
 * @throws EpipoleError `input` where the bytes are no ONNX model or its sizes do not fit, `unsupported` for what we do not compute
 */
export const readOnnx = (bytes: Uint8Array): OnnxModel => readModel(parse(bytes))

function readModel({ graph, opsetImport, functions, metadataProps }: ModelProto): OnnxModel {
  if (graph === undefined || graph.output.length === 0)
    throw new EpipoleError('input', 'These bytes are no ONNX model: there is no graph with outputs in them.')
  if (functions.length > 0 || graph.sparseInitializer.length > 0)
    throw new EpipoleError('unsupported', 'Models with functions of their own or sparse tensors are not taken.')
  const opset = Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1n)
  const constants = new Map(graph.initializer.map((t) => [t.name, readTensor(t)]))
  const taken = graph.input.filter(({ name }) => !constants.has(name))
  return {
    inputs: taken.map(typeOf),
    weights: Object.fromEntries([...constants].filter(([, { dtype }]) => dtype === 'f32' || dtype === 'f64')),
    outputs: graph.output.map(({ name }) => name),
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    apply(inputs, weights = {}) {
      const values = new Map<string, Tensor>()
      checkNames('input', inputs, new Set(taken.map(({ name }) => name)))
      checkNames('weight', weights, constants)
      for (const { name } of taken) {
        const given = own(inputs, name)
        if (given === undefined) throw new EpipoleError('usage', `The model's input "${name}" is not given.`)
        values.set(name, given)
      }
      for (const [name, value] of constants) values.set(name, own(weights, name) ?? constant(value))
      runNodes(graph, opset, values)
      return Object.fromEntries(graph.output.map(({ name }) => [name, lookUp(values, name, 'the graph')]))
    },
  }
}

/**
 * Reads an ONNX file as a graph, its weights constants of it.
 * @param sizes numbers for the open sizes by name (`{ batch: 1 }`)
 */
export const fromOnnx = (bytes: Uint8Array, sizes: Readonly<Record<string, number>> = {}): Graph =>
  graphOfModel(parse(bytes), sizes)

/** The same of a model in memory. */
export function graphOfModel(proto: ModelProto, sizes: Readonly<Record<string, number>>): Graph {
  const model = readModel(proto)
  const inputs = model.inputs.map(({ name, dtype, shape }) => {
    const full = shape?.map((n) => (typeof n === 'string' ? (own(sizes, n) ?? n) : n)) ?? [undefined]
    const open = full.findIndex((n) => typeof n !== 'number')
    if (open >= 0)
      throw new EpipoleError(
        'usage',
        `The input "${name}" leaves its size "${full[open] ?? '?'}" open: give a number for it.`,
      )
    return { name, tensor: input(name, dtype, full as number[]) }
  })
  const results = model.apply(Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])))
  return graphOf(
    inputs,
    model.outputs.map((name) => ({ name, tensor: results[name] as Tensor })),
  )
}

/** What has another name would be left out, and a model whose weights are left out does not learn. */
function checkNames(
  kind: 'input' | 'weight',
  given: object,
  known: { has(name: string): boolean; keys(): Iterable<string> },
) {
  const stray = Object.keys(given).find((name) => !known.has(name))
  if (stray === undefined) return
  throw new EpipoleError(
    'usage',
    `The model has no ${kind} "${stray}"; it has ${listed([...known.keys()]) || 'none'}.`,
    { name: stray },
  )
}

/** Names come from the file: `constructor` is one like any other. */
const own = <T>(named: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(named, name) ? named[name] : undefined

function parse(bytes: Uint8Array) {
  if (!ArrayBuffer.isView(bytes))
    throw new EpipoleError('usage', `The bytes of a file are wanted (Uint8Array), not ${kindOf(bytes)}.`)
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw new EpipoleError(
      'input',
      `These bytes are no ONNX model, or are cut off: ${(cause as Error).message}`,
      {},
      {
        cause: cause as Error,
      },
    )
  }
}

function runNodes(graph: GraphProto, opset: number, values: Map<string, Tensor>): void {
  for (const node of graph.node) {
    const inputs = node.input.map((name) => (name === '' ? undefined : lookUp(values, name, node.name)))
    const at = new ImportNode(node, inputs, opset)
    const known = node.domain === '' || node.domain === 'ai.onnx'
    const operator =
      (known && Object.hasOwn(importOperators, node.opType) ? importOperators[node.opType] : undefined) ??
      at.refuse(`the operator${known ? '' : ` of domain ${node.domain}`} is not among ours.`)
    const results = withScope(node.name || node.opType, () => taking(at, operator))
    node.output.forEach((name, i) => {
      if (name === '') return
      const result = results[i] ?? at.refuse(`its output ${i} is not computed.`)
      values.set(name, result)
    })
  }
}

/** What our operation refuses, the operator's node is refused for. */
function taking(node: ImportNode, operator: (node: ImportNode) => Tensor[]): Tensor[] {
  try {
    return operator(node)
  } catch (error) {
    if (isEpipoleError(error) && error.code !== 'usage') throw error
    // (Inputs of ranks that the operator has not, and what else no valid file says, may break anything on the way.)
    return node.refuse(isEpipoleError(error) ? error.message : `its inputs or attributes do not fit it (${error}).`)
  }
}

const lookUp = (values: ReadonlyMap<string, Tensor>, name: string, where: string): Tensor => {
  const value = values.get(name)
  if (value === undefined)
    throw new EpipoleError('input', `"${name}", which ${where || 'a node'} takes, is made nowhere before it.`)
  return value
}

function typeOf({ name, type }: ValueInfoProto): ModelInput {
  if (type?.value.case !== 'tensorType')
    throw new EpipoleError('unsupported', `The input "${name}" is no tensor but ${type?.value.case ?? 'of no type'}.`)
  const { elemType, shape } = type.value.value
  const dims = shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' ? value.value : undefined,
  )
  return { name, dtype: dtypeOf(elemType, `The input "${name}"`), shape: dims }
}
