import { type BoardView, type CalibrationOptions, calibrateRig, type Rigid, type RigView } from '@epipole/geometry'
import type { Verdict } from '@epipole/sfm'
import type { PhotoSet } from '../photos/photo.js'
import { type Boards, boardsOf, namesOf } from './boards.js'
import { type CalibrateOptions, type CalibrateResult, withFit } from './calibrate.js'
import { rigVerdict } from './calibration-verdicts.js'

/** One camera of a rig: what it is called, its photos, and to which moment each belongs. */
export interface RigPhotos {
  readonly name: string
  readonly set: PhotoSet
  /** Photos of all cameras with the same answer were taken at one moment. Default: the whole name. */
  readonly moment?: (photo: string) => string
}

export interface RigCameraResult extends Omit<CalibrateResult, 'verdict'> {
  readonly name: string
  /** The rig's frame is that of the first camera; lengths in the unit of `square`. */
  readonly camFromRig?: Rigid
  /** Of (ω, dt), radians and the unit of `square`; 0 for the first camera. */
  readonly motionDeviation?: Float64Array
}

export interface CalibrateRigResult {
  readonly verdict: Verdict
  readonly rmsPx?: number
  /** Moments in which the board was found by two cameras or more. */
  readonly shared: number
  /** Without cameras where nothing could be calibrated; the verdict says why. */
  readonly cameras: readonly RigCameraResult[]
}

/**
 * Calibrates cameras that are fixed to each other from photos they took of a chessboard at the same moments: each camera and its
 * pose in the rig, together. "Impossible" is a result, with the verdict that says why.
 *
 * @throws EpipoleError `usage` for a board or a square that is none, `io`, `aborted`
 */
export async function calibrateRigPhotos(
  rig: readonly RigPhotos[],
  options: CalibrateOptions,
): Promise<CalibrateRigResult> {
  const boards: Boards[] = []
  for (const { set } of rig) boards.push(await boardsOf(set, options))
  /** Per moment, the view of each camera. */
  const moments = new Map<string, (number | undefined)[]>()
  for (const [c, { moment = (name: string) => name }] of rig.entries()) {
    for (const [photo, view] of boards[c]!.viewOf) {
      const key = moment(photo.name)
      const seen = moments.get(key) ?? rig.map(() => undefined)
      seen[c] = view
      moments.set(key, seen)
    }
  }
  const indices = [...moments.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, seen]) => seen)
  const views = indices.map(
    (seen): RigView => seen.map((v, c): BoardView | undefined => (v === undefined ? v : boards[c]!.views[v])),
  )
  const model = options.cameraModel === undefined ? {} : { model: options.cameraModel }
  const cameras = boards.map(({ size }): CalibrationOptions => ({ ...(size ?? { width: 1, height: 1 }), ...model }))
  const found = calibrateRig(views, { cameras })
  const named = rig.map(({ name }, c) => ({ name, photos: namesOf(boards[c]!.viewOf) }))
  const shared = indices.filter((seen) => seen.filter((v) => v !== undefined).length > 1).length
  const verdict = rigVerdict(found, named, indices.length)
  if (!found.ok) {
    return { verdict, shared, cameras: rig.map(({ name }, c) => ({ name, photos: boards[c]!.photos })) }
  }
  const results = found.cameras.map((one, c): RigCameraResult => {
    const { photos, viewOf } = boards[c]!
    const momentOf = new Map(indices.map((seen, i) => [seen[c], i]))
    const { camera, camFromRig, standardDeviation, covariance, motionCovariance, rmsPx } = one
    return {
      name: rig[c]!.name,
      camera,
      camFromRig,
      motionDeviation: Float64Array.from({ length: 6 }, (_, k) => Math.sqrt(motionCovariance[7 * k]!)),
      standardDeviation,
      covariance,
      rmsPx,
      photos: photos.map((photo) =>
        withFit(photo, one.views, viewOf.has(photo) ? momentOf.get(viewOf.get(photo)) : undefined),
      ),
    }
  })
  return { verdict, rmsPx: found.rmsPx, shared, cameras: results }
}
