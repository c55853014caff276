import type { DescriptorKind, Features } from '../features.js'
import type { MatchKernel } from './kernel.js'

/** The "norm" of padding: too far from everything to be anyone's neighbour. */
const FAR = { u8: 2 ** 30, binary: 2 ** 30, f32: Number.POSITIVE_INFINITY }
const NONE = 0x7fffffff

/** Per feature of one photo: its nearest in the other (−1: none) and the distances. */
export interface Direction {
  readonly index: Int32Array
  /** Squared L2 distance (u8, f32) or differing bits (binary); infinite where there is none. */
  readonly best: Float64Array
  readonly second: Float64Array
}

/** Where one photo's descriptors lie in the kernel's memory. */
export interface Loaded {
  readonly count: number
  /** `count` up to whole groups of 4. */
  readonly padded: number
  readonly data: number
  readonly norms: number
}

/** Bytes of a descriptor in the kernel: u8 are widened to 16 bits; padded to whole vectors. */
export function paddedBytes(kind: DescriptorKind, dimension: number): number {
  const width = kind === 'u8' ? 2 : kind === 'f32' ? 4 : 1
  return Math.ceil((dimension * width) / 16) * 16
}

/** Writes descriptors, padded with zeros, and squared norms, padded with infinity, to where they are reserved. */
export function load(kernel: MatchKernel, features: Features, side: Loaded, bytes: number): void {
  const { kind, dimension, count, descriptors } = features
  const { buffer } = kernel.memory
  const View = kind === 'u8' ? Int16Array : kind === 'f32' ? Float32Array : Uint8Array
  const columns = bytes / View.BYTES_PER_ELEMENT
  const target = new View(buffer, side.data, side.padded * columns)
  target.fill(0, count * columns)
  if (columns === dimension) {
    target.set(descriptors.subarray(0, count * dimension))
  } else {
    target.fill(0)
    for (let i = 0; i < count; ++i) target.set(descriptors.subarray(i * dimension, (i + 1) * dimension), i * columns)
  }
  const norms =
    kind === 'f32' ? new Float32Array(buffer, side.norms, side.padded) : new Int32Array(buffer, side.norms, side.padded)
  norms.fill(FAR[kind])
  if (kind === 'binary') norms.fill(0, 0, count)
  else for (let i = 0; i < count; ++i) norms[i] = squaredNorm(descriptors, i * dimension, dimension)
}

/** Σ v² of one descriptor. */
export function squaredNorm(values: ArrayLike<number>, from: number, dimension: number): number {
  let sum = 0
  for (let k = from; k < from + dimension; ++k) sum += values[k]! * values[k]!
  return sum
}

/** Reads one photo's results: three 32-bit numbers a feature. `others`: count of the other photo's features. */
export function unload(
  kernel: MatchKernel,
  kind: DescriptorKind,
  side: { readonly count: number; readonly out: number },
  others: number,
): Direction {
  const { count } = side
  const integers = new Int32Array(kernel.memory.buffer, side.out, 3 * count)
  const floats = new Float32Array(kernel.memory.buffer, side.out, 3 * count)
  const index = new Int32Array(count)
  const best = new Float64Array(count)
  const second = new Float64Array(count)
  for (let i = 0; i < count; ++i) {
    const at = integers[3 * i + 2]!
    index[i] = at < others ? at : -1
    best[i] = distanceAt(kind, integers, floats, 3 * i)
    second[i] = distanceAt(kind, integers, floats, 3 * i + 1)
  }
  return { index, best, second }
}

function distanceAt(kind: DescriptorKind, integers: Int32Array, floats: Float32Array, i: number): number {
  const bits = integers[i]!
  if (kind === 'f32') return bits === NONE ? Number.POSITIVE_INFINITY : floats[i]!
  // Distances to padding are at least `FAR` less what the largest descriptors can add.
  return bits >= 2 ** 29 ? Number.POSITIVE_INFINITY : bits
}
