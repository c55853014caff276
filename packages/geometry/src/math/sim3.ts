import { mat3Apply, mat3Multiply, mat3Transpose, mat3TransposeApply } from './mat3.js'
import type { Rigid } from './rigid.js'
import type { Numbers } from './vec3.js'

/** A similarity, named target-from-source: `pointInA = scale · R · pointInB + t`. */
export interface Sim3 {
  /** Positive. */
  readonly scale: number
  /** Rotation, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Translation, 3 numbers. */
  readonly t: Float64Array
}

/** aFromC = aFromB · bFromC. */
export function composeSim3(aFromB: Sim3, bFromC: Sim3): Sim3 {
  const t = mat3Apply(aFromB.R, bFromC.t)
  for (let k = 0; k < 3; k++) t[k] = aFromB.scale * t[k] + aFromB.t[k]
  return { scale: aFromB.scale * bFromC.scale, R: mat3Multiply(aFromB.R, bFromC.R), t }
}

/** bFromA from aFromB. */
export function invertSim3(aFromB: Sim3): Sim3 {
  const scale = 1 / aFromB.scale
  const t = mat3TransposeApply(aFromB.R, aFromB.t)
  for (let k = 0; k < 3; k++) t[k] *= -scale
  return { scale, R: mat3Transpose(aFromB.R), t }
}

/** pointInA = scale · R · pointInB + t. `out` may be the point. */
export function transformPointSim3(
  aFromB: Sim3,
  pointInB: Numbers,
  out: Float64Array = new Float64Array(3),
): Float64Array {
  mat3Apply(aFromB.R, pointInB, out)
  for (let k = 0; k < 3; k++) out[k] = aFromB.scale * out[k] + aFromB.t[k]
  return out
}

/**
 * The pose of a camera after its world was moved: camFromNew for a camera given as camFromOld and newFromOld, scaled so
 * that depths are in units of the new world.
 */
export function transformPoseSim3(camFromOld: Rigid, newFromOld: Sim3): Rigid {
  // camFromNew = S · camFromOld · newFromOld⁻¹, with S the pure scale that takes out the similarity's own.
  const R = new Float64Array(9)
  mat3Multiply(camFromOld.R, mat3Transpose(newFromOld.R), R)
  const t = mat3Apply(R, newFromOld.t)
  for (let k = 0; k < 3; k++) t[k] = newFromOld.scale * camFromOld.t[k] - t[k]
  return { R, t }
}
