import type { Features } from '@epipole/features'

/** The descriptors of one photo, as far as a mapper needs them. */
export type PhotoDescriptors = Pick<Features, 'kind' | 'dimension' | 'descriptors'>

/**
 * How far two descriptors are apart, on a scale where 0.7 is the matcher's default limit: L2 over the geometric mean of the
 * norms, or the share of bits that differ.
 */
export function descriptorDistance(a: PhotoDescriptors, i: number, b: PhotoDescriptors, j: number): number {
  const n = a.dimension
  const x = a.descriptors
  const y = b.descriptors
  const at = i * n
  const bt = j * n
  if (a.kind === 'binary') {
    let bits = 0
    for (let k = 0; k < n; k++) bits += popcount(x[at + k] ^ y[bt + k])
    return bits / (8 * n)
  }
  let square = 0
  let normX = 0
  let normY = 0
  for (let k = 0; k < n; k++) {
    const d = x[at + k] - y[bt + k]
    square += d * d
    normX += x[at + k] * x[at + k]
    normY += y[bt + k] * y[bt + k]
  }
  const scale = Math.sqrt(normX * normY)
  return scale > 0 ? Math.sqrt(square / scale) : Number.POSITIVE_INFINITY
}

function popcount(byte: number): number {
  let v = byte - ((byte >> 1) & 0x55)
  v = (v & 0x33) + ((v >> 2) & 0x33)
  return (v + (v >> 4)) & 0x0f
}
