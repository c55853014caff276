import type { Graph } from '../graph.js'
import type { Op } from '../op.js'
import { sameShape } from '../shape.js'
import { apply, type Tensor } from '../tensor.js'
import { multiple } from './factors.js'
import { swapsLast } from './products.js'
import { type Rule, rewrite } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * A multiple of a matrix plus a product that nobody else takes, as momentum has it, in one operator: β c + a b. The runtime starts the
 * sums of the product from β c, so that the multiple is no pass of its own. The values stay, to rounding.
 */
export function accumulatedProduct(graph: Graph): Graph {
  const users = userCounts(graph)
  const rule: Rule = (node, inputs) => {
    if (node.op.name !== 'add' || node.rank !== 2 || node.dtype !== 'f32') return undefined
    for (const [i, j] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const [product, scaled] = [inputs[i], multiple(inputs[j])]
      const alone = users.get(node.inputs[i]) === 1 && users.get(node.inputs[j]) === 1
      if (!alone || product.op.name !== 'matmul' || scaled === undefined) continue
      if (![product, scaled.x].every(({ shape }) => sameShape(shape, node.shape))) continue
      const [a, b] = product.inputs.map(turnedBack)
      return apply(gemmOp, [a.x, b.x, scaled.x], { beta: scaled.scale, transA: a.turned, transB: b.turned })
    }
    return undefined
  }
  return rewrite(graph, rule)
}

const turnedBack = (x: Tensor) => (swapsLast(x) ? { x: x.inputs[0], turned: 1 } : { x, turned: 0 })

interface Attributes {
  readonly beta: number
  /** 1 where the factor is to be read transposed. */
  readonly transA: number
  readonly transB: number
  readonly [name: string]: unknown
}

const gemmOp: Op<Attributes> = {
  name: 'gemm',
  infer: ([, , c]) => c,
  evaluate([a, b, c], { beta, transA, transB }, out) {
    const [rows, columns] = out.shape
    const depth = a.shape[transA ? 0 : 1]
    const at = (x: typeof a, i: number, j: number, turned: number) =>
      x.data[turned ? j * x.shape[1] + i : i * x.shape[1] + j] as number
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = beta * at(c, i, j, 0)
        for (let k = 0; k < depth; k++) sum += at(a, i, k, transA) * at(b, k, j, transB)
        out.data[i * columns + j] = sum
      }
  },
  onnx: (context, inputs, _, attrs) => context.node('Gemm', inputs, { ...attrs }),
}
