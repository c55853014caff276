import { mat3Apply, mat3Identity, mat3Multiply, mat3Transpose, mat3TransposeApply } from './mat3.js'
import { rotationFromQuaternion } from './quaternion.js'
import type { Numbers } from './vec3.js'

/**
 * A rigid motion, named target-from-source by its variable: `camFromWorld` takes world points to the camera frame,
 * `pointInCam = R · pointInWorld + t`.
 */
export interface Rigid {
  /** Rotation, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Translation, 3 numbers. */
  readonly t: Float64Array
}

/** A motion to be written into: R the identity, t zero. */
export function rigidIdentity(): Rigid {
  return { R: mat3Identity(), t: new Float64Array(3) }
}

/** A motion from any row-major rotation (9 numbers) and translation (3 numbers); copies both. */
export function rigid(R: Numbers, t: Numbers): Rigid {
  return { R: Float64Array.from(R), t: Float64Array.from(t) }
}

/** aFromC = aFromB · bFromC; adjacent names match. `out` may be an input. */
export function compose(aFromB: Rigid, bFromC: Rigid, out: Rigid = rigidIdentity()): Rigid {
  const x = aFromB.t[0]
  const y = aFromB.t[1]
  const z = aFromB.t[2]
  mat3Apply(aFromB.R, bFromC.t, out.t)
  out.t[0] += x
  out.t[1] += y
  out.t[2] += z
  mat3Multiply(aFromB.R, bFromC.R, out.R)
  return out
}

/** bFromA from aFromB: (Rᵀ, −Rᵀ t). `out` may be the input. */
export function invert(aFromB: Rigid, out: Rigid = rigidIdentity()): Rigid {
  mat3TransposeApply(aFromB.R, aFromB.t, out.t)
  out.t[0] = -out.t[0]
  out.t[1] = -out.t[1]
  out.t[2] = -out.t[2]
  mat3Transpose(aFromB.R, out.R)
  return out
}

/** pointInA = R · pointInB + t. `out` may be the point. */
export function transformPoint(
  aFromB: Rigid,
  pointInB: Numbers,
  out: Float64Array = new Float64Array(3),
): Float64Array {
  mat3Apply(aFromB.R, pointInB, out)
  out[0] += aFromB.t[0]
  out[1] += aFromB.t[1]
  out[2] += aFromB.t[2]
  return out
}

/** Many points at once: `3 × n` numbers, xyz after xyz. `out` may be the points. */
export function transformPoints(
  aFromB: Rigid,
  pointsInB: Numbers,
  out: Float64Array = new Float64Array(pointsInB.length),
): Float64Array {
  const { R, t } = aFromB
  for (let k = 0; k + 2 < pointsInB.length; k += 3) {
    const x = pointsInB[k]
    const y = pointsInB[k + 1]
    const z = pointsInB[k + 2]
    out[k] = R[0] * x + R[1] * y + R[2] * z + t[0]
    out[k + 1] = R[3] * x + R[4] * y + R[5] * z + t[1]
    out[k + 2] = R[6] * x + R[7] * y + R[8] * z + t[2]
  }
  return out
}

/** bFromA = bFromWorld · worldFromA, the motion between two cameras given by their poses. */
export function relativePose(aFromWorld: Rigid, bFromWorld: Rigid, out: Rigid = rigidIdentity()): Rigid {
  return compose(bFromWorld, invert(aFromWorld), out)
}

/**
 * camFromWorld of a camera with centre C (world): t = −R C.
 *
 * @param rotation R of camFromWorld: 9 numbers row-major, or a quaternion w, x, y, z
 */
export function poseFromCenter(rotation: Numbers, C: Numbers): Rigid {
  const R = rotation.length === 4 ? rotationFromQuaternion(rotation) : Float64Array.from(rotation)
  const t = mat3Apply(R, C)
  return { R, t: t.map((v) => -v) }
}

/** C = −Rᵀ t, the camera's centre in the world. */
export function cameraCenter(camFromWorld: Rigid, out: Float64Array = new Float64Array(3)): Float64Array {
  mat3TransposeApply(camFromWorld.R, camFromWorld.t, out)
  out[0] = -out[0]
  out[1] = -out[1]
  out[2] = -out[2]
  return out
}
