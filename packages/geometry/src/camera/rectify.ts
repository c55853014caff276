import { EpipoleError } from '@epipole/core'
import { mat3Apply, mat3Multiply, mat3MultiplyTranspose } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { clampedAcos, so3Exp, so3Log } from '../math/so3.js'
import type { Camera } from './camera.js'
import { camera } from './create.js'
import { outlineOnPlane } from './undistort.js'

/**
 * Problem: turn the cameras of a stereo pair so that a point has one row (or column) in both images.
 * Equation: R₁ = W R^½, R₂ = W R^−½ of cam2FromCam1 = (R, t): each halfway towards the other, W the shortest turn of the
 * baseline onto an axis.
 * Source: Bouguet's method, as OpenCV's `stereoRectify`.
 * Preconditions: the centres differ, and neither camera looks along the baseline; else refused.
 * Solutions: one for each α.
 */

export interface RectifyOptions {
  /**
   * 0: every pixel of both new images has a value. 1: every pixel of both photos is in the new images. Between: mixed linearly.
   * Default 0.
   */
  readonly alpha?: number
  /** Of the new images, pixels. Default: the first photo's. */
  readonly width?: number
  readonly height?: number
}

export type RectifiedPair =
  | {
      readonly ok: true
      /** PINHOLE cameras with one focal length and one principal point: points at infinity have the same pixel in both. */
      readonly camera1: Camera
      readonly camera2: Camera
      /** Rotations newFromCam1 and newFromCam2, 9 numbers row-major: the third argument of `undistortionMap`. */
      readonly rectifiedFromCam1: Float64Array
      readonly rectifiedFromCam2: Float64Array
      /** Along which axis of the image a point moves from one image to the other: `x` for cameras side by side. */
      readonly axis: 'x' | 'y'
      /** The second camera's centre along that axis, in the first's frame; its unit. Depth is focal · baseline / disparity. */
      readonly baseline: number
      /** 16 numbers, row-major: (x, y, x₁ − x₂ (or y₁ − y₂), 1) of a pixel of the first image → (X, Y, Z, W) in its frame. */
      readonly Q: Float64Array
    }
  | {
      readonly ok: false
      /** `lens`: so many pixels of an outline have no ray of the lens model. `baseline`: the cameras' distance. `view`: an image looks sideways of the new ones. */
      readonly reason: 'lens' | 'baseline' | 'view'
      readonly value: number
      readonly threshold: number
    }

/**
 * Turns the cameras of a stereo pair so that a point of the scene has the same row in both images (or the same column, for cameras
 * above each other): both halfway towards each other, then together until the baseline is an axis of the image. Bouguet's method;
 * the rotations are those of OpenCV's `stereoRectify` with `CALIB_ZERO_DISPARITY`. One focal length and one principal point are
 * chosen so that the largest rectangle that both photos cover (α = 0), or the smallest around both (α = 1), fills the new images.
 *
 * @throws EpipoleError `usage` for an α outside 0 … 1
 */
export function rectifyStereo(
  cam1: Camera,
  cam2: Camera,
  cam2FromCam1: Rigid,
  options: RectifyOptions = {},
): RectifiedPair {
  const { alpha = 0, width = cam1.width, height = cam1.height } = options
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new EpipoleError('usage', `alpha must be a number from 0 to 1, not ${alpha}.`, { alpha })
  }
  const { R1, R2, t } = rectifyingRotations(cam2FromCam1)
  const length = Math.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
  if (!(length > 0)) return { ok: false, reason: 'baseline', value: length, threshold: 0 }
  const outlines = [outlineOnPlane(cam1, R1), outlineOnPlane(cam2, R2)]
  for (const { refused, behind } of outlines) {
    if (refused > 0) return { ok: false, reason: 'lens', value: refused, threshold: 0 }
    if (behind > 0) return { ok: false, reason: 'view', value: behind, threshold: 0 }
  }
  const [a, b] = outlines
  const inner = [0, 1, 2, 3].map((k) =>
    k % 2 === 0 ? Math.max(a.inner[k], b.inner[k]) : Math.min(a.inner[k], b.inner[k]),
  )
  const outer = [0, 1, 2, 3].map((k) =>
    k % 2 === 0 ? Math.min(a.outer[k], b.outer[k]) : Math.max(a.outer[k], b.outer[k]),
  )
  if (!(inner[1] > inner[0] && inner[3] > inner[2])) {
    return { ok: false, reason: 'view', value: Math.min(inner[1] - inner[0], inner[3] - inner[2]), threshold: 0 }
  }
  const small = Math.min(width / (outer[1] - outer[0]), height / (outer[3] - outer[2]))
  const large = Math.max(width / (inner[1] - inner[0]), height / (inner[3] - inner[2]))
  const mix = (p: number, q: number) => (1 - alpha) * p + alpha * q
  const f = mix(large, small)
  const cx = width / 2 - f * mix((inner[0] + inner[1]) / 2, (outer[0] + outer[1]) / 2)
  const cy = height / 2 - f * mix((inner[2] + inner[3]) / 2, (outer[2] + outer[3]) / 2)
  const k = Math.abs(t[0]) > Math.abs(t[1]) ? 0 : 1
  const baseline = -t[k]
  const straight = camera('PINHOLE', width, height, [f, f, cx, cy])
  return {
    ok: true,
    camera1: straight,
    camera2: straight,
    rectifiedFromCam1: R1,
    rectifiedFromCam2: R2,
    axis: k === 0 ? 'x' : 'y',
    baseline,
    Q: Float64Array.of(1, 0, 0, -cx, 0, 1, 0, -cy, 0, 0, 0, f, 0, 0, 1 / baseline, 0),
  }
}

/** Both rotations, and the translation of the turned cameras: along an axis of the image. */
function rectifyingRotations({ R, t }: Rigid): { R1: Float64Array; R2: Float64Array; t: Float64Array } {
  const half = so3Exp(so3Log(R).map((w) => -w / 2))
  const between = mat3Apply(half, t)
  const k = Math.abs(between[0]) > Math.abs(between[1]) ? 0 : 1
  const norm = Math.sqrt(between[0] ** 2 + between[1] ** 2 + between[2] ** 2)
  // From the baseline to ± the axis, by the shortest turn: about their cross product.
  const sign = between[k] > 0 ? 1 : -1
  const cross = k === 0 ? [0, between[2] * sign, -between[1] * sign] : [-between[2] * sign, 0, between[0] * sign]
  const sine = Math.sqrt(cross[0] ** 2 + cross[1] ** 2 + cross[2] ** 2)
  const angle = clampedAcos(Math.abs(between[k]) / norm)
  const turn = so3Exp(cross.map((v) => (sine > 0 ? (v / sine) * angle : 0)))
  const R1 = mat3MultiplyTranspose(turn, half)
  const R2 = mat3Multiply(turn, half)
  return { R1, R2, t: mat3Apply(R2, t) }
}
