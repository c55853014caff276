import { disagreement, type OpGraph } from '../../packages/graph/src/device/agreement.test-support.js'
import { programOf } from '../../packages/graph/src/device/runtime-device.js'
import type { NdArray } from '../../packages/graph/src/nd-array.js'
import type { Target } from '../../packages/graph/src/passes/optimize.js'
import type { Job, JobResult } from './jobs.js'

/** An operation's graph as a page takes it. */
export function jobOf({ graph, feeds }: OpGraph, target: Target): Job {
  const { model, inputs, outputs } = programOf(graph, target)
  const plain = feeds.map(({ dtype, shape, data }) => ({ dtype, shape, data: [...data] }))
  return { model: Buffer.from(model).toString('base64'), inputs, outputs, feeds: plain }
}

/** What is wrong with a page's result; empty where it is what the interpreter computes. */
export function wrongIn(graph: OpGraph, result: JobResult): string[] {
  if (typeof result === 'string') return [`${graph.title}: ${result}`]
  const arrays = result.map(
    ({ dtype, shape, data }): NdArray => ({ dtype, shape, data: Float64Array.from(data, Number) }),
  )
  return disagreement(graph, arrays)
}
