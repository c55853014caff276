import { EpipoleError } from '@epipole/core'
import { type DType, holds } from '../dtype.js'
import { isNdArray, type NdArray, ndArray, scalarArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { isSize, type Shape, showShape } from '../shape.js'
import { apply, isTensor, kindOf, refuse, type Tensor } from '../tensor.js'

/* What graphs begin with: numbers that are known, and places for numbers that are given. */

const constantOp: Op<{ value: NdArray }> = {
  name: 'constant',
  infer: (_, { value }) =>
    isNdArray(value) ? value : refuse(`numbers with a shape are wanted (ndArray), not ${kindOf(value)}.`),
  evaluate: (_, { value }, out) => out.data.set(value.data),
  onnx: (context, _, __, { value }) => context.constant(ndArray(value.data, value.shape, value.dtype)),
  flops: () => 0,
}

/** Numbers known while tracing. Those of f32 may be given in f64: they are rounded where f32 is computed, and only there. */
export const constant = (value: NdArray): Tensor => apply(constantOp, [], { value })

/** The constant's numbers, undefined where the node is none. */
export const constantValue = (t: Tensor): NdArray | undefined =>
  t.op.name === 'constant' ? (t.attrs.value as NdArray) : undefined

/** A number as a scalar of `dtype`; a tensor as it is. */
export function asTensor(value: TensorLike, dtype: DType = 'f32'): Tensor {
  if (isTensor(value)) return value
  if (isNdArray(value)) misuse('A tensor or a number is wanted, not an array of numbers', 'constant(…) makes one of it')
  if (typeof value !== 'number') misuse(`A tensor or a number is wanted, not ${kindOf(value)}`)
  if (!holds(dtype, value)) misuse(`${value} stands beside ${dtype}, which has no such number`, 'cast first')
  return constant(dtype === 'f32' ? { dtype, shape: [], data: Float64Array.of(value) } : scalarArray(value, dtype))
}

const inputOp: Op<{ name: string; dtype: DType; shape: Shape }> = {
  name: 'input',
  infer: (_, { name, dtype, shape }) =>
    shape.every(isSize)
      ? { dtype, shape }
      : refuse(
          `"${name}" is to have shape ${showShape(shape)}: sizes are whole numbers from 0, as in f32(8, 3). (A batch may stay open in files: the option \`batch\` of toOnnx.)`,
        ),
  evaluate: (_, { name }) => {
    throw new EpipoleError('internal', `Input ${name} has no value.`)
  },
  flops: () => 0,
}

/** A place for numbers that are given when the graph runs. */
export const input = (name: string, dtype: DType, shape: Shape): Tensor => apply(inputOp, [], { name, dtype, shape })

/** A number stands for a constant of the other operand's element type. */
export type TensorLike = Tensor | number
