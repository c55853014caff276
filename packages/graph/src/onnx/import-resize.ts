import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type ImportTable, ints, range } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

/** One axis to be resized. */
interface Axis {
  readonly from: number
  readonly to: number
  /** to / from as the file says it: not always the quotient of the sizes. */
  readonly scale: number
  /** The part of the axis that is resized, `tf_crop_and_resize` only. */
  readonly roi: readonly [number, number]
}

/** Where the element `i` of the result lies among those it is made of (`coordinate_transformation_mode`). */
function coordinate(node: ImportNode, mode: string, i: number, { from, to, scale, roi }: Axis): number {
  switch (mode) {
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0
    case 'tf_half_pixel_for_nn':
      return (i + 0.5) / scale
    case 'asymmetric':
      return i / scale
    case 'half_pixel_symmetric':
      return (from / 2) * (1 - to / (scale * from)) + (i + 0.5) / scale - 0.5
    case 'align_corners':
      // (By the size before it is rounded, as ONNX's reference does.)
      return to > 1 ? (i * (from - 1)) / (scale * from - 1) : 0
    case 'tf_crop_and_resize': {
      const [start, end] = roi
      return to > 1
        ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1)
        : 0.5 * (start + end) * (from - 1)
    }
    default:
      return node.refuse(`coordinate_transformation_mode = ${mode} is unknown.`)
  }
}

/** The nearest whole number, by `nearest_mode`. */
function nearest(mode: string, x: number): number {
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  return mode === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5)
}

/** Weights of the elements around a place, as [first element, weights]. (Cubic: Keys 1981, with slope `a`.) */
function weightsAt(node: ImportNode, x: number): [number, number[]] {
  const mode = node.string('mode', 'nearest')
  const low = Math.floor(x)
  const t = x - low
  if (mode === 'linear') return [low, [1 - t, t]]
  if (mode !== 'cubic') return node.refuse(`mode = ${mode} is not among what is computed (nearest, linear, cubic).`)
  const a = node.float('cubic_coeff_a', -0.75)
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return [low - 1, [far(1 + t), near(t), near(1 - t), far(2 - t)]]
}

/** What lies outside is the border's element. */
const inside = (place: number, { from }: Axis) => Math.min(Math.max(place, 0), from - 1)

/** The nearest elements, which may be of any type. */
function looked(node: ImportNode, x: Tensor, at: number, axis: Axis, places: readonly number[]): Tensor {
  const mode = node.string('nearest_mode', 'round_prefer_floor')
  const found = places.map((place) => inside(nearest(mode, place), axis))
  return ops.gather(x, ints(found), at)
}

/** Interpolation of one axis is linear: a product with a matrix [from, to]. */
function mixed(node: ImportNode, x: Tensor, at: number, axis: Axis, places: readonly number[]): Tensor {
  const exclude = node.int('exclude_outside', 0) === 1
  const { from, to } = axis
  const weights = new Float64Array(node.length(from * to))
  places.forEach((place, i) => {
    const [first, taps] = weightsAt(node, place)
    const kept = taps.map((w, k) => (exclude && (first + k < 0 || first + k >= from) ? 0 : w))
    const total = exclude ? kept.reduce((s, w) => s + w, 0) : 1
    kept.forEach((w, k) => {
      weights[inside(first + k, axis) * to + i] += w / total
    })
  })
  const last = ops.transpose(x, [...range(x.rank).filter((i) => i !== at), at])
  const others = last.shape.slice(0, -1)
  const y = ops.matmul(ops.reshape(last, [sizeOf(others), from]), constant(ndArray(weights, [from, to], x.dtype)))
  const moved = ops.reshape(y, [...others, to])
  return ops.transpose(moved, [...range(at), x.rank - 1, ...range(x.rank - 1).slice(at)])
}

function alongAxis(node: ImportNode, x: Tensor, at: number, axis: Axis): Tensor {
  const rule = node.string('coordinate_transformation_mode', 'half_pixel')
  const places = node.range(axis.to).map((i) => coordinate(node, rule, i, axis))
  const resized = node.string('mode', 'nearest') === 'nearest' ? looked : mixed
  const y = resized(node, x, at, axis, places)
  const mask = Uint8Array.from(
    places,
    (place) => +(rule === 'tf_crop_and_resize' && !(place >= 0 && place <= axis.from - 1)),
  )
  if (!mask.includes(1)) return y
  const wide = ndArray(
    mask,
    range(x.rank).map((i) => (i === at ? axis.to : 1)),
    'bool',
  )
  return ops.where(constant(wide), node.float('extrapolation_value', 0), y)
}

function resize(node: ImportNode): Tensor[] {
  const x = node.input(0)
  node.only('antialias', 0)
  node.only('keep_aspect_ratio_policy', 'stretch')
  // (Before operator set 11, and in Upsample, the scales come second.)
  const old = node.type === 'Upsample' || node.opset < 11
  const list = (i: number) => [...(node.known(i)?.data ?? [])]
  const [roi, sizes] = old ? [[], []] : [list(1), list(3)]
  const given = old ? (node.floats('scales') ?? list(1)) : list(2)
  const axes = node.ints('axes')?.map((a) => (a < 0 ? a + x.rank : a)) ?? range(x.rank)
  const own = (k: number): Axis => {
    const from = x.shape[axes[k]]
    const to = sizes.length > 0 ? sizes[k] : Math.floor(from * given[k] * (1 + 2 ** -24))
    // (A scale in f32 that was meant to be the quotient of the sizes is.)
    const [quotient, said] = [to / from, given[k]]
    const scale = said === undefined || Math.abs(said - quotient) < 1e-6 * quotient ? quotient : said
    return { from, to, scale, roi: [roi[k] ?? 0, roi[axes.length + k] ?? 1] }
  }
  if (given.length + sizes.length === 0) node.refuse('its scales or sizes are missing.')
  const wanted = axes.map((at, k) => ({ at, axis: own(k) }))
  const rule = [
    node.string('mode', 'nearest'),
    node.string('coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel'),
  ]
  const size = (at: number) => wanted.find((w) => w.at === at)?.axis.to ?? x.shape[at]
  const onlyImage = x.rank === 4 && [0, 1].every((at) => size(at) === x.shape[at])
  const exact = wanted.every(({ axis }) => axis.scale === axis.to / axis.from)
  const floors = node.string('nearest_mode', old ? 'floor' : 'round_prefer_floor') === 'floor'
  if (onlyImage && exact && `${rule}` === 'nearest,asymmetric' && floors)
    return [ops.resize2d(x, [size(2), size(3)], 'nearest')]
  if (onlyImage && exact && `${rule}` === 'linear,half_pixel') return [ops.resize2d(x, [size(2), size(3)], 'bilinear')]
  if (old) node.refuse('only the nearest element is taken in operator sets before 11.')
  const crops = rule[1] === 'tf_crop_and_resize'
  const moved = wanted.filter(({ axis }) => crops || axis.scale !== 1 || axis.to !== axis.from)
  return [moved.reduce((t, { at, axis }) => alongAxis(node, t, at, axis), x)]
}

export const resizing: ImportTable = { Resize: resize, Upsample: resize }
