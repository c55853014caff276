import { atan2 } from '@epipole/core'
import {
  quaternionFromAxisAngle,
  quaternionFromRotation,
  quaternionMultiply,
  rotationFromQuaternion,
} from './quaternion.js'
import type { Numbers } from './vec3.js'

/**
 * Problem: angles about three axes from a rotation, and back.
 * Equation: R = R_i(a) R_j(b) R_k(c), or its reverse for fixed axes.
 * Source: Bernardes and Viollet 2022.
 * Preconditions: a rotation; where the middle axis locks, one angle is set to zero and said so.
 * Solutions: one with the middle angle in its range.
 */

/**
 * Euler angles in all twenty-four orders: twelve sequences of axes, each about the axes of the turned body (`intrinsic`) or
 * those of the fixed frame (`extrinsic`). R of 'xyz' intrinsic is R_x(a) R_y(b) R_z(c), extrinsic R_z(c) R_y(b) R_x(a).
 * Angles from a rotation: Bernardes and Viollet, "Quaternion to Euler angles conversion: a direct, general and
 * computationally efficient method" (PLoS ONE, 2022).
 */
export type EulerOrder = 'xyz' | 'xzy' | 'yxz' | 'yzx' | 'zxy' | 'zyx' | 'xyx' | 'xzx' | 'yxy' | 'yzy' | 'zxz' | 'zyz'

/** About which axes a sequence turns. */
export type EulerFrame = 'intrinsic' | 'extrinsic'

/** Every sequence: three different axes (Tait–Bryan), then first and last the same (proper Euler). */
export const eulerOrders: readonly EulerOrder[] = Object.freeze([
  'xyz',
  'xzy',
  'yxz',
  'yzx',
  'zxy',
  'zyx',
  'xyx',
  'xzx',
  'yxy',
  'yzy',
  'zxz',
  'zyz',
])

const axisOf = (order: EulerOrder, k: number) => order.charCodeAt(k) - 120

/**
 * The rotation matrix of three angles, row-major.
 *
 * @param anglesRad in the order of the axes
 */
export function rotationFromEuler(
  order: EulerOrder,
  anglesRad: Numbers,
  frame: EulerFrame = 'intrinsic',
  out: Float64Array = new Float64Array(9),
): Float64Array {
  const q = Float64Array.of(1, 0, 0, 0)
  for (let k = 0; k < 3; k++) {
    const axis = [0, 0, 0]
    axis[axisOf(order, k)] = 1
    const turn = quaternionFromAxisAngle(axis, anglesRad[k])
    if (frame === 'intrinsic') quaternionMultiply(q, turn, q)
    else quaternionMultiply(turn, q, q)
  }
  return rotationFromQuaternion(q, out)
}

export interface EulerAngles {
  /** In the order of the axes; first and last in (−π, π], the middle one in [−π/2, π/2], or [0, π] where first and last axis agree. */
  readonly anglesRad: readonly [number, number, number]
  /** Only the sum or the difference of the first and the last is determined; the last is then 0. */
  readonly gimbalLock: boolean
}

/** Half the middle angle is this close (radians) to a singular one: f64 does not tell first from last. */
const LOCK = 1e-8

/** The Euler angles of a rotation matrix. */
export function eulerFromRotation(order: EulerOrder, R: Numbers, frame: EulerFrame = 'intrinsic'): EulerAngles {
  // An intrinsic sequence is the extrinsic one read backwards.
  const [i, j, last] =
    frame === 'extrinsic' ? [0, 1, 2].map((k) => axisOf(order, k)) : [2, 1, 0].map((k) => axisOf(order, k))
  const proper = i === last
  const k = proper ? 3 - i - j : last
  const parity = ((i - j) * (j - k) * (k - i)) / 2
  const q = quaternionFromRotation(R)
  const [w, qi, qj, qk] = [q[0], q[1 + i], q[1 + j], parity * q[1 + k]]
  const [a, b, c, d] = proper ? [w, qi, qj, qk] : [w - qj, qi + qk, qj + w, qk - qi]
  const near = Math.sqrt(a * a + b * b)
  const far = Math.sqrt(c * c + d * d)
  const halfMiddle = atan2(far, near)
  const [sum, difference] = [atan2(b, a), atan2(d, c)]
  const lockedAtZero = halfMiddle < LOCK
  const gimbalLock = lockedAtZero || halfMiddle > Math.PI / 2 - LOCK
  // First and third turn of the extrinsic reading; in a lock the last of the sequence as asked for is set to zero.
  const extrinsic = frame === 'extrinsic'
  const lockedAngle = lockedAtZero ? 2 * sum : extrinsic ? -2 * difference : 2 * difference
  const turn1 = gimbalLock ? (extrinsic ? lockedAngle : 0) : sum - difference
  const turn3 = (gimbalLock ? (extrinsic ? 0 : lockedAngle) : sum + difference) * (proper ? 1 : parity)
  const middle = 2 * halfMiddle - (proper ? 0 : Math.PI / 2)
  const [first, third] = extrinsic ? [turn1, turn3] : [turn3, turn1]
  return { anglesRad: [wrap(first), middle, wrap(third)], gimbalLock }
}

function wrap(angle: number): number {
  if (angle > Math.PI) return angle - 2 * Math.PI
  // Adding zero makes −0 zero.
  return angle <= -Math.PI ? angle + 2 * Math.PI : angle + 0
}
