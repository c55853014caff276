import type { OnEvent } from '@epipole/core'
import type { BoardSize } from '@epipole/features'
import { type BoardViewFit, type Camera, type CameraModel, calibratePlanar } from '@epipole/geometry'
import type { Verdict } from '@epipole/sfm'
import type { PhotoSet } from '../photos/photo.js'
import { boardsOf, namesOf } from './boards.js'
import { calibrationVerdict } from './calibration-verdicts.js'

export interface CalibrateOptions {
  /** Inner corners: a board of 10 × 7 squares has 9 columns and 6 rows of them. */
  readonly board: BoardSize
  /** Side of a square, in any unit; distances to the board come out in it. Default 1. */
  readonly square?: number
  /** Default OPENCV. */
  readonly cameraModel?: CameraModel
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Worker threads; 0 works in the calling thread. Default: one a core. */
  readonly workers?: number
}

/** What became of one photo. */
export interface CalibratedPhoto {
  readonly name: string
  /** Whether its corners are part of the calibration. */
  readonly used: boolean
  readonly verdict: Verdict
  /** √(mean squared distance) and largest distance of its corners from where the camera would see them, pixels. */
  readonly rmsPx?: number
  readonly maxPx?: number
  /** Distance of the camera from the board's first corner, in the unit of `square`. */
  readonly distance?: number
}

export interface CalibrateResult {
  readonly verdict: Verdict
  /** Absent where nothing could be calibrated; the verdict says why. */
  readonly camera?: Camera
  /** Of the camera's parameters. */
  readonly standardDeviation?: Float64Array
  /** parameters × parameters, row-major. */
  readonly covariance?: Float64Array
  readonly rmsPx?: number
  /** In the order of the set, then those refused before. */
  readonly photos: readonly CalibratedPhoto[]
}

/**
 * Calibrates the camera that took photos of a chessboard. "Impossible" is a result, with the verdict that says why.
 *
 * @throws EpipoleError `usage` for a board or a square that is none, `io`, `aborted`
 */
export async function calibrate(set: PhotoSet, options: CalibrateOptions): Promise<CalibrateResult> {
  const { photos, views, viewOf, size } = await boardsOf(set, options)
  const model = options.cameraModel === undefined ? {} : { model: options.cameraModel }
  const calibration = calibratePlanar(views, { ...(size ?? { width: 1, height: 1 }), ...model })
  const verdict = calibrationVerdict(calibration, namesOf(viewOf))
  if (!calibration.ok) return { verdict, photos }
  const { camera, standardDeviation, covariance, rmsPx } = calibration
  const fits = photos.map((photo) => withFit(photo, calibration.views, viewOf.get(photo)))
  return { verdict, camera, standardDeviation, covariance, rmsPx, photos: fits }
}

/** A photo with how well the calibration's view of this index fits. */
export function withFit(
  photo: CalibratedPhoto,
  views: readonly (BoardViewFit | undefined)[],
  index: number | undefined,
): CalibratedPhoto {
  const fit = index === undefined ? undefined : views[index]
  if (!fit) return photo
  const [x, y, z] = fit.camFromBoard.t as unknown as [number, number, number]
  return { ...photo, rmsPx: fit.rmsPx, maxPx: fit.maxPx, distance: Math.sqrt(x * x + y * y + z * z) }
}
