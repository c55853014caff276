import { isFloat } from '../dtype.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { ONNX_DTYPE } from '../ops/select.js'
import type { Tensor } from '../tensor.js'
import type { OnnxWriter } from './writer.js'

/** The axis of an input from which the batch is read at run time. */
export interface Source {
  readonly input: string
  readonly axis: number
  /** The batch as two graphs have it. */
  readonly sizes: readonly [number, number]
}

/** Where a constant stands: which input of which operator, and the two graphs' nodes that it says. */
export interface Place {
  readonly type: string
  readonly input: number
  readonly said: readonly [Tensor | undefined, Tensor | undefined]
}

/** Behind all elements of an axis, for Slice. */
const LAST = 2 ** 31 - 1

/**
 * A constant that differs between two batch sizes, said so that it holds for all: what a Reshape leaves over as −1, places of a Slice
 * counted from the end, and else computed from the batch: lists of sizes that are linear in it, floats that are multiples of it or of
 * its inverse, and one number repeated over a shape. Undefined where it is nothing of these.
 */
export function openConstant(
  writer: OnnxWriter,
  a: NdArray,
  b: NdArray,
  place: Place,
  source: Source,
): string | undefined {
  const [p, q] = [Array.from(a.data), Array.from(b.data)]
  const sameShape = `${a.shape}` === `${b.shape}`
  if (a.dtype === 'i64' && sameShape) {
    const exact = leftOver(p, q, place) ?? fromTheEnd(p, q, place)
    return exact === undefined ? linear(writer, p, q, source) : writer.ints(exact)
  }
  if (p.length > 0 && [...p, ...q].every((v) => Object.is(v, p[0]))) {
    const shape = a.shape.length === b.shape.length ? linear(writer, a.shape, b.shape, source) : undefined
    return shape && writer.node('Expand', [writer.constant(ndArray([p[0]], [], a.dtype)), shape])
  }
  return isFloat(a.dtype) && sameShape ? multiple(writer, a, b, source) : undefined
}

function leftOver(p: readonly number[], q: readonly number[], { type, input }: Place): number[] | undefined {
  const moving = p.filter((v, i) => v !== q[i]).length
  if (type !== 'Reshape' || input !== 1 || moving !== 1 || p.includes(0) || q.includes(0)) return undefined
  return p.map((v, i) => (v === q[i] ? v : -1))
}

function fromTheEnd(p: readonly number[], q: readonly number[], { type, input, said }: Place): number[] | undefined {
  if (type !== 'Slice' || (input !== 1 && input !== 2)) return undefined
  const [one, two] = said.map((node) => {
    const ranges = (node?.attrs.ranges ?? []) as readonly { readonly axis: number }[]
    return ranges.map(({ axis }) => node?.inputs[0].shape[axis] as number)
  })
  if (!p.every((v, i) => v === q[i] || one[i] - v === two[i] - q[i])) return undefined
  return p.map((v, i) => (v === q[i] ? v : v === one[i] ? LAST : v - one[i]))
}

const batch = (writer: OnnxWriter, { input, axis }: Source): string =>
  writer.node('Gather', [writer.node('Shape', [input]), writer.ints([axis])], { axis: 0 })

/** slope · batch + start, where slope and start are what the two sizes say. */
function linear(writer: OnnxWriter, p: readonly number[], q: readonly number[], source: Source): string | undefined {
  const [n, m] = source.sizes
  const slope = p.map((v, i) => (q[i] - v) / (m - n))
  if (!slope.every(Number.isInteger)) return undefined
  const scaled = writer.node('Mul', [batch(writer, source), writer.ints(slope)])
  return writer.node('Add', [scaled, writer.ints(p.map((v, i) => v - n * slope[i]))])
}

/** c · batch or c / batch. */
function multiple(writer: OnnxWriter, a: NdArray, b: NdArray, source: Source): string | undefined {
  const [n, m] = source.sizes
  const agree = (f: (v: number, size: number) => number) =>
    a.data.every((v, i) => Math.abs(f(v, n) - f(b.data[i], m)) <= 1e-6 * Math.abs(f(v, n)))
  const size = () => writer.node('Cast', [batch(writer, source)], { to: ONNX_DTYPE[a.dtype] })
  const c = (f: (v: number) => number) => writer.constant(ndArray(Array.from(a.data, f), a.shape, a.dtype))
  if (agree((v, k) => v / k)) return writer.node('Mul', [c((v) => v / n), size()])
  return agree((v, k) => v * k) ? writer.node('Div', [c((v) => v * n), size()]) : undefined
}
