import type { Camera } from './camera.js'
import { lensOf, PROJECTION_SIZE, projectLens } from './models.js'

const scratch = new Float64Array(PROJECTION_SIZE)

/** Derivatives of pixels, row-major for each point. */
export interface ProjectionJacobians {
  /** `n × 2 × 2`: ∂(x, y)/∂(u, v). */
  readonly wrtNormalized?: Float64Array
  /** `n × 2 × p`: ∂(x, y)/∂params, p the model's number of parameters. */
  readonly wrtParams?: Float64Array
}

/**
 * Normalised points (X/Z, Y/Z) → pixels, with derivatives on request.
 *
 * @param xy `2 × n`
 * @param out `2 × n`, may be `xy` itself
 * @param jacobians buffers to fill
 */
export function pixelsFromNormalized(
  cam: Camera,
  xy: Float64Array,
  out: Float64Array = new Float64Array(xy.length),
  jacobians: ProjectionJacobians = {},
): Float64Array {
  const model = lensOf(cam.model)
  const params = Float64Array.from(cam.params)
  const { wrtNormalized, wrtParams } = jacobians
  const p = params.length
  for (let i = 0; 2 * i < xy.length; i++) {
    projectLens(model, params, xy[2 * i], xy[2 * i + 1], scratch)
    out[2 * i] = scratch[0]
    out[2 * i + 1] = scratch[1]
    if (wrtNormalized !== undefined) {
      for (let k = 0; k < 4; k++) wrtNormalized[4 * i + k] = scratch[2 + k]
    }
    if (wrtParams !== undefined) {
      for (let k = 0; k < p; k++) {
        wrtParams[2 * p * i + k] = scratch[6 + 2 * k]
        wrtParams[2 * p * i + p + k] = scratch[7 + 2 * k]
      }
    }
  }
  return out
}

/** Where a point of the camera frame appears. */
export type PixelVerdict =
  | {
      readonly ok: true
      /** Pixels. */
      readonly x: number
      readonly y: number
      /** Distance along the optical axis, in units of the point. */
      readonly depth: number
      /** Whether the pixel lies in the image. */
      readonly inside: boolean
    }
  | {
      readonly ok: false
      /** `behind`: the depth is not above the threshold; `lens`: the model has no finite value there. */
      readonly reason: 'behind' | 'lens'
      readonly value: number
      readonly threshold: number
    }

/**
 * The pixel of a point of the camera frame.
 *
 * @param point X, Y, Z in the camera frame; Z > `minDepth` is in front
 */
export function pixelFromPoint(cam: Camera, point: ArrayLike<number>, minDepth = 0): PixelVerdict {
  const depth = point[2]
  if (!(depth > minDepth)) return { ok: false, reason: 'behind', value: depth, threshold: minDepth }
  projectLens(lensOf(cam.model), Float64Array.from(cam.params), point[0] / depth, point[1] / depth, scratch)
  const x = scratch[0]
  const y = scratch[1]
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    return { ok: false, reason: 'lens', value: Math.max(Math.abs(x), Math.abs(y)), threshold: Number.MAX_VALUE }
  }
  return { ok: true, x, y, depth, inside: x >= 0 && y >= 0 && x <= cam.width && y <= cam.height }
}
