import { cos, sin } from '@epipole/core'

/** Typed arrays as little-endian bytes, the layout of COLMAP's blobs on every platform it and we run on. */
export function bytesOf(values: Float32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A copy of the bytes as 32-bit floats; the caller checks the length. */
export function float32sOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(aligned(bytes))
}

export function float64sOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(aligned(bytes))
}

export function uint32sOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(aligned(bytes))
}

/** The bytes in a buffer of their own, which begins where any type may. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return copy
}

/**
 * Keypoints as COLMAP 3.8 stores them: x, y, a11, a12, a21, a22, with [[a11, a12], [a21, a22]] the scale times the rotation by
 * the orientation.
 *
 * @param keypoints `count × 4`: x, y, scale, orientation (radians)
 */
export function affineKeypoints(keypoints: Float32Array): Float32Array {
  const count = keypoints.length / 4
  const out = new Float32Array(6 * count)
  for (let i = 0; i < count; i++) {
    const scale = keypoints[4 * i + 2]
    const c = scale * cos(keypoints[4 * i + 3])
    const s = scale * sin(keypoints[4 * i + 3])
    out.set([keypoints[4 * i], keypoints[4 * i + 1], c, -s, s, c], 6 * i)
  }
  return out
}
