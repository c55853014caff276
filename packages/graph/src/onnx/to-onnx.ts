import { create } from '@bufbuild/protobuf'
import { EpipoleError } from '@epipole/core'
import { checkGraph, type Graph } from '../graph.js'
import type { NdArray } from '../nd-array.js'
import { constant } from '../ops/sources.js'
import { integerArithmetic } from '../passes/integer-arithmetic.js'
import { optimize } from '../passes/optimize.js'
import { rewrite } from '../passes/rewrite.js'
import { sameShape, showShape } from '../shape.js'
import { lower, modelBytes } from './lower.js'
import { StringStringEntryProtoSchema } from './onnx.generated.js'
import { openSize } from './open-size.js'

export interface OnnxOptions {
  /** Numbers for inputs by name: they become the file's constants, as the weights of a model for inference. */
  readonly weights?: Readonly<Record<string, NdArray>>
  /**
   * The same function traced with another batch size: what differs between the two becomes an open size of this name, so that
   * the file takes batches of any size. It is tried with a third one. Take two sizes above 1 that no other axis has.
   */
  readonly batch?: { readonly name?: string; readonly other: Graph }
  /** Texts that go with the file, as `metadata_props`: classes, how inputs are prepared. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The graph as the bytes of an `.onnx` file (operator set 19), which any ONNX runtime opens. Inputs and outputs are called as in the
 * graph (`input` and `output` where there is one without a name); an output called like an input gets `.next` behind. What is fake-quantised on a constant grid is written as integers
 * (QuantizeLinear, DequantizeLinear; weights as int8).
 * @throws EpipoleError `unsupported` for an op that ONNX has not, or whose form depends on the batch in a way ONNX cannot say; the
 * message names the call
 */
export function toOnnx(graph: Graph, { weights = {}, batch, metadata = {} }: OnnxOptions = {}): Uint8Array {
  const anyBatch = batch !== undefined
  const ready = (g: Graph) => optimize(integerArithmetic(bind(g, weights)), { anyBatch })
  const model = anyBatch ? openSize(ready(graph), ready(batch.other), batch.name ?? 'batch') : lower(ready(graph))
  return modelBytes({
    ...model,
    metadataProps: Object.entries(metadata).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  })
}

/** The graph with some inputs replaced by numbers. */
export function bind(graph: Graph, values: Readonly<Record<string, NdArray>>): Graph {
  const names = new Set(checkGraph(graph).inputs.map(({ name }) => name))
  const stray = Object.keys(values).find((name) => !names.has(name))
  if (stray !== undefined)
    throw new EpipoleError('usage', `The graph has no input "${stray}"; it takes ${[...names].join(', ')}.`)
  const bound = new Map(
    graph.inputs.flatMap(({ name, tensor }) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) return []
      if (value.dtype !== tensor.dtype || !sameShape(value.shape, tensor.shape))
        throw new EpipoleError(
          'usage',
          `"${name}" is ${value.dtype}${showShape(value.shape)}, the graph takes ${tensor.dtype}${showShape(tensor.shape)}.`,
        )
      return [[tensor, constant(value)] as const]
    }),
  )
  const after = rewrite(graph, (node) => bound.get(node))
  return { ...after, inputs: graph.inputs.filter(({ tensor }) => !bound.has(tensor)) }
}
