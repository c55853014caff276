import type { Camera, Rigid } from '@epipole/geometry'
import type { Color } from '../texture/material.js'
import { cross, subtract, unit, type Vec } from '../trace/mesh.js'

/** One photo to be taken. */
export interface View {
  /** File name of the photo; names its noise, too. */
  readonly name: string
  readonly camera: Camera
  readonly camFromWorld: Rigid
  /** Exposure in stops above or below the scene's usual one; default 0. */
  readonly exposureEv?: number
  /** Gains of the channels; default 1, 1, 1. */
  readonly whiteBalance?: Color
}

/**
 * The pose of a camera at `eye` that looks at `target`, upright (z up), then turned clockwise about its own axis by
 * `rollDeg` quarter turns and less.
 *
 * @param right cosine and sine of the roll; [1, 0] is upright, [0, 1] a camera turned clockwise by 90° as its holder sees it
 */
export function lookAt(eye: Vec, target: Vec, right: readonly [number, number] = [1, 0]): Rigid {
  const forward = unit(subtract(target, eye))
  const x0 = unit(cross(forward, [0, 0, 1]))
  const y0 = cross(forward, x0)
  const [c, s] = right
  const x: Vec = [c * x0[0] + s * y0[0], c * x0[1] + s * y0[1], c * x0[2] + s * y0[2]]
  const y: Vec = [c * y0[0] - s * x0[0], c * y0[1] - s * x0[1], c * y0[2] - s * x0[2]]
  const R = Float64Array.from([...x, ...y, ...forward])
  const t = Float64Array.from([x, y, forward], (row) => -(row[0] * eye[0] + row[1] * eye[1] + row[2] * eye[2]))
  return { R, t }
}
