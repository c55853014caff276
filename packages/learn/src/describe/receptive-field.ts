import { isTensor, type NdArray, type Shape, type Tensor } from '@epipole/graph'

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
 * of windows, and the widest where ways meet (a residual block sees what its branch sees). Borders are not considered: a field may
 * exceed the image. What mixes all places (attention, global pooling, statistics of the image) sees the `image`.
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
    case 'resize2d':
      return a && resizedWindow(a, node)
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
    case 'cumsum':
      return a && (isSpatial(a.axes[node.attrs.axis as number]) ? undefined : a)
    case 'slice':
      return a && sliced(a, node)
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

/** Rows and columns between which channels were put (as by a pixel shuffle) lie closer. */
function asImage(x: Field): ReceptiveField {
  const between = (i: 0 | 1) =>
    (x.axes[2 + i] ?? []).reduce((product, { is, size }) => product * (is === 'other' ? size : 1), 1)
  return { size: x.size, jump: pair((i) => x.jump[i] / between(i)) }
}

function window(given: Field, node: Tensor, kernel: Shape): Field {
  const x = asImage(given)
  const { stride, dilation } = node.attrs as { stride: Shape; dilation: Shape }
  return {
    axes: asMap(node),
    size: pair((i) => x.size[i] + dilation[i] * (kernel[i] - 1) * x.jump[i]),
    jump: pair((i) => x.jump[i] * stride[i]),
  }
}

/**
 * A transposed convolution puts input i, by element t of its kernel, at i · stride + t · dilation. So those elements that meet at
 * one place are stride / g apart, g the greatest common divisor of stride and dilation, and their inputs dilation / g.
 */
function transposedWindow(given: Field, node: Tensor, kernel: Shape): Field {
  const x = asImage(given)
  const { stride, dilation } = node.attrs as { stride: Shape; dilation: Shape }
  const extra = (i: 0 | 1) => {
    const g = divisor(stride[i], dilation[i])
    return ((Math.ceil((kernel[i] * g) / stride[i]) - 1) * dilation[i]) / g
  }
  return {
    axes: asMap(node),
    size: pair((i) => x.size[i] + extra(i) * x.jump[i]),
    jump: pair((i) => x.jump[i] / stride[i]),
  }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** Bilinear resizing mixes two neighbours where the size changes, nearest none. */
function resizedWindow(given: Field, node: Tensor): Field {
  const x = asImage(given)
  const [from, to] = [node.inputs[0].shape, node.shape]
  const taps = (i: 0 | 1) => (node.attrs.mode === 'bilinear' && from[2 + i] !== to[2 + i] ? 2 : 1)
  return {
    axes: asMap(node),
    size: pair((i) => x.size[i] + (taps(i) - 1) * x.jump[i]),
    jump: pair((i) => (x.jump[i] * from[2 + i]) / to[2 + i]),
  }
}

/** Every second row is as far from the next as two are. */
function sliced(x: Field, node: Tensor): Field {
  const { ranges } = node.attrs as { ranges: readonly { readonly axis: number; readonly step: number }[] }
  const step = (is: Factor['is']) =>
    ranges.reduce((all, r) => all * (x.axes[r.axis].some((factor) => factor.is === is) ? r.step : 1), 1)
  const steps = [step('rows'), step('columns')]
  return { axes: resized(x, node.shape), size: x.size, jump: pair((i) => x.jump[i] * steps[i]) }
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
  if (isSpatial(one.axes[summed])) return banded(one, node, summed)
  const axes = one.axes.map((axis, i) => (i === summed ? [] : axis))
  return {
    ...one,
    axes: filled(
      node.shape.map((_, i) => axes[i - node.rank + rank] ?? []),
      node.shape,
    ),
  }
}

/**
 * Rows or columns mixed by a constant matrix [outputs, inputs] see as far as its band reaches: averages over windows that do not
 * divide the image are such a matrix.
 */
function banded(x: Field, node: Tensor, axis: number): Field | undefined {
  const [a, b] = node.inputs
  const matrix = axis === x.axes.length - 1 ? (b.op.name === 'transpose' ? b.inputs[0] : undefined) : a
  const factors = x.axes[axis]
  if (matrix?.op.name !== 'constant' || matrix.rank !== 2 || factors.length !== 1) return undefined
  const { data } = matrix.attrs.value as NdArray
  const [outputs, inputs] = matrix.shape
  const reach = Array.from({ length: outputs }, (_, row) => {
    const used = Array.from(data.subarray(row * inputs, (row + 1) * inputs), (v) => v !== 0)
    return used.lastIndexOf(true) - used.indexOf(true)
  })
  const [{ is }] = factors
  const mixed = (i: 0 | 1) => is === (i === 0 ? 'rows' : 'columns')
  return {
    axes: x.axes.map((old, i) => (i === axis ? [{ is, size: outputs }] : old)),
    size: pair((i) => x.size[i] + (mixed(i) ? Math.max(...reach) * x.jump[i] : 0)),
    jump: pair((i) => (mixed(i) ? (x.jump[i] * inputs) / outputs : x.jump[i])),
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
