import { type Camera, camera, cameraModelInfo, meanFocalLength } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { adjust } from './adjust.js'
import { livingPoints } from './filter-points.js'
import type { MapperOptions } from './options.js'
import { updateCameraRays } from './rays.js'
import type { SceneState } from './scene-state.js'
import { restore, snapshot } from './share-intrinsics.js'

/** Given intrinsics may be this far from what the photos say before a person is told: share of the focal length … */
const MAX_FOCAL_CHANGE = 0.03
/** … and of the longer side, for the principal point. */
const MAX_CENTER_CHANGE = 0.03
/** And the photos must say so with this many standard deviations. */
const MIN_SIGMAS = 5
/** Points that take part in the trial: the intrinsics of a whole model do not need them all. */
const MAX_POINTS = 4000

/**
 * Given intrinsics that are held fixed bend the model rather than raise its errors, so wrong ones (for another lens, another
 * zoom, a scaled photo) pass unnoticed. Here a trial adjustment sets them free, as an OPENCV camera, which can also take up
 * distortion; where it goes far away and is sure of it, the model is flagged. The state ends as it was.
 */
export function intrinsicsFlags(state: SceneState, options: MapperOptions): Verdict[] {
  const given = [...new Set(state.order.map((photo) => state.photoCamera[photo]))]
    .filter((c) => state.cameras[c].focalSource === 'given' && !state.cameras[c].refine)
    .sort((a, b) => a - b)
  if (given.length === 0 || state.order.length < 3) return []
  const before = snapshot(state)
  for (const c of given) {
    state.cameras[c] = { ...state.cameras[c], camera: withDistortion(state.cameras[c].camera), refine: true }
    updateCameraRays(state, c)
  }
  const trial = adjust(state, {
    photos: state.order,
    points: somePoints(state),
    intrinsics: 'all',
    loss: { type: 'soft-l1', scale: 1 },
    maxIterations: 100,
    functionTolerance: 1e-5,
    method: options.adjustment,
    covariance: true,
  })
  const flags = given.flatMap((c) => {
    const found = state.cameras[c].camera
    const sd = trial.report.intrinsics?.[trial.cameras.indexOf(c)]?.fromDataAlone
    const verdict = sd && disagreement(before.cameras[c].camera, found, sd)
    return verdict ? [verdict] : []
  })
  restore(state, before)
  return flags
}

/** A PINHOLE camera as an OPENCV one, which can also take up distortion; others have their own. */
function withDistortion({ model, width, height, params }: Camera): Camera {
  if (model !== 'PINHOLE') return camera(model, width, height, params)
  return camera('OPENCV', width, height, [...params, 0, 0, 0, 0])
}

/** Points of several photos, evenly from all over the model. */
function somePoints(state: SceneState): number[] {
  const points = livingPoints(state).filter((p) => state.tracks[p].length >= 3)
  const step = Math.max(1, Math.ceil(points.length / MAX_POINTS))
  return points.filter((_, i) => i % step === 0)
}

/**
 * What the photos say against given intrinsics: the focal length first, for it does the most harm. The standard deviations
 * are those without the prior on the principal point, which knows nothing of cropped photos.
 */
function disagreement(given: Camera, found: Camera, sd: Float64Array): Verdict | undefined {
  const focal = meanFocalLength(found)
  const ratio = focal / meanFocalLength(given)
  const [gx, gy] = cameraModelInfo(given.model).principalPointParams
  const [cx, cy] = cameraModelInfo(found.model).principalPointParams
  const { focalParams } = cameraModelInfo(found.model)
  const focalSd = Math.max(...focalParams.map((i) => sd[i]))
  if (Math.abs(ratio - 1) > MAX_FOCAL_CHANGE && Math.abs(ratio - 1) * meanFocalLength(given) > MIN_SIGMAS * focalSd) {
    return {
      test: 'given-focal-length',
      value: ratio,
      threshold: ratio > 1 ? 1 + MAX_FOCAL_CHANGE : 1 - MAX_FOCAL_CHANGE,
      unit: 'ratio',
      text:
        `The photos contradict the given intrinsics: set free, the focal length goes from ${meanFocalLength(given).toFixed(0)} to ` +
        `${focal.toFixed(0)} px. Check that they belong to these photos at full size, or run with --refine-intrinsics or without --intrinsics.`,
    }
  }
  const dx = found.params[cx] - given.params[gx]
  const dy = found.params[cy] - given.params[gy]
  const shift = Math.sqrt(dx * dx + dy * dy)
  const allowed = MAX_CENTER_CHANGE * Math.max(given.width, given.height)
  if (!(shift > allowed && shift > MIN_SIGMAS * Math.max(sd[cx], sd[cy]))) return undefined
  return {
    test: 'given-principal-point',
    value: shift,
    threshold: allowed,
    unit: 'px',
    text:
      `The photos contradict the given intrinsics: set free, the principal point goes ${shift.toFixed(0)} px away. ` +
      'Check that they belong to these photos, uncropped, or run with --refine-intrinsics or without --intrinsics.',
  }
}
