import { so3Exp, so3Log } from './so3.js'
import { type Numbers, vec3Norm, vec3Scale } from './vec3.js'

/**
 * Problem: axis and angle of a rotation, and back.
 * Equation: R = Exp(θ a).
 * Source: Rodrigues' formula, by `so3Exp` and `so3Log`.
 * Preconditions: a rotation; a unit axis.
 * Solutions: one with θ in [0, π]; at π the axis's sign is free.
 */

export interface AxisAngle {
  /** Unit vector; x where there is no turn. */
  readonly axis: Float64Array
  /** In [0, π]. */
  readonly angleRad: number
}

/** Axis and angle of a rotation matrix, accurate to rounding near 0 and near π. */
export function axisAngleFromRotation(R: Numbers): AxisAngle {
  const w = so3Log(R)
  const angleRad = vec3Norm(w)
  if (angleRad === 0) return { axis: Float64Array.of(1, 0, 0), angleRad }
  return { axis: vec3Scale(w, 1 / angleRad, w), angleRad }
}

/** The rotation matrix by `angleRad` about a non-zero axis of any length, row-major. */
export function rotationFromAxisAngle(
  axis: Numbers,
  angleRad: number,
  out: Float64Array = new Float64Array(9),
): Float64Array {
  return so3Exp(vec3Scale(axis, angleRad / vec3Norm(axis)), out)
}
