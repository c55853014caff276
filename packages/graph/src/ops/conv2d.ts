import { optionsOf } from '../arguments.js'
import { REALS } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import type { Op, TensorType } from '../op.js'
import { misuse } from '../refusal.js'
import { sizeOf } from '../shape.js'
import { apply, callText, refuse, type Tensor } from '../tensor.js'

/**
 * Two-dimensional convolution is linear in the image and in the kernel. Its gradients are linear in the same way, so three
 * ops close under differentiation: from image x and kernel w the map y (`conv2d`), from y and w back to x
 * (`conv2dInput`, the transposed convolution), from x and y back to w (`conv2dKernel`).
 * Layout: x [N, C, H, W], w [M, C / groups, kH, kW], y [N, M, oH, oW], out = ⌊(in + pads − dilation·(k − 1) − 1) / stride⌋ + 1.
 */
export interface Conv2dAttributes {
  readonly stride: readonly [number, number]
  /** Top, left, bottom, right, as in ONNX. */
  readonly pads: readonly [number, number, number, number]
  readonly dilation: readonly [number, number]
  readonly groups: number
  readonly [name: string]: unknown
}

export interface Conv2dOptions {
  readonly stride?: number | readonly [number, number]
  /** One number for all sides, (rows, columns), or top, left, bottom, right. */
  readonly padding?: number | readonly [number, number] | readonly [number, number, number, number]
  readonly dilation?: number | readonly [number, number]
  readonly groups?: number
}

export function conv2dAttributes({
  stride = 1,
  padding = 0,
  dilation = 1,
  groups = 1,
}: Conv2dOptions): Conv2dAttributes {
  if (typeof padding === 'string')
    misuse(
      `The padding is ${JSON.stringify(padding)}`,
      'give it as numbers; half the kernel, rounded down, keeps the size',
    )
  const pair = (v: number | readonly [number, number]) => (typeof v === 'number' ? ([v, v] as const) : v)
  const p = typeof padding === 'number' ? [padding, padding] : padding
  const pads = (p.length === 2 ? [p[0], p[1], p[0], p[1]] : p) as [number, number, number, number]
  return { stride: pair(stride), pads, dilation: pair(dilation), groups }
}

/** The size of a map along one axis: ⌊(in + pads − dilation·(k − 1) − 1) / stride⌋ + 1. */
export const convSize = (n: number, k: number, stride: number, pads: number, dilation: number): number =>
  Math.floor((n + pads - dilation * (k - 1) - 1) / stride) + 1

function outputShape(x: readonly number[], w: readonly number[], a: Conv2dAttributes): number[] {
  if (![a.stride, a.dilation].every((pair) => pair.length === 2) || a.pads.length !== 4)
    refuse('stride and dilation are one number or (rows, columns); padding is one, two, or (top, left, bottom, right).')
  if (x.length !== 4 || w.length !== 4)
    refuse('image and kernel need four axes: [N, C, H, W] and [M, C / groups, kH, kW].')
  if (!(Number.isInteger(a.groups) && a.groups >= 1)) refuse(`groups is ${a.groups}: a whole number from 1.`)
  if ([...a.stride, ...a.dilation].some((n) => !(Number.isInteger(n) && n >= 1)))
    refuse('stride and dilation must be whole numbers from 1.')
  if (a.pads.some((n) => !(Number.isInteger(n) && n >= 0))) refuse('padding must be whole numbers from 0.')
  if (x[1] !== w[1] * a.groups) refuse(`the image has ${x[1]} channels, the kernel takes ${w[1]} × ${a.groups} groups.`)
  if (w[0] % a.groups !== 0) refuse(`${w[0]} kernels do not divide into ${a.groups} groups.`)
  const size = [0, 1].map((i) => convSize(x[2 + i], w[2 + i], a.stride[i], a.pads[i] + a.pads[2 + i], a.dilation[i]))
  if (size.some((n) => n < 1))
    refuse(`a kernel of ${w[2]} × ${w[3]} does not fit into ${x[2]} × ${x[3]} with padding ${a.pads}.`)
  return [x[0], w[0], ...size]
}

/** Visits every product of the convolution: places in y, x and w that belong together, in one fixed order. */
function walk(
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  a: Conv2dAttributes,
  visit: (py: number, px: number, pw: number) => void,
): void {
  const [N, C, H, W] = x
  const [M, Cg, kH, kW] = w
  const [, , oH, oW] = y
  const perGroup = M / a.groups
  for (let n = 0; n < N; n++) {
    for (let m = 0; m < M; m++) {
      const c0 = Math.floor(m / perGroup) * Cg
      for (let i = 0; i < oH; i++) {
        for (let j = 0; j < oW; j++) {
          const py = ((n * M + m) * oH + i) * oW + j
          for (let c = 0; c < Cg; c++) {
            for (let u = 0; u < kH; u++) {
              const r = i * a.stride[0] + u * a.dilation[0] - a.pads[0]
              if (r < 0 || r >= H) continue
              for (let v = 0; v < kW; v++) {
                const s = j * a.stride[1] + v * a.dilation[1] - a.pads[1]
                if (s < 0 || s >= W) continue
                visit(py, ((n * C + c0 + c) * H + r) * W + s, ((m * Cg + c) * kH + u) * kW + v)
              }
            }
          }
        }
      }
    }
  }
}

/** Sums in f64, rounded once into `out`. */
function accumulate(out: NdArray, fill: (sums: Float64Array) => void): void {
  const sums = new Float64Array(out.data.length)
  fill(sums)
  out.data.set(sums)
}

const flops = (w: TensorType, y: TensorType) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(1))
const onnxAttributes = (a: Conv2dAttributes) => ({
  strides: a.stride,
  pads: a.pads,
  dilations: a.dilation,
  group: a.groups,
})

function checkTypes(a: TensorType, b: TensorType): void {
  if (a.dtype !== b.dtype || !REALS.includes(a.dtype))
    refuse(`both must be f32, or both f64, not ${a.dtype} and ${b.dtype}: cast first.`)
}

const conv2dOp: Op<Conv2dAttributes> = {
  name: 'conv2d',
  infer([x, w, bias], a) {
    checkTypes(x, w)
    if (bias && (bias.dtype !== x.dtype || `${bias.shape}` !== `${w.shape[0]}`))
      refuse(`the bias must be ${x.dtype}[${w.shape[0]}], one for each kernel, not ${bias.dtype}[${bias.shape}].`)
    return { dtype: x.dtype, shape: outputShape(x.shape, w.shape, a) }
  },
  evaluate([x, w, bias], a, out) {
    const [, M, oH, oW] = out.shape
    accumulate(out, (sums) => {
      if (bias) for (let i = 0; i < sums.length; i++) sums[i] = bias.data[Math.floor(i / (oH * oW)) % M]
      walk(x.shape, w.shape, out.shape, a, (py, px, pw) => {
        sums[py] += x.data[px] * w.data[pw]
      })
    })
  },
  gradient: ({ g, inputs: [x, w], attrs: a, wanted, ops }) => [
    wanted[0] ? ops.conv2dInput(g, w, x.shape, a) : undefined,
    wanted[1] ? ops.conv2dKernel(x, g, w.shape, a) : undefined,
    ...(wanted.length > 2 ? [wanted[2] ? ops.sum(g, { axes: [0, 2, 3] }) : undefined] : []),
  ],
  onnx: (context, inputs, _, a) => context.node('Conv', inputs, onnxAttributes(a)),
  flops: ([, w], _, y) => flops(w, y),
}

interface Shaped extends Conv2dAttributes {
  readonly shape: readonly number[]
}

const conv2dInputOp: Op<Shaped> = {
  name: 'conv2dInput',
  infer([y, w], a) {
    checkTypes(y, w)
    const wanted = outputShape(a.shape, w.shape, a)
    if (wanted.some((n, i) => n !== y.shape[i]))
      refuse(`an image of shape [${a.shape.join(', ')}] would give [${wanted.join(', ')}].`)
    return { dtype: y.dtype, shape: a.shape }
  },
  evaluate([y, w], a, out) {
    accumulate(out, (sums) =>
      walk(out.shape, w.shape, y.shape, a, (py, px, pw) => {
        sums[px] += y.data[py] * w.data[pw]
      }),
    )
  },
  gradient: ({ g, inputs: [y, w], attrs: a, wanted, ops }) => [
    wanted[0] ? ops.conv2d(g, w, { ...a, padding: a.pads }) : undefined,
    wanted[1] ? ops.conv2dKernel(g, y, w.shape, a) : undefined,
  ],
  // What a stride left over at the far edges comes back as output padding.
  onnx(context, inputs, node, a) {
    const [y, w] = node.inputs
    const extra = [0, 1].map((i) => {
      const reach = (y.shape[2 + i] - 1) * a.stride[i] + a.dilation[i] * (w.shape[2 + i] - 1) + 1
      return a.shape[2 + i] + a.pads[i] + a.pads[2 + i] - reach
    })
    return context.node('ConvTranspose', inputs, { ...onnxAttributes(a), output_padding: extra })
  },
  flops: ([y, w]) => flops(w, y),
}

const conv2dKernelOp: Op<Shaped> = {
  name: 'conv2dKernel',
  infer([x, y], a) {
    checkTypes(x, y)
    const wanted = outputShape(x.shape, a.shape, a)
    if (wanted.some((n, i) => n !== y.shape[i]))
      refuse(`a kernel of shape [${a.shape.join(', ')}] would give [${wanted.join(', ')}].`)
    return { dtype: x.dtype, shape: a.shape }
  },
  evaluate([x, y], a, out) {
    accumulate(out, (sums) =>
      walk(x.shape, out.shape, y.shape, a, (py, px, pw) => {
        sums[pw] += x.data[px] * y.data[py]
      }),
    )
  },
  gradient: ({ g, inputs: [x, y], attrs: a, wanted, ops }) => [
    wanted[0] ? ops.conv2dInput(y, g, x.shape, a) : undefined,
    wanted[1] ? ops.conv2d(x, g, { ...a, padding: a.pads }) : undefined,
  ],
  flops: ([, y], _, w) => flops(w, y),
}

/**
 * Convolution (cross-correlation, as in all learning libraries) of images [N, C, H, W] with kernels [M, C / groups, kH, kW],
 * `bias` [M] added to each map where it is given.
 */
export function conv2d(x: Tensor, w: Tensor, options: Conv2dOptions & { readonly bias?: Tensor } = {}): Tensor {
  const { bias, ...others } = optionsOf(options, 'conv2d', '{ bias, padding: 1 }')
  return apply(conv2dOp, bias ? [x, w, bias] : [x, w], conv2dAttributes(others))
}
/** The gradient of `conv2d` with respect to its image of the given shape. */
export const conv2dInput = (y: Tensor, w: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor =>
  apply(conv2dInputOp, [y, w], { ...pick(a), shape })
/** The gradient of `conv2d` with respect to its kernel of the given shape. */
export const conv2dKernel = (x: Tensor, y: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor =>
  apply(conv2dKernelOp, [x, y], { ...pick(a), shape })

const pick = ({ stride, pads, dilation, groups }: Conv2dAttributes): Conv2dAttributes => ({
  stride,
  pads,
  dilation,
  groups,
})

/**
 * Transposed convolution: images [N, M, H, W] with kernels [M, C / groups, kH, kW] (PyTorch's layout) to
 * [N, C, (H − 1)·stride − pads + dilation·(kH − 1) + 1 + outputPadding, …].
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  options: Conv2dOptions & { readonly outputPadding?: number | readonly [number, number] } = {},
): Tensor {
  const a = conv2dAttributes(options)
  const { outputPadding = 0 } = options
  const extra = typeof outputPadding === 'number' ? [outputPadding, outputPadding] : outputPadding
  const call = callText('convTranspose2d', [x, w])
  if (x.rank !== 4 || w.rank !== 4)
    misuse(call, 'image and kernel need four axes: [N, M, H, W] and [M, C / groups, kH, kW]')
  if (x.shape[1] !== w.shape[0])
    misuse(call, `the image has ${x.shape[1]} channels, the kernel takes ${w.shape[0]} (it is [M, C / groups, kH, kW])`)
  if (![0, 1].every((i) => extra[i] >= 0 && extra[i] < a.stride[i]))
    misuse(call, `output padding ${extra} must be from 0 to below the stride, which is ${a.stride}`)
  const size = [0, 1].map((i) => {
    const reach = (x.shape[2 + i] - 1) * a.stride[i] + a.dilation[i] * (w.shape[2 + i] - 1) + 1
    return reach - a.pads[i] - a.pads[2 + i] + extra[i]
  })
  if (size.some((n) => n < 1)) misuse(call, `padding ${a.pads} leaves ${size.join(' × ')} of the result`)
  return conv2dInput(x, w, [x.shape[0], w.shape[1] * a.groups, ...size], a)
}
