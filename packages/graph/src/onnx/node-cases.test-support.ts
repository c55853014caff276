import { create } from '@bufbuild/protobuf'
import { randomStream } from '@epipole/core'
import { isFloat } from '../dtype.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { lower, modelBytes, valueInfo } from './lower.js'
import { type AttributeProto, AttributeProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from './onnx.generated.js'
import { tensorProto } from './tensor-proto.js'

const random = randomStream(5)
const draw = (...shape: number[]) =>
  ndArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  )
const near = (...shape: number[]) => ndArray(draw(...shape).data.map((v) => Math.tanh(v) * 0.9) as Float32Array, shape)
const longs = (...values: number[]) => ndArray(values, [values.length], 'i64')
const table = (rows: number[][]) => ndArray(rows.flat(), [rows.length, rows[0].length], 'i64')
const long = (value: number) => ndArray([value], [], 'i64')
const bools = (...values: number[]) => ndArray(values, [values.length], 'bool')

const bytes = (dtype: 'u8' | 'i8', ...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return ndArray(
    Array.from({ length: size }, () => random.int(200) - (dtype === 'i8' ? 100 : 0)),
    shape,
    dtype,
  )
}
const scalar = (value: number, dtype: 'f32' | 'u8' | 'i8' = 'f32') => ndArray([value], [], dtype)

type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>
/** A model of one node. */
export interface NodeCase {
  readonly type: string
  readonly attributes: Attributes
  /** Constants of the model are those that are no floats, or that are named so. */
  readonly inputs: readonly (NdArray | undefined)[]
  readonly constants?: readonly number[]
  readonly outputs?: number
}

const float = (value: number) => ({ float: value })
export const nodeCases: NodeCase[] = []
const add = (type: string, inputs: NodeCase['inputs'], attributes: Attributes = {}, more: Partial<NodeCase> = {}) =>
  nodeCases.push({ type, inputs, attributes, ...more })

for (const type of ['Tan', 'Sinh', 'Cosh', 'Asinh', 'Celu', 'IsNaN', 'Shrink', 'ThresholdedRelu'])
  add(type, [draw(3, 5)])
add('Atanh', [near(3, 5)])
add('Acosh', [ndArray([1, 1.5, 2, 30], [4])])
add('Celu', [draw(7)], { alpha: float(2.5) })
add('Shrink', [draw(7)], { bias: float(0.3), lambd: float(0.8) })
add('Elu', [draw(7)], { alpha: float(0.7) })
add('Selu', [draw(7)])
add('HardSigmoid', [draw(7)], { alpha: float(0.4) })
add('IsInf', [ndArray([1, Infinity, -Infinity, Number.NaN], [4])])
add('IsInf', [ndArray([1, Infinity, -Infinity, Number.NaN], [4])], { detect_negative: 0 })
add('Mod', [ndArray([7, -7, 7, -7, 6], [5], 'i32'), ndArray([3, 3, -3, -3, 3], [5], 'i32')])
add('Mod', [ndArray([7.5, -7.5, 7.5, -7.5], [4]), ndArray([3, 3, -3, -3], [4])], { fmod: 1 })

add(
  'GatherElements',
  [
    draw(3, 4),
    table([
      [0, -1, 2, 1],
      [2, 0, 0, -3],
    ]),
  ],
  { axis: 0 },
)
add(
  'GatherElements',
  [
    draw(2, 3),
    table([
      [0, 2],
      [-1, 1],
    ]),
  ],
  { axis: 1 },
)
add('GatherND', [
  draw(2, 3, 4),
  table([
    [0, 2],
    [1, -1],
  ]),
])
add('GatherND', [draw(2, 3, 4), table([[2], [0]])], { batch_dims: 1 })
add(
  'ScatterElements',
  [
    draw(3, 3),
    table([
      [1, 0, 2],
      [0, 2, 1],
    ]),
    draw(2, 3),
  ],
  { axis: 0 },
)
add(
  'ScatterElements',
  [
    draw(2, 3),
    table([
      [0, 0],
      [-1, 1],
    ]),
    draw(2, 2),
  ],
  { axis: 1, reduction: 'add' },
)
add('ScatterND', [draw(4, 3), table([[2], [0]]), draw(2, 3)])
add(
  'ScatterND',
  [
    draw(2, 3),
    table([
      [0, 1],
      [0, 1],
      [1, -1],
    ]),
    draw(3),
  ],
  { reduction: 'add' },
)
add('OneHot', [longs(0, 2, -1), long(3), ndArray([-1, 4], [2])], { axis: 0 }, { constants: [1] })
add('Trilu', [draw(2, 3, 4), long(1)])
add('Trilu', [draw(4, 3), long(-1)], { upper: 0 })
add('EyeLike', [draw(3, 4)], { k: 1 })
add('Range', [long(2), long(11), long(3)])
add('Range', [long(2), long(2), long(3)])
add('Hardmax', [draw(2, 3, 4)], { axis: 1 })
add('ReverseSequence', [draw(4, 3, 2), longs(1, 4, 2)])
add('Compress', [draw(3, 2), bools(1, 0, 1)], { axis: 0 })
add('Compress', [draw(3, 2), bools(0, 1, 1, 0, 1)])

add('DepthToSpace', [draw(2, 8, 2, 3)], { blocksize: 2 })
add('DepthToSpace', [draw(2, 8, 2, 3)], { blocksize: 2, mode: 'CRD' })
add('SpaceToDepth', [draw(2, 2, 4, 6)], { blocksize: 2 })
for (const [equation, ...shapes] of [
  ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
  ['ij,jk', [3, 4], [4, 2]],
  ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 5]],
  ['i,j,k->kij', [2], [3], [4]],
  ['ij->', [3, 4]],
  ['ij->ji', [3, 4]],
  ['ii->i', [3, 3]],
  ['bii', [2, 3, 3]],
  ['bqhd,bkhd->bhqk', [2, 3, 2, 4], [2, 5, 2, 4]],
  ['ij,ij,jk->k', [2, 3], [2, 3], [3, 4]],
] as [string, ...number[][]][])
  add(
    'Einsum',
    shapes.map((shape) => draw(...shape)),
    { equation },
  )
for (const mode of ['edge', 'reflect', 'wrap']) add('Pad', [draw(3, 4), longs(1, 2, 2, 1)], { mode })
add('Pad', [draw(3, 4), longs(0, -1, 2, -2)])
add('ReduceProd', [draw(3, 5, 2), longs(1)], { keepdims: 0 })
add('ReduceProd', [draw(3, 7)])
add('CumSum', [draw(2, 4), long(1)], { exclusive: 1, reverse: 1 })
add('ArgMax', [ndArray([1, 3, 3, 2, 5, 5], [2, 3])], { axis: 1, select_last_index: 1 })

add('BatchNormalization', [draw(4, 3, 2), draw(3), draw(3), draw(3), ndArray([1, 2, 3], [3])])
add('LayerNormalization', [draw(3, 4, 5), draw(4, 5), draw(4, 5)], { axis: 1, epsilon: float(0.01) }, { outputs: 3 })
add('InstanceNormalization', [draw(2, 3, 4, 4), draw(3), draw(3)])
add('LpNormalization', [draw(3, 4)], { axis: 0, p: 1 })
add('LpNormalization', [draw(3, 4)])
add('LRN', [draw(1, 5, 2, 2)], { size: 3, alpha: float(0.02), bias: float(1.5) })
add('MeanVarianceNormalization', [draw(2, 3, 2, 2)])
// (ONNX Runtime 1.30 computes these losses for training builds only; the ONNX project's tests have 86 cases.)

add('Conv', [draw(2, 3, 9), draw(4, 3, 3), draw(4)], { strides: [2], pads: [1, 1] })
add('Conv', [draw(1, 2, 5, 6), draw(3, 2, 3, 3)], { auto_pad: 'SAME_LOWER', strides: [2, 2] })
add('ConvTranspose', [draw(1, 2, 5), draw(2, 3, 3), draw(3)], { strides: [2], output_padding: [1] })
add('ConvTranspose', [draw(1, 2, 4, 5), draw(2, 3, 3, 3)], { strides: [2, 3], output_shape: [9, 14] })
add('MaxPool', [draw(1, 2, 9)], { kernel_shape: [3], strides: [2], ceil_mode: 1 })
add('MaxPool', [draw(1, 2, 6, 6)], { kernel_shape: [3, 3], pads: [2, 2, 2, 2] })
add('MaxPool', [draw(1, 2, 6, 6)], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: 2 })
add('AveragePool', [draw(1, 2, 6)], { kernel_shape: [4], strides: [3], ceil_mode: 1 })
add('AveragePool', [draw(1, 2, 6, 6)], { kernel_shape: [3, 3], pads: [2, 2, 2, 2] })
add('AveragePool', [draw(1, 2, 6, 6)], { kernel_shape: [3, 3], pads: [2, 2, 2, 2], count_include_pad: 1 })

const resized = (attributes: Attributes, scales: number[] | undefined, sizes?: number[]) =>
  add(
    'Resize',
    [draw(1, 2, 4, 5), undefined, scales && ndArray(scales, [4]), ...(sizes ? [longs(...sizes)] : [])],
    attributes,
    { constants: [2] },
  )
for (const coordinates of ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']) {
  const rule = { coordinate_transformation_mode: coordinates }
  for (const mode of ['nearest', 'linear', 'cubic']) resized({ ...rule, mode }, undefined, [1, 2, 7, 3])
  for (const nearest_mode of ['floor', 'ceil', 'round_prefer_ceil']) resized({ ...rule, nearest_mode }, [1, 1, 2, 0.6])
}
resized({ mode: 'cubic', exclude_outside: 1, cubic_coeff_a: float(-0.5) }, [1, 1, 1.5, 2])
// Nearest elements are taken as they are: of any type and number of axes, infinite ones without a trace in their neighbours.
add('Resize', [bytes('u8', 1, 2, 4, 5), undefined, undefined, longs(1, 2, 7, 3)])
add('Resize', [ndArray([1, Infinity, -2, Number.NaN, 3], [5]), undefined, undefined, longs(8)])

for (const [type, gates] of [
  ['RNN', 1],
  ['GRU', 3],
  ['LSTM', 4],
] as const)
  for (const direction of ['forward', 'bidirectional']) {
    const d = direction === 'forward' ? 1 : 2
    const weights = [draw(d, gates * 3, 2), draw(d, gates * 3, 3), draw(d, 2 * gates * 3)]
    const states = [draw(d, 4, 3), ...(type === 'LSTM' ? [draw(d, 4, 3), draw(d, 9)] : [])]
    const more: Attributes = type === 'GRU' ? { linear_before_reset: d - 1 } : {}
    add(
      type,
      [draw(5, 4, 2), ...weights, undefined, ...states],
      { hidden_size: 3, direction, ...more },
      { outputs: type === 'LSTM' ? 3 : 2 },
    )
  }

add('DynamicQuantizeLinear', [draw(5, 7)], {}, { outputs: 3 })
add('MatMulInteger', [bytes('u8', 3, 4), bytes('u8', 4, 2), scalar(9, 'u8'), scalar(100, 'u8')])
add('ConvInteger', [bytes('u8', 1, 2, 4, 4), bytes('u8', 3, 2, 3, 3), scalar(7, 'u8')], { pads: [1, 1, 1, 1] })
add('QLinearMatMul', [
  ...[bytes('u8', 3, 4), scalar(0.02), scalar(90, 'u8'), bytes('u8', 4, 2), scalar(0.03), scalar(110, 'u8')],
  ...[scalar(0.09), scalar(120, 'u8')],
])
add('QLinearConv', [
  ...[bytes('u8', 1, 2, 4, 4), scalar(0.02), scalar(90, 'u8')],
  ...[bytes('i8', 3, 2, 3, 3), ndArray([0.01, 0.02, 0.03], [3]), ndArray([0, 0, 0], [3], 'i8')],
  ...[scalar(0.15), scalar(120, 'u8'), ndArray([100, -500, 20], [3], 'i32')],
])

function attributeProto(name: string, value: Attributes[string]): AttributeProto {
  const text = typeof value === 'string' ? { s: new TextEncoder().encode(value), type: 3 } : undefined
  const number = typeof value === 'number' ? { i: BigInt(value), type: 2 } : undefined
  const list = Array.isArray(value) ? { ints: value.map(BigInt), type: 7 } : undefined
  const given = text ?? number ?? list ?? { f: (value as { float: number }).float, type: 1 }
  return create(AttributeProtoSchema, { name, ...given } as never)
}

/** The case as a file, and what it is fed. */
export function modelOf({ type, attributes, inputs, constants = [], outputs = 1 }: NodeCase) {
  const fed = (i: number) => inputs[i] !== undefined && isFloat(inputs[i].dtype) && !constants.includes(i)
  const model = lower({ inputs: [], outputs: [], nodes: [] })
  const present = inputs.flatMap((value, i) => (value === undefined ? [] : [{ name: `x${i}`, value, fed: fed(i) }]))
  Object.assign(model.graph as object, {
    node: [
      create(NodeProtoSchema, {
        opType: type,
        input: inputs.map((value, i) => (value === undefined ? '' : `x${i}`)),
        output: Array.from({ length: outputs }, (_, i) => `y${i}`),
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    ],
    initializer: present.filter((x) => !x.fed).map(({ name, value }) => tensorProto(name, value)),
    input: present.filter((x) => x.fed).map(({ name, value }) => valueInfo(name, value)),
    output: Array.from({ length: outputs }, (_, i) => create(ValueInfoProtoSchema, { name: `y${i}` })),
  })
  return { bytes: modelBytes(model), feeds: present.filter((x) => x.fed) }
}
