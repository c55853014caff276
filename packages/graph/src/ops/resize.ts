import { type DType, REALS } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { sizeOf } from '../shape.js'
import { apply, computesIn, refuse, type Tensor } from '../tensor.js'
import { constant } from './sources.js'

export type ResizeMode = 'nearest' | 'bilinear'

interface ResizeAttributes {
  readonly size: readonly [number, number]
  readonly mode: ResizeMode
  readonly [name: string]: unknown
}

/** What a place of the result reads along one axis: elements `low` and `high`, mixed by `share` of the latter. */
interface Tap {
  readonly low: number
  readonly high: number
  readonly share: number
}

/**
 * PyTorch's rules without aligned corners. Nearest: place i reads ⌊i · in / out⌋. Bilinear: pixels are areas, so the centre
 * of place i lies at (i + ½) · in / out − ½, held inside the image.
 */
function taps(from: number, to: number, mode: ResizeMode): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    if (mode === 'nearest') {
      const low = Math.floor((i * from) / to)
      return { low, high: low, share: 0 }
    }
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    const low = Math.min(Math.floor(at), from - 1)
    return { low, high: Math.min(low + 1, from - 1), share: low === from - 1 ? 0 : at - low }
  })
}

/** The same as a matrix [to, from]: resizing is linear and separable. */
function tapMatrix(from: number, to: number, mode: ResizeMode, dtype: DType): NdArray {
  const m = new Float64Array(to * from)
  taps(from, to, mode).forEach(({ low, high, share }, i) => {
    m[i * from + low] += 1 - share
    m[i * from + high] += share
  })
  return { dtype, shape: [to, from], data: m }
}

const resizeOp: Op<ResizeAttributes> = {
  name: 'resize2d',
  infer([x], { size, mode }) {
    computesIn(REALS, 'resizing', [x])
    if (mode !== 'nearest' && mode !== 'bilinear') refuse(`the mode is ${mode}: take nearest or bilinear.`)
    if (x.shape.length !== 4) refuse('images need four axes: [N, C, H, W].')
    if (!(Array.isArray(size) && size.length === 2)) refuse(`the size is [rows, columns], not ${size}.`)
    if ([...size, x.shape[2], x.shape[3]].some((n) => !(Number.isInteger(n) && n >= 1)))
      refuse(
        `images of ${x.shape[2]} × ${x.shape[3]} cannot become ${size.join(' × ')}: sizes are whole numbers from 1.`,
      )
    return { dtype: x.dtype, shape: [x.shape[0], x.shape[1], ...size] }
  },
  evaluate([x], { size, mode }, out) {
    const [H, W] = x.shape.slice(2)
    const rows = taps(H, size[0], mode)
    const columns = taps(W, size[1], mode)
    for (let plane = 0, o = 0; plane < x.shape[0] * x.shape[1]; plane++) {
      for (const r of rows) {
        const [top, bottom] = [(plane * H + r.low) * W, (plane * H + r.high) * W]
        for (const c of columns) {
          const above = x.data[top + c.low] * (1 - c.share) + x.data[top + c.high] * c.share
          const below = x.data[bottom + c.low] * (1 - c.share) + x.data[bottom + c.high] * c.share
          out.data[o++] = above * (1 - r.share) + below * r.share
        }
      }
    }
  },
  gradient({ g, inputs: [x], attrs: { size, mode }, ops }) {
    const [H, W] = x.shape.slice(2)
    const factors = [size[0] / H, size[1] / W] as const
    // Where each element was repeated over a tile, the tile's sum comes back.
    if (mode === 'nearest' && factors.every(Number.isInteger))
      return [ops.mul(ops.avgPool2d(g, { kernel: factors }), factors[0] * factors[1])]
    const matrix = (from: number, to: number) => constant(tapMatrix(from, to, mode, x.dtype))
    return [ops.matmul(ops.transpose(matrix(H, size[0])), ops.matmul(g, matrix(W, size[1])))]
  },
  onnx(context, [x], node, { size, mode }) {
    const rule =
      mode === 'nearest'
        ? { mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
        : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
    const sizes = context.ints([...node.shape.slice(0, 2), ...size])
    return context.node('Resize', [x, '', '', sizes], rule)
  },
  flops: (_, { mode }, out) => (mode === 'nearest' ? 0 : 7 * sizeOf(out.shape)),
}

/** Images [N, C, H, W] at another size, as PyTorch's `interpolate` without aligned corners and without antialiasing. */
export const resize2d = (x: Tensor, size: readonly [number, number], mode: ResizeMode = 'bilinear'): Tensor =>
  apply(resizeOp, [x], { size, mode })
