import { atan2, cos, sin } from '@epipole/core'
import type { Numbers } from './vec3.js'

/**
 * Unit quaternions: Hamilton, stored (w, x, y, z); q and −q are the same rotation. They compose as rotations do:
 * R(p q) = R(p) R(q). Functions take a trailing `out`, which may be one of the inputs.
 */

/** q / ‖q‖ with w ≥ 0; the zero quaternion becomes the identity. */
export function quaternionNormalize(q: Numbers, out: Float64Array = new Float64Array(4)): Float64Array {
  const norm = Math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
  if (!(norm > 0)) {
    out.fill(0, 0, 4)
    out[0] = 1
    return out
  }
  const scale = (q[0] < 0 ? -1 : 1) / norm
  for (let k = 0; k < 4; k++) out[k] = q[k] * scale
  return out
}

/** p q. */
export function quaternionMultiply(p: Numbers, q: Numbers, out: Float64Array = new Float64Array(4)): Float64Array {
  const pw = p[0]
  const px = p[1]
  const py = p[2]
  const pz = p[3]
  const qw = q[0]
  const qx = q[1]
  const qy = q[2]
  const qz = q[3]
  out[0] = pw * qw - px * qx - py * qy - pz * qz
  out[1] = pw * qx + px * qw + py * qz - pz * qy
  out[2] = pw * qy - px * qz + py * qw + pz * qx
  out[3] = pw * qz + px * qy - py * qx + pz * qw
  return out
}

/** The inverse of a unit quaternion. */
export function quaternionConjugate(q: Numbers, out: Float64Array = new Float64Array(4)): Float64Array {
  out[0] = q[0]
  out[1] = -q[1]
  out[2] = -q[2]
  out[3] = -q[3]
  return out
}

/** R(q), 9 numbers row-major; q need not have unit length (but must not be zero). */
export function rotationFromQuaternion(q: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const w = q[0]
  const x = q[1]
  const y = q[2]
  const z = q[3]
  const s = 2 / (w * w + x * x + y * y + z * z)
  out[0] = 1 - s * (y * y + z * z)
  out[1] = s * (x * y - w * z)
  out[2] = s * (x * z + w * y)
  out[3] = s * (x * y + w * z)
  out[4] = 1 - s * (x * x + z * z)
  out[5] = s * (y * z - w * x)
  out[6] = s * (x * z - w * y)
  out[7] = s * (y * z + w * x)
  out[8] = 1 - s * (x * x + y * y)
  return out
}

/** The unit quaternion of a rotation matrix, w ≥ 0 (Shepperd 1978: the largest component first, so no cancellation). */
export function quaternionFromRotation(R: Numbers, out: Float64Array = new Float64Array(4)): Float64Array {
  const trace = R[0] + R[4] + R[8]
  let w: number
  let x: number
  let y: number
  let z: number
  if (trace >= R[0] && trace >= R[4] && trace >= R[8]) {
    w = 1 + trace
    x = R[7] - R[5]
    y = R[2] - R[6]
    z = R[3] - R[1]
  } else if (R[0] >= R[4] && R[0] >= R[8]) {
    w = R[7] - R[5]
    x = 1 + R[0] - R[4] - R[8]
    y = R[1] + R[3]
    z = R[2] + R[6]
  } else if (R[4] >= R[8]) {
    w = R[2] - R[6]
    x = R[1] + R[3]
    y = 1 - R[0] + R[4] - R[8]
    z = R[5] + R[7]
  } else {
    w = R[3] - R[1]
    x = R[2] + R[6]
    y = R[5] + R[7]
    z = 1 - R[0] - R[4] + R[8]
  }
  out[0] = w
  out[1] = x
  out[2] = y
  out[3] = z
  return quaternionNormalize(out, out)
}

/** Spherical linear interpolation from p (s = 0) to q (s = 1) along the shorter arc (Shoemake 1985). */
export function quaternionSlerp(
  p: Numbers,
  q: Numbers,
  s: number,
  out: Float64Array = new Float64Array(4),
): Float64Array {
  let dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3]
  const sign = dot < 0 ? -1 : 1
  dot *= sign
  // The angle from the chord and its complement is accurate for near and for opposite quaternions alike.
  let chord = 0
  let sum = 0
  for (let k = 0; k < 4; k++) {
    const d = sign * q[k] - p[k]
    const e = sign * q[k] + p[k]
    chord += d * d
    sum += e * e
  }
  const angle = 2 * atan2(Math.sqrt(chord), Math.sqrt(sum))
  const sine = sin(angle)
  const a = sine > 1e-12 ? sin((1 - s) * angle) / sine : 1 - s
  const b = (sine > 1e-12 ? sin(s * angle) / sine : s) * sign
  for (let k = 0; k < 4; k++) out[k] = a * p[k] + b * q[k]
  return quaternionNormalize(out, out)
}

/** The rotation by `angleRad` about a non-zero axis. */
export function quaternionFromAxisAngle(
  axis: Numbers,
  angleRad: number,
  out: Float64Array = new Float64Array(4),
): Float64Array {
  const norm = Math.sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2])
  const s = norm > 0 ? sin(angleRad / 2) / norm : 0
  const x = axis[0]
  const y = axis[1]
  const z = axis[2]
  out[0] = cos(angleRad / 2)
  out[1] = x * s
  out[2] = y * s
  out[3] = z * s
  return quaternionNormalize(out, out)
}
