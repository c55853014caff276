import { isTensor, type Shape, type Tensor } from '@epipole/graph'

/** How much of the image one unit sees, and how far apart neighbouring units look; in pixels, rows and columns. */
export interface ReceptiveField {
  readonly size: readonly [number, number]
  readonly jump: readonly [number, number]
}

/** What is known of a node: its field and which factors of its axes are rows and columns; `image` where it sees everything. */
type Field = { readonly axes: readonly (readonly Factor[])[] } & ReceptiveField
interface Factor {
  readonly is: 'rows' | 'columns' | 'other'
  readonly size: number
}
type Known = Field | 'image' | undefined

/**
 * The receptive field of every node that depends on `image` [N, C, H, W], by the recurrence (Araujo et al. 2019)
 *   size ← size + dilation · (k − 1) · jump,  jump ← jump · stride
 * of windows, and the union where ways meet. Borders are not considered: a field may exceed the image. What mixes all places
 * (attention, global pooling, statistics of the image) sees the `image`.
 */
export function receptiveFields(nodes: readonly Tensor[], image: Tensor): Map<Tensor, ReceptiveField | 'image'> {
  const known = new Map<Tensor, Field | 'image'>()
  known.set(image, {
    axes: image.shape.map((size, i) => [{ is: i === 2 ? 'rows' : i === 3 ? 'columns' : 'other', size } as const]),
    size: [1, 1],
    jump: [1, 1],
  })
  for (const node of nodes) {
    if (known.has(node)) continue
    const inputs = node.inputs.map((t) => known.get(t))
    if (inputs.every((k) => k === undefined)) continue
    known.set(node, inputs.includes('image') ? 'image' : (step(node, inputs as (Field | undefined)[]) ?? 'image'))
  }
  return known
}

/** The field of a node from those of its inputs; undefined where it sees everything. */
function step(node: Tensor, inputs: readonly (Field | undefined)[]): Field | undefined {
  const [a, b] = inputs
  switch (node.op.name) {
    case 'conv2d':
      return a && b === undefined ? window(a, node, node.inputs[1].shape.slice(2)) : undefined
    case 'maxPool2d':
    case 'avgPool2d':
      return a && window(a, node, node.attrs.kernel as Shape)
    case 'conv2dInput':
      return a && b === undefined ? transposedWindow(a, node, node.inputs[1].shape.slice(2)) : undefined
    case 'transpose':
      return a && { ...a, axes: (node.attrs.perm as readonly number[]).map((p) => a.axes[p]) }
    case 'reshape':
      return a && reshaped(a, node.shape)
    case 'matmul':
      return product(node, a, b)
    case 'sum':
    case 'mean':
    case 'max':
    case 'min':
      return a && reduced(a, node)
    case 'softmax':
    case 'logSoftmax':
      return a && (isSpatial(a.axes[node.attrs.axis as number]) ? undefined : a)
    case 'slice':
    case 'pad':
    case 'concat':
      return merged(
        inputs.map((f) => f && { ...f, axes: resized(f, node.shape) }),
        node.shape,
      )
    default:
      return sameSizes(node, inputs) ? merged(inputs, node.shape) : undefined
  }
}

const isSpatial = (axis: readonly Factor[]): boolean => axis.some(({ is }) => is !== 'other')
const pair = (f: (i: 0 | 1) => number): [number, number] => [f(0), f(1)]

/** A map whose rows and columns are axes 2 and 3. */
const asMap = (node: Tensor): Field['axes'] =>
  node.shape.map((size, i) => [{ is: i === 2 ? 'rows' : i === 3 ? 'columns' : 'other', size }])

function window(x: Field, node: Tensor, kernel: Shape): Field {
  const { stride, dilation } = node.attrs as { stride: Shape; dilation: Shape }
  return {
    axes: asMap(node),
    size: pair((i) => x.size[i] + dilation[i] * (kernel[i] - 1) * x.jump[i]),
    jump: pair((i) => x.jump[i] * stride[i]),
  }
}

/** Of a transposed convolution each place receives from ⌈extent / stride⌉ places. */
function transposedWindow(x: Field, node: Tensor, kernel: Shape): Field {
  const { stride, dilation } = node.attrs as { stride: Shape; dilation: Shape }
  const taps = (i: 0 | 1) => Math.ceil((dilation[i] * (kernel[i] - 1) + 1) / stride[i])
  return {
    axes: asMap(node),
    size: pair((i) => x.size[i] + (taps(i) - 1) * x.jump[i]),
    jump: pair((i) => x.jump[i] / stride[i]),
  }
}

/** Factors regrouped to new axes; rows or columns that would be torn apart are lost. */
function reshaped(x: Field, shape: Shape): Field | undefined {
  const queue = x.axes.flat().filter(({ size }) => size !== 1)
  const axes: Factor[][] = []
  for (const size of shape) {
    const axis: Factor[] = []
    for (let left = size; left > 1; ) {
      const next = queue.shift()
      if (next === undefined) return undefined
      if (left % next.size === 0) {
        axis.push(next)
        left /= next.size
        continue
      }
      if (next.is !== 'other' || next.size % left !== 0) return undefined
      axis.push({ is: 'other', size: left })
      queue.unshift({ is: 'other', size: next.size / left })
      left = 1
    }
    axes.push(axis)
  }
  return { ...x, axes }
}

/** Axes that came to their size by a product or by repetition, as one factor. */
const filled = (axes: Field['axes'], shape: Shape): Field['axes'] =>
  axes.map((axis, i) => (axis.length > 0 || shape[i] === 1 ? axis : [{ is: 'other', size: shape[i] }]))

function product(node: Tensor, a: Field | undefined, b: Field | undefined): Field | undefined {
  if (a !== undefined && b !== undefined) return undefined
  const one = (a ?? b) as Field
  const rank = one.axes.length
  const summed = rank - (a ? 1 : 2)
  if (isSpatial(one.axes[summed])) return undefined
  const axes = one.axes.map((axis, i) => (i === summed ? [] : axis))
  return {
    ...one,
    axes: filled(
      node.shape.map((_, i) => axes[i - node.rank + rank] ?? []),
      node.shape,
    ),
  }
}

function reduced(x: Field, node: Tensor): Field | undefined {
  const { axes, keepDims } = node.attrs as { axes: readonly number[]; keepDims: boolean }
  if (axes.some((axis) => isSpatial(x.axes[axis]))) return undefined
  const left = x.axes.map((axis, i) => (axes.includes(i) ? [] : axis))
  return { ...x, axes: keepDims ? left : left.filter((_, i) => !axes.includes(i)) }
}

/** Axes of another size after a slice, pad or join: rows stay rows. */
const resized = (x: Field, shape: Shape): Field['axes'] =>
  x.axes.map((axis, i) => (axis.length === 1 ? [{ ...axis[0], size: shape[i] }] : axis))

const sameSizes = (node: Tensor, inputs: readonly (Field | undefined)[]): boolean =>
  node.inputs.filter(isTensor).every((t, i) => inputs[i] === undefined || broadcasts(t.shape, node.shape))

const broadcasts = (from: Shape, to: Shape): boolean =>
  from.length <= to.length && from.every((n, i) => n === 1 || n === to[to.length - from.length + i])

/** The union of fields, aligned at the last axis. */
function merged(fields: readonly Known[], shape: Shape): Field | undefined {
  const given = fields.filter((f): f is Field => f !== undefined && f !== 'image')
  const axes = shape.map((_, i) => {
    const all = given.map((f) => f.axes[i - shape.length + f.axes.length] ?? [])
    return all.find(isSpatial) ?? all.find((axis) => axis.length > 0) ?? []
  })
  return {
    axes: filled(axes, shape),
    size: pair((i) => Math.max(...given.map((f) => f.size[i]))),
    jump: pair((i) => Math.max(...given.map((f) => f.jump[i]))),
  }
}
