import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { type Shape, sizeOf, stridesOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { binary, filled, flat, fromStart, type ImportTable, ints, range, unary } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

/*
 * Looking up and writing at places. All of it becomes one look-up, or one addition, in the flat row of elements: rows of places are
 * turned into places in that row first.
 */

/** For each element of `shape`, its part of the place in `data`'s row, along all axes but those left out. */
function gridPlaces(node: ImportNode, shape: Shape, data: Shape, without: readonly number[]): Tensor {
  const strides = stridesOf(data)
  const steps = stridesOf(shape)
  const place = (i: number) =>
    shape.reduce(
      (s, n, axis) => s + (without.includes(axis) ? 0 : (Math.floor(i / steps[axis]) % n) * strides[axis]),
      0,
    )
  return ints(node.range(sizeOf(shape)).map(place), shape)
}

/** Places of single elements: along `axis` as given, along the others where they stand. */
function elementPlaces(node: ImportNode, data: Tensor, indices: Tensor): Tensor {
  const axis = node.axis('axis', 0, data.shape)
  const along = ops.mul(fromStart(indices, data.shape[axis]), stridesOf(data.shape)[axis])
  return ops.add(along, gridPlaces(node, indices.shape, data.shape, [axis]))
}

/** Places of the blocks that tuples along the last axis of `indices` name, `batch` leading axes being common to both. */
function tuplePlaces(
  data: Tensor,
  indices: Tensor,
  batch: number,
  node: ImportNode,
): { places: Tensor; depth: number } {
  const width = indices.shape[indices.rank - 1] ?? node.refuse('its indices have no axis.')
  const depth = batch + width
  if (depth > data.rank) node.refuse(`its tuples of ${width} name more axes than there are.`)
  const strides = stridesOf(data.shape.slice(0, depth))
  const lead = indices.shape.slice(0, -1)
  const parts = range(width).map((k) => {
    const part = ops.reshape(ops.slice(indices, indices.rank - 1, k, k + 1), lead)
    return ops.mul(fromStart(part, data.shape[batch + k]), strides[batch + k])
  })
  const common = gridPlaces(node, lead, [...data.shape.slice(0, depth)], range(lead.length).slice(batch))
  return { places: parts.reduce((s, p) => ops.add(s, p), common), depth }
}

/** `rows` put where they belong in the row of `data`'s blocks: added, or in the place of what was there. */
function scattered(data: Tensor, places: Tensor, rows: Tensor, blocks: Shape, node: ImportNode): Tensor {
  const how = node.string('reduction', 'none')
  const sums = ops.scatterAdd(places, rows, blocks, 0)
  if (how === 'add') return ops.add(ops.reshape(data, blocks), sums)
  if (how !== 'none') node.refuse(`reduction = ${how} is not among what is computed (none, add).`)
  // A place that is named twice would get the sum of both: ONNX leaves it open what it gets.
  const hits = ops.scatterAdd(places, filled(1, rows.shape, 'f32'), blocks, 0)
  return ops.where(ops.greater(hits, 0), sums, ops.reshape(data, blocks))
}

function gatherElements(node: ImportNode): Tensor[] {
  const [data, indices] = [node.input(0), node.input(1)]
  return [ops.gather(flat(data), elementPlaces(node, data, indices))]
}

function gatherNd(node: ImportNode): Tensor[] {
  const [data, indices] = [node.input(0), node.input(1)]
  const { places, depth } = tuplePlaces(data, indices, node.int('batch_dims', 0), node)
  const rest = data.shape.slice(depth)
  return [ops.gather(ops.reshape(data, [sizeOf(data.shape.slice(0, depth)), ...rest]), places)]
}

function scatterElements(node: ImportNode): Tensor[] {
  const [data, indices, updates] = [node.input(0), node.input(1), node.input(2)]
  const places = flat(elementPlaces(node, data, indices))
  return [ops.reshape(scattered(data, places, flat(updates), [sizeOf(data.shape)], node), data.shape)]
}

function scatterNd(node: ImportNode): Tensor[] {
  const [data, indices, updates] = [node.input(0), node.input(1), node.input(2)]
  const { places, depth } = tuplePlaces(data, indices, 0, node)
  const blocks = [sizeOf(data.shape.slice(0, depth)), ...data.shape.slice(depth)]
  const rows = ops.reshape(updates, [sizeOf(places.shape), ...blocks.slice(1)])
  return [ops.reshape(scattered(data, flat(places), rows, blocks, node), data.shape)]
}

function oneHot(node: ImportNode): Tensor[] {
  const [indices, values] = [node.input(0), node.input(2)]
  const depth = node.length((node.known(1) ?? node.refuse('its depth is missing.')).data[0])
  const hot = ops.cast(ops.oneHot(fromStart(indices, depth), depth), 'bool')
  const value = (i: number) => ops.reshape(ops.slice(values, 0, i, i + 1), [])
  const last = ops.where(hot, value(1), value(0))
  const axis = node.axis('axis', -1, hot.shape)
  const order = range(indices.rank)
  return [ops.transpose(last, [...order.slice(0, axis), indices.rank, ...order.slice(axis)])]
}

/** A mask of the last two axes. */
const matrixMask = (node: ImportNode, rows: number, columns: number, holds: (r: number, c: number) => boolean) =>
  constant(
    ndArray(
      Uint8Array.from({ length: node.length(rows * columns) }, (_, i) => +holds(Math.floor(i / columns), i % columns)),
      [rows, columns],
      'bool',
    ),
  )

function trilu(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const k = node.known(1)?.data[0] ?? 0
  const upper = node.int('upper', 1) === 1
  const [rows, columns] = x.shape.slice(-2)
  const kept = matrixMask(node, rows, columns, (r, c) => (upper ? c - r >= k : c - r <= k))
  return [ops.where(kept, x, 0)]
}

function eyeLike(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const k = node.int('k', 0)
  const dtype = node.has('dtype') ? node.dtype('dtype') : x.dtype
  return [
    ops.cast(
      matrixMask(node, x.shape[0], x.shape[1], (r, c) => c - r === k),
      dtype,
    ),
  ]
}

function rangeNode(node: ImportNode): Tensor[] {
  const [start, limit, delta] = [0, 1, 2].map((i) => (node.known(i) ?? node.refuse(`input ${i} is missing.`)).data[0])
  const n = Math.max(0, Math.ceil((limit - start) / delta))
  return [
    constant(
      ndArray(
        node.range(n).map((i) => start + i * delta),
        [n],
        node.input(0).dtype,
      ),
    ),
  ]
}

/** Each row of `batch_axis` turned round in its first elements along `time_axis`. */
function reverseSequence(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const lengths = (node.known(1) ?? node.refuse('its lengths are missing.')).data
  const [batch, time] = [node.axis('batch_axis', 1, x.shape), node.axis('time_axis', 0, x.shape)]
  const steps = stridesOf(x.shape)
  const places = node.range(sizeOf(x.shape)).map((i) => {
    const [b, t] = [batch, time].map((axis) => Math.floor(i / steps[axis]) % x.shape[axis])
    return t < lengths[b] ? i + (lengths[b] - 1 - 2 * t) * steps[time] : i
  })
  return [ops.gather(flat(x), ints(places, x.shape))]
}

export const places: ImportTable = {
  EyeLike: eyeLike,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Hardmax: unary((x, node) => {
    const from = node.axis('axis', node.opset >= 13 ? -1 : 1, x.shape)
    const wide = node.opset >= 13 ? x : ops.reshape(x, [sizeOf(x.shape.slice(0, from)), -1])
    const axis = node.opset >= 13 ? from : 1
    const hot = ops.oneHot(ops.argmax(wide, axis), node.length(wide.shape[axis]), x.dtype)
    const order = range(wide.rank - 1)
    return ops.reshape(ops.transpose(hot, [...order.slice(0, axis), wide.rank - 1, ...order.slice(axis)]), x.shape)
  }),
  OneHot: oneHot,
  Range: rangeNode,
  ReverseSequence: reverseSequence,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Trilu: trilu,
  Compress: binary((x, _, node) => {
    const kept = [...(node.known(1)?.data ?? [])].flatMap((keep, i) => (keep ? [i] : []))
    if (!node.has('axis')) return ops.gather(flat(x), ints(kept))
    return ops.gather(x, ints(kept), node.axis('axis', 0, x.shape))
  }),
}
