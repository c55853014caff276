import type { Features } from '../features.js'

/** The features of these indices, in this order. */
export function featuresAt(features: Features, indices: ArrayLike<number>): Features {
  const { kind, dimension } = features
  const count = indices.length
  const descriptors = kind === 'f32' ? new Float32Array(count * dimension) : new Uint8Array(count * dimension)
  const keypoints = new Float32Array(4 * count)
  for (let n = 0; n < count; n++) {
    const i = indices[n]!
    descriptors.set(features.descriptors.subarray(i * dimension, (i + 1) * dimension), n * dimension)
    keypoints.set(features.keypoints.subarray(4 * i, 4 * i + 4), 4 * n)
  }
  return { count, keypoints, kind, dimension, descriptors }
}

/** Indices of the `count` features of the largest scales, ascending; of equal ones the first. */
export function largestFeatures({ count: all, keypoints }: Features, count: number): Uint32Array {
  const scales = Float32Array.from({ length: all }, (_, i) => keypoints[4 * i + 2]!)
  if (count >= all) return Uint32Array.from(scales, (_, i) => i)
  const least = scales.slice().sort()[all - count]!
  let equals = count - scales.reduce((larger, scale) => larger + (scale > least ? 1 : 0), 0)
  const indices = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < all; i++) if (scales[i]! > least || (scales[i] === least && equals-- > 0)) indices[n++] = i
  return indices
}
