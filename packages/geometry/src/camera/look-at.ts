import { EpipoleError } from '@epipole/core'
import type { Rigid } from '../math/rigid.js'
import { type Numbers, vec3Cross, vec3Norm, vec3Normalize } from '../math/vec3.js'

/**
 * Problem: the pose of a camera that looks from one point at another.
 * Equation: R has the rows x, y, z of the camera's axes in the world, z along the view, x = down × z; t = −R C.
 * Source: textbook.
 * Preconditions: the points differ, and the view is not along `down`.
 * Solutions: one.
 */

/**
 * camFromWorld of a camera that looks from one point at another.
 *
 * @param from the camera's centre, world
 * @param at what appears at the principal point, world
 * @param down the direction of the world that points down in the image; default +y, as in a camera's own frame. For a world
 *   with z up pass [0, 0, −1]
 * @throws EpipoleError `usage` where the points coincide or the camera looks along `down`
 */
export function lookAt(from: Numbers, at: Numbers, down: Numbers = [0, 1, 0]): Rigid {
  const z = vec3Normalize([at[0] - from[0], at[1] - from[1], at[2] - from[2]])
  const across = vec3Cross(down, z)
  if (!(vec3Norm(across) > 1e-9 * vec3Norm(down))) {
    throw new EpipoleError(
      'usage',
      `A camera at ${Array.from(from)} that looks at ${Array.from(at)} has no direction across ${Array.from(down)}: ` +
        'the points must differ, and the line of sight must not run along "down".',
      { from: Array.from(from), at: Array.from(at), down: Array.from(down) },
    )
  }
  const x = vec3Normalize(across)
  const y = vec3Cross(z, x)
  const R = Float64Array.of(x[0], x[1], x[2], y[0], y[1], y[2], z[0], z[1], z[2])
  const t = new Float64Array(3)
  for (let r = 0; r < 3; r++) t[r] = -(R[3 * r] * from[0] + R[3 * r + 1] * from[1] + R[3 * r + 2] * from[2])
  return { R, t }
}
