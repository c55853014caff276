import {
  angleBetweenRad,
  applyHomography,
  cameraCenter,
  degrees,
  poseFromEssential,
  type Rigid,
  rotationAngleRad,
  sampsonErrors,
  vec3Distance,
} from '@epipole/geometry'

export const families = ['H', 'F', 'E', 'PnP'] as const
export type Family = (typeof families)[number]

/** Unit of a family's error, and up to where a model counts as found. */
export const success: Record<Family, { readonly unit: string; readonly atMost: number }> = {
  H: { unit: 'px', atMost: 3 },
  F: { unit: 'px', atMost: 3 },
  E: { unit: 'deg', atMost: 5 },
  PnP: { unit: 'deg', atMost: 5 },
}

/** Matches with an unknown part of right ones, and what is true of them. */
export interface Problem {
  readonly family: Family
  /** `2 × n` pixels; `pixels1` of PnP is not used. */
  readonly pixels1: Float64Array
  readonly pixels2: Float64Array
  /** `3 × n`, of PnP. */
  readonly points: Float64Array
  /** Promise of each match, higher is better; empty where nothing is known. */
  readonly scores: Float64Array
  readonly K1: Float64Array
  readonly K2: Float64Array
  readonly truth: Truth
}

export interface Truth {
  readonly cam2FromWorld?: Rigid
  readonly cam2FromCam1?: Rigid
  readonly H?: Float64Array
  /** Pixels without noise, `2 × m`: where a model's error is measured. */
  readonly exact1: Float64Array
  readonly exact2: Float64Array
}

/**
 * How far a model (H, F or E as nine numbers, a pose as R and t) is from the truth; infinite where there is none.
 *
 * - H: root mean square distance of the exact points of image 1, mapped, from where the true H puts them; pixels.
 * - F: root mean square Sampson distance of the exact pairs; pixels.
 * - E: the larger of the angle between rotations and the angle between translations; degrees.
 * - PnP: the larger of the angle between rotations and the camera's displacement, seen from its distance to the centre of
 *   the points; degrees.
 */
export function errorOf({ family, truth, K1, K2 }: Problem, model: ArrayLike<number> | undefined): number {
  if (model === undefined || Array.from(model).some((v) => !Number.isFinite(v))) return Number.POSITIVE_INFINITY
  const M = Float64Array.from(model)
  const { exact1, exact2 } = truth
  if (family === 'H') return rootMeanSquare(distances(applyHomography(M, exact1), applyHomography(truth.H!, exact1)))
  if (family === 'F') return rootMeanSquare(sampsonErrors(M, exact1, exact2))
  if (family === 'PnP') {
    const found = { R: M.slice(0, 9), t: M.slice(9, 12) }
    const shift = vec3Distance(cameraCenter(found), cameraCenter(truth.cam2FromWorld!))
    const distance = Math.sqrt(truth.cam2FromWorld!.t.reduce((sum, v) => sum + v * v, 0))
    return degrees(Math.max(rotationAngleRad(found.R, truth.cam2FromWorld!.R), Math.atan2(shift, distance)))
  }
  const [rays1, rays2] = [raysOf(exact1, K1), raysOf(exact2, K2)]
  const pose = poseFromEssential(M, rays1, rays2)
  if (pose === undefined) return Number.POSITIVE_INFINITY
  const true21 = truth.cam2FromCam1!
  return degrees(Math.max(rotationAngleRad(pose.R, true21.R), angleBetweenRad(pose.t, true21.t)))
}

/** Pixels to normalised coordinates of a camera without distortion. */
export function raysOf(pixels: Float64Array, [fx, , cx, , fy, cy]: Float64Array): Float64Array {
  return pixels.map((v, k) => (k % 2 === 0 ? (v - cx) / fx : (v - cy) / fy))
}

function distances(a: Float64Array, b: Float64Array): Float64Array {
  const n = a.length / 2
  return Float64Array.from({ length: n }, (_, i) => Math.hypot(a[2 * i] - b[2 * i], a[2 * i + 1] - b[2 * i + 1]))
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)
}
