import { hat, mat3Multiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'

/** E = [t]ₓ R of cam2FromCam1, so that x2ᵀ E x1 = 0 for the normalised coordinates of one point in both cameras. */
export function essentialFromPose(cam2FromCam1: Rigid, out: Float64Array = new Float64Array(9)): Float64Array {
  return mat3Multiply(hat(cam2FromCam1.t), cam2FromCam1.R, out)
}
