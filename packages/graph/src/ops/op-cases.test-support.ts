import { readFileSync } from 'node:fs'
import type { DType } from '../dtype.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import * as ops from './index.js'
import { constant } from './sources.js'

const table = ops as unknown as Readonly<Record<string, (...given: unknown[]) => Tensor>>

/** What PyTorch says of an operation (`oracle/torch_cases.py`): its value and the gradients of Σ value · weight. */
export interface OpCase {
  readonly op: string
  readonly seed: number
  readonly inputs: readonly (readonly [kind: string, shape: Shape])[]
  readonly attrs: Readonly<Record<string, unknown>>
  readonly shape: Shape
  readonly output: readonly (number | string)[]
  /** One for each input, null where it is no float; none where the value is no float. */
  readonly grads: readonly ((number | string)[] | null)[]
  /** The inputs have ties, so that central differences say nothing. */
  readonly kink?: boolean
}

const folder = new URL('../../oracle/', import.meta.url)
export const readOracle = <T>(file: string): T[] =>
  readFileSync(new URL(file, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

export const opCases = (): OpCase[] => readOracle<OpCase>('torch-cases.jsonl')

/** The oracle's generator: s ← 16807 s mod (2³¹ − 1), u = s / (2³¹ − 1); both sides draw the same numbers. */
export function drawer(seed: number): (kind: string, shape: Shape, dtype?: DType) => NdArray {
  let state = seed
  const next = (): number => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
  const kinds: Record<string, (u: number) => number> = {
    any: (u) => u * 4 - 2,
    positive: (u) => u * 2 + 0.5,
    unit: (u) => u * 1.8 - 0.9,
    wide: (u) => u * 60 - 30,
    ties: (u) => Math.floor(u * 3) - 1,
    bool: (u) => (u < 0.5 ? 1 : 0),
  }
  return (kind, shape, dtype = kind === 'bool' ? 'bool' : kind in kinds ? 'f64' : 'i64') => {
    const f = kinds[kind] ?? ((u: number) => Math.floor(u * Number(kind)))
    return ndArray(
      Float64Array.from({ length: sizeOf(shape) }, () => f(next())),
      shape,
      dtype,
    )
  }
}

type Build = (xs: readonly Tensor[], attrs: never) => Tensor
const pair = (v: number | readonly [number, number]) => (typeof v === 'number' ? ([v, v] as const) : v)
const sides = (v: number | readonly [number, number]) =>
  [...pair(v), ...pair(v)] as unknown as [number, number, number, number]
type Window = { kernel?: number; stride?: number; padding?: number; dilation?: number; groups?: number }
const window = ({ kernel = 1, stride, padding = 0, dilation = 1, groups = 1 }: Window) => ({
  kernel: pair(kernel),
  stride: pair(stride ?? kernel),
  pads: sides(padding),
  dilation: pair(dilation),
  groups,
})
const conv = (a: Window) => window({ stride: 1, ...a })
const plain = Object.fromEntries(
  [
    ...['abs', 'add', 'and', 'ceil', 'cos', 'div', 'embedding', 'equal', 'erf', 'exp', 'expm1', 'floor', 'greater'],
    ...['greaterEqual', 'less', 'lessEqual', 'log', 'log1p', 'matmul', 'maximum', 'minimum', 'mul', 'neg', 'not', 'or'],
    ...['pow', 'reciprocal', 'relu', 'round', 'sigmoid', 'sign', 'sin', 'softplus', 'sqrt', 'square', 'sub', 'tanh'],
    'where',
  ].map((name) => [name, (xs: readonly Tensor[]) => table[name](...xs)]),
)
const reduce = Object.fromEntries(
  ['logSumExp', 'max', 'mean', 'min', 'normalize', 'sum', 'variance'].map((name) => [
    name,
    ([x]: readonly Tensor[], a: ops.ReduceOptions) => table[name](x, { ...a, axes: a.axes ?? undefined }),
  ]),
)

type GridCase = { scale: number | number[]; zeroPoint: number | number[]; axis: number }
const listed = (v: number | number[], dtype: DType) =>
  constant(typeof v === 'number' ? ndArray([v], [], dtype) : ndArray(v, [v.length], dtype))

/** How each operation is called with a case's tensors and attributes: all exported operations are here. */
export const buildOp: Readonly<Record<string, Build>> = {
  ...plain,
  ...reduce,
  adaptiveAvgPool2d: ([x], { size }: { size: number }) => ops.adaptiveAvgPool2d(x, size),
  argmax: ([x], { axis, keepDims }: { axis: number; keepDims: boolean }) => ops.argmax(x, axis, keepDims),
  argmin: ([x], { axis, keepDims }: { axis: number; keepDims: boolean }) => ops.argmin(x, axis, keepDims),
  attention: ([q, k, v, mask], { causal }: { causal?: boolean }) => ops.attention(q, k, v, { mask, causal }),
  avgPool2d: ([x], a: ops.AvgPool2dOptions) => ops.avgPool2d(x, a),
  avgPool2dInput: ([y], a: Window & { shape: Shape }) => ops.avgPool2dInput(y, a.shape, window(a)),
  cast: ([x], { to }: { to: DType }) => ops.cast(x, to),
  clamp: ([x], a: { min?: number; max?: number }) => ops.clamp(x, a),
  concat: (xs, { axis }: { axis: number }) => ops.concat(xs, axis),
  conv2d: ([x, w, bias], a: ops.Conv2dOptions) => ops.conv2d(x, w, { ...a, bias }),
  conv2dInput: ([y, w], a: Window & { shape: Shape }) => ops.conv2dInput(y, w, a.shape, conv(a)),
  conv2dKernel: ([x, y], a: Window & { shape: Shape }) => ops.conv2dKernel(x, y, a.shape, conv(a)),
  convTranspose2d: ([x, w], a: ops.Conv2dOptions) => ops.convTranspose2d(x, w, a),
  cumsum: ([x], { axis, reverse }: { axis: number; reverse: boolean }) => ops.cumsum(x, axis, { reverse }),
  dequantize: ([q], { of, axis, ...grid }: GridCase & { of: DType }) => {
    const whole = of === 'i8' ? ops.cast(ops.sub(q, 128), of) : ops.cast(q, of)
    return ops.dequantize(whole, listed(grid.scale, 'f32'), listed(grid.zeroPoint, of), { axis })
  },
  dilate: ([x], { axis, step }: { axis: number; step: number }) => ops.dilate(x, axis, step),
  expand: ([x], { shape }: { shape: Shape }) => ops.expand(x, shape),
  fakeQuantize: ([x], { scale, ...rest }: ops.QuantizationGrid & { scale: number | number[] }) => {
    const along = x.shape.map((n) => (typeof scale !== 'number' && n === scale.length ? n : 1))
    const spread = typeof scale === 'number' ? scale : ops.cast(ops.reshape(listed(scale, 'f32'), along), x.dtype)
    return ops.fakeQuantize(x, { ...rest, scale: spread })
  },
  flatten: ([x], { start }: { start: number }) => ops.flatten(x, start),
  gather: ([x, i], { axis }: { axis: number }) => ops.gather(x, i, axis),
  logSoftmax: ([x], { axis }: { axis: number }) => ops.logSoftmax(x, axis),
  maxPool2d: ([x], a: ops.Pool2dOptions) => ops.maxPool2d(x, a),
  maxPool2dPlaces: ([x], a: Window) => ops.maxPool2dPlaces(x, window(a)),
  moments: ([x], a: ops.ReduceOptions) => ops.moments(x, { ...a, axes: a.axes ?? undefined }).variance,
  oneHot: ([i], { depth }: { depth: number }) => ops.oneHot(i, depth),
  orthogonalize: ([x], { steps }: { steps: number }) => ops.orthogonalize(x, steps),
  pad: ([x], { pads, value }: { pads: [number, number][]; value: number }) => ops.pad(x, pads, value),
  quantize: ([x], { to, axis, scale, zeroPoint }: GridCase & { to: DType }) =>
    ops.quantize(x, listed(scale, x.dtype), listed(zeroPoint, to), { axis }),
  reshape: ([x], { shape }: { shape: Shape }) => ops.reshape(x, shape),
  resize2d: ([x], { size, mode }: { size: [number, number]; mode: ops.ResizeMode }) => ops.resize2d(x, size, mode),
  scatterAdd: ([i, rows], { shape, axis }: { shape: Shape; axis: number }) => ops.scatterAdd(i, rows, shape, axis),
  slice: ([x], a: { axis: number; start: number; end: number | null; step: number }) =>
    ops.slice(x, a.axis, a.start, a.end ?? undefined, a.step),
  softmax: ([x], { axis }: { axis: number }) => ops.softmax(x, axis),
  split: ([x], { sizes, axis }: { sizes: number[]; axis: number }) => ops.split(x, sizes, axis).at(-1) as Tensor,
  stack: (xs, { axis }: { axis: number }) => ops.stack(xs, axis),
  sumTo: ([x], { shape }: { shape: Shape }) => ops.sumTo(x, shape),
  transpose: ([x], { perm }: { perm: number[] | null }) => ops.transpose(x, perm ?? undefined),
}
