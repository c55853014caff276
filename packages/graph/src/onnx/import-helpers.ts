import type { DType } from '../dtype.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { ImportNode } from './import-node.js'

/** What an operator of ONNX is in ours: the outputs of a node. */
export type Import = (node: ImportNode) => Tensor[]
export type ImportTable = Readonly<Record<string, Import>>

/** A list of whole numbers as i64. */
export const ints = (values: readonly number[], shape: Shape = [values.length]) =>
  constant(ndArray(Float64Array.from(values), shape, 'i64'))
export const filled = (value: number, shape: Shape, dtype: DType) =>
  ops.expand(constant(ndArray([value], [], dtype)), shape)
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

export const unary =
  (f: (x: Tensor, node: ImportNode) => Tensor): Import =>
  (node) => [f(node.input(0), node)]
export const binary =
  (f: (a: Tensor, b: Tensor, node: ImportNode) => Tensor): Import =>
  (node) => [f(node.input(0), node.input(1), node)]

/** Computed in i64 or f32, whatever the element type: ours are defined for one, ONNX's for more. */
export const through = (dtype: DType, x: Tensor, f: (x: Tensor) => Tensor): Tensor =>
  ops.cast(f(ops.cast(x, dtype)), x.dtype)

/** Places from either end, as places from the start. */
export function fromStart(places: Tensor, n: number): Tensor {
  const whole = ops.cast(places, 'i64')
  return ops.where(ops.less(whole, 0), ops.add(whole, n), whole)
}

/** Along axis 1, the channels. */
export const perChannel = (t: Tensor, rank: number): Tensor =>
  ops.reshape(t, [1, -1, ...range(Math.max(0, rank - 2)).map(() => 1)])

/** All elements in one row. */
export const flat = (x: Tensor): Tensor => ops.reshape(x, [sizeOf(x.shape)])
