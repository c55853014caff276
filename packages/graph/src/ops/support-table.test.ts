import { expect, test } from 'vitest'
import { programOf } from '../device/runtime-device.js'
import { isFloat } from '../dtype.js'
import { type Graph, type TensorSpec, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import type { Tensor } from '../tensor.js'
import { buildOp, drawer, type OpCase, opCases } from './op-cases.test-support.js'

function graphOfCase({ op, seed, inputs, attrs }: OpCase): Graph {
  const draw = drawer(seed)
  const specs = inputs
    .map(([kind, shape]) => draw(kind, shape))
    .map((a) => (isFloat(a.dtype) ? ndArray(a.data, a.shape, 'f32') : a))
    .map(({ dtype, shape }): TensorSpec => ({ spec: true, dtype, shape }))
  return trace((xs) => [buildOp[op](xs, attrs as never)], specs).graph
}

/** Whether a gradient finds its way from the result back to an input. */
const flows = (node: Tensor): boolean =>
  isFloat(node.dtype) &&
  (node.op.name === 'input' || (node.op.gradient !== undefined && node.inputs.some((input) => flows(input))))

const lowers = (graph: Graph): boolean => {
  try {
    return programOf(graph).model.length > 0
  } catch (error) {
    expect((error as { code?: string }).code).toBe('unsupported')
    return false
  }
}

function row(name: string, cases: readonly OpCase[]): string {
  const graphs = cases.map(graphOfCase)
  const nodes = graphs.flatMap((graph) => graph.nodes).filter(({ op }) => !['input', 'constant'].includes(op.name))
  const own = nodes.find(({ op }) => op.name === name)
  const parts = [...new Set(nodes.map(({ op }) => op.name))].filter((part) => part !== 'customGradient').sort()
  const made = own !== undefined && parts.length === 1 ? 'one op' : parts.join(', ')
  const gradient = own?.op.gradient !== undefined || graphs.some(({ outputs }) => flows(outputs[0].tensor))
  const device = graphs.every(lowers) ? '✓' : '–'
  return `| \`${name}\` | ${made} | ${gradient ? '✓' : '–'} | ✓ ${cases.length} | ${device} | ${device} |`
}

test('the table of operations in the documentation is true', async () => {
  const byOp = new Map<string, OpCase[]>()
  for (const c of opCases()) byOp.set(c.op, [...(byOp.get(c.op) ?? []), c])
  const rows = [...byOp].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, cases]) => row(name, cases))
  const text = `# Operations of \`@epipole/graph\`

Written by \`packages/graph/src/ops/support-table.test.ts\` (\`npx vitest run --project unit -u\` after a change).

- *made of*: one op with its own kernel and ONNX form, or the ops that it is a composition of.
- *gradient*: – where the function is constant almost everywhere or its result is no float.
- *interpreter*: number of cases whose values and gradients are PyTorch's in f64 (\`ops/torch.test.ts\`).
- *node*, *wasm*: whether all of them have an ONNX form; that ONNX Runtime computes them, value and gradient, is checked natively by
  \`device/node-ops.test.ts\` and in Chromium by \`tests/graph-browser.test.ts\`.
- WebGPU has a list of its own: [graph-webgpu.md](graph-webgpu.md).

| operation | made of | gradient | interpreter | node | wasm |
|---|---|---|---|---|---|
${rows.join('\n')}
`
  await expect(text).toMatchFileSnapshot('../../../../docs/graph-ops.md')
})
