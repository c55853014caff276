import { REALS } from '../dtype.js'
import type { Op } from '../op.js'
import { broadcastShapes, broadcastStrides, showShape, sizeOf, stridesOf } from '../shape.js'
import { apply, refuse, type Tensor } from '../tensor.js'

const matmulOp: Op<Record<string, never>> = {
  name: 'matmul',
  infer([a, b]) {
    if (a.dtype !== b.dtype || !REALS.includes(a.dtype))
      refuse(`both must be f32, or both f64, not ${a.dtype} and ${b.dtype}: cast first.`)
    if (a.shape.length < 2 || b.shape.length < 2)
      refuse('both need at least two axes: reshape vectors to a row or column.')
    const [m, k] = a.shape.slice(-2)
    const [k2, n] = b.shape.slice(-2)
    if (k !== k2) refuse(`the ${k} columns of the first do not meet the ${k2} rows of the second.`)
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    if (batch === undefined)
      refuse(`batches ${showShape(a.shape.slice(0, -2))} and ${showShape(b.shape.slice(0, -2))} do not broadcast.`)
    return { dtype: a.dtype, shape: [...batch, m, n] }
  },
  evaluate([a, b], _, out) {
    const batch = out.shape.slice(0, -2)
    const [m, n] = out.shape.slice(-2)
    const k = a.shape[a.shape.length - 1]
    const [sa, sb] = [a, b].map((t) => broadcastStrides(t.shape.slice(0, -2), batch))
    const strides = stridesOf(batch)
    const row = new Float64Array(n)
    for (let i = 0, to = 0; i < sizeOf(batch); i++) {
      let [pa, pb] = [0, 0]
      for (let axis = 0, rest = i; axis < batch.length; axis++) {
        const at = Math.floor(rest / strides[axis])
        rest -= at * strides[axis]
        pa += at * sa[axis]
        pb += at * sb[axis]
      }
      for (let r = 0; r < m; r++, to += n) {
        row.fill(0)
        for (let j = 0; j < k; j++) {
          const v = a.data[pa * m * k + r * k + j]
          const from = pb * k * n + j * n
          for (let c = 0; c < n; c++) row[c] += v * b.data[from + c]
        }
        out.data.set(row, to)
      }
    }
  },
  gradient: ({ g, inputs: [a, b], wanted, ops }) => [
    wanted[0] ? ops.sumTo(ops.matmul(g, ops.transpose(b)), a.shape) : undefined,
    wanted[1] ? ops.sumTo(ops.matmul(ops.transpose(a), g), b.shape) : undefined,
  ],
  onnx: (context, inputs) => context.node('MatMul', inputs),
  flops: ([a], _, out) => 2 * sizeOf(out.shape) * a.shape[a.shape.length - 1],
}

/** Products of the matrices in the last two axes; leading axes broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply(matmulOp, [a, b], {})
