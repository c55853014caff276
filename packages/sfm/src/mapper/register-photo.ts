import { randomStream } from '@epipole/core'
import { type Camera, cameraModelInfo, estimateAbsolutePose, type Rigid } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { adjust } from './adjust.js'
import type { MapperOptions } from './options.js'
import { updateCameraRays } from './rays.js'
import { addObservation, cameraOf, removeObservation, type SceneState } from './scene-state.js'

/** 2-D to 3-D matches of one photo: parallel lists; a keypoint may stand with several points. */
interface Sightings {
  readonly keypoints: number[]
  readonly points: number[]
}

interface PoseGuess {
  readonly camFromWorld: Rigid
  readonly camera: Camera
  /** Indices into the sightings. */
  readonly inliers: Int32Array
}

/**
 * Poses an unregistered photo from the points its keypoints match: P3P in RANSAC, then least squares over pose, and over
 * focal length and distortion where no other photo has fixed them yet. On success the photo is registered and its inliers
 * are observations.
 *
 * @returns why it was refused, or undefined once registered
 */
export function registerPhoto(state: SceneState, photo: number, options: MapperOptions): Verdict | undefined {
  const index = state.photoCamera[photo]
  const before = state.cameras[index]
  const verdict = tryRegister(state, photo, options)
  if (verdict !== undefined && state.cameras[index] !== before) {
    // A focal length found in vain must not be where the next attempt starts its search.
    state.cameras[index] = before
    updateCameraRays(state, index)
  }
  return verdict
}

function tryRegister(state: SceneState, photo: number, options: MapperOptions): Verdict | undefined {
  const sightings = collectSightings(state, photo)
  const n = sightings.keypoints.length
  if (n < options.registerMinInliers)
    return tooFew('few-sightings', n, options.registerMinInliers, 'keypoints that match points of the model')
  const camera = state.photoCamera[photo]
  const settled = state.order.some((other) => state.photoCamera[other] === camera)
  const search = state.cameras[camera].focalSource === 'default' && !settled
  const guess = search ? searchFocal(state, photo, sightings, options) : guessPose(state, photo, sightings, options)
  const inliers = guess?.inliers.length ?? 0
  if (guess === undefined || inliers < options.registerMinInliers) {
    return tooFew('few-pose-inliers', inliers, options.registerMinInliers, 'points that agree on a pose')
  }
  if (inliers < options.registerMinInlierRatio * n) {
    return {
      test: 'low-pose-inlier-ratio',
      value: inliers / n,
      threshold: options.registerMinInlierRatio,
      unit: 'ratio',
      text: `Only ${inliers} of ${n} matched points agree on a pose: the matches may belong to look-alike parts.`,
    }
  }
  return accept(state, photo, guess, sightings, !settled)
}

function tooFew(test: string, value: number, threshold: number, what: string): Verdict {
  const text = `It has ${value} ${what}, of ${threshold} needed: take more photos between it and its neighbours.`
  return { test, value, threshold, unit: 'count', text }
}

function collectSightings(state: SceneState, photo: number): Sightings {
  const { graph, pointOf } = state
  const keypoints: number[] = []
  const points: number[] = []
  for (let f = graph.offsets[photo]; f < graph.offsets[photo + 1]; f++) {
    const first = points.length
    for (let n = graph.rows[f]; n < graph.rows[f + 1]; n++) {
      const p = pointOf[graph.neighbors[n]]
      if (p < 0 || points.indexOf(p, first) >= 0) continue
      keypoints.push(f)
      points.push(p)
    }
  }
  return { keypoints, points }
}

/** The pose under the camera's current intrinsics. */
function guessPose(state: SceneState, photo: number, s: Sightings, options: MapperOptions): PoseGuess | undefined {
  const n = s.points.length
  const rays = new Float64Array(2 * n)
  const xyz = new Float64Array(3 * n)
  for (let i = 0; i < n; i++) {
    rays.set(state.rays.subarray(2 * s.keypoints[i], 2 * s.keypoints[i] + 2), 2 * i)
    xyz.set(state.xyz.subarray(3 * s.points[i], 3 * s.points[i] + 3), 3 * i)
  }
  const { model, inliers } = estimateAbsolutePose(rays, xyz, {
    maxResidual: options.registerMaxErrorPx / state.focal[photo],
    random: randomStream(options.seed, 'register', state.input.photos[photo].name),
  })
  return model === undefined ? undefined : { camFromWorld: model, camera: cameraOf(state, photo), inliers }
}

/** Focal lengths tried around a guess that nothing supports, as factors. */
const FOCAL_FACTORS = [1, 0.8, 1.25, 0.64, 1.56, 0.5, 2, 0.4, 2.5]

/** The best pose over a range of focal lengths; those of the model's other photos of this size are tried first. */
function searchFocal(state: SceneState, photo: number, s: Sightings, options: MapperOptions): PoseGuess | undefined {
  const index = state.photoCamera[photo]
  const original = state.cameras[index]
  const info = cameraModelInfo(original.camera.model)
  const trials: (readonly number[])[] = []
  const kin = kinParams(state, index)
  if (kin !== undefined) trials.push(kin)
  for (const factor of FOCAL_FACTORS) {
    trials.push(original.camera.params.map((v, i) => (info.focalParams.includes(i) ? v * factor : v)))
  }
  let best: PoseGuess | undefined
  for (const params of trials) {
    state.cameras[index] = { ...original, camera: { ...original.camera, params } }
    updateCameraRays(state, index)
    const guess = guessPose(state, photo, s, options)
    if ((guess?.inliers.length ?? 0) > (best?.inliers.length ?? 0)) best = guess
    // What the neighbours' lens explains this well needs no search.
    if (params === kin && (best?.inliers.length ?? 0) > 0.7 * s.points.length) break
  }
  state.cameras[index] = { ...original, camera: best?.camera ?? original.camera }
  updateCameraRays(state, index)
  return best
}

/** Parameters of the registered camera of the same size and kind with the median focal length. */
function kinParams(state: SceneState, index: number): readonly number[] | undefined {
  const { mergeKey } = state.cameras[index]
  if (mergeKey === '') return undefined
  const kin = [...new Set(state.order.map((photo) => state.photoCamera[photo]))]
    .filter((c) => state.cameras[c].mergeKey === mergeKey)
    .map((c) => state.cameras[c].camera.params)
    .sort((p, q) => p[0] - q[0])
  return kin[kin.length >> 1]
}

function accept(
  state: SceneState,
  photo: number,
  guess: PoseGuess,
  s: Sightings,
  refineLens: boolean,
): Verdict | undefined {
  const index = state.photoCamera[photo]
  state.registered[photo] = 1
  state.order.push(photo)
  state.poses.set(guess.camFromWorld.R, 12 * photo)
  state.poses.set(guess.camFromWorld.t, 12 * photo + 9)
  const points = new Set<number>()
  for (const i of guess.inliers) {
    if (state.pointOf[s.keypoints[i]] >= 0 || points.has(s.points[i])) continue
    addObservation(state, s.points[i], s.keypoints[i])
    points.add(s.points[i])
  }
  adjust(state, {
    photos: [photo],
    points,
    holdPoints: true,
    intrinsics: refineLens ? 'lens' : 'none',
    loss: { type: 'cauchy', scale: 1 },
    maxIterations: 30,
    functionTolerance: 1e-6,
    method: 'levenberg-marquardt',
  })
  const verdict = absurdLens(state.cameras[index].camera)
  if (verdict === undefined) return undefined
  for (const i of guess.inliers)
    if (state.pointOf[s.keypoints[i]] === s.points[i]) removeObservation(state, s.keypoints[i])
  state.registered[photo] = 0
  state.order.pop()
  return verdict
}

/** Focal lengths outside these multiples of the longer side are no camera's. */
const MIN_FOCAL = 0.1
const MAX_FOCAL = 10
/** Distortion beyond this folds the image over itself within any ordinary field of view. */
const MAX_DISTORTION = 1

export function absurdLens(camera: Camera): Verdict | undefined {
  const info = cameraModelInfo(camera.model)
  const side = Math.max(camera.width, camera.height)
  for (const i of info.focalParams) {
    const ratio = camera.params[i] / side
    if (ratio >= MIN_FOCAL && ratio <= MAX_FOCAL) continue
    const threshold = ratio < MIN_FOCAL ? MIN_FOCAL : MAX_FOCAL
    const text = `Its focal length would be ${ratio.toFixed(2)} × the longer side, which no camera has: its matches are wrong or degenerate.`
    return { test: 'absurd-focal', value: ratio, threshold, unit: 'ratio', text }
  }
  for (const i of info.extraParams) {
    const value = Math.abs(camera.params[i])
    if (value <= MAX_DISTORTION || camera.model === 'FOV') continue
    const text = `Its distortion ${info.paramNames[i]} would be ${value.toFixed(2)}: its matches are wrong or degenerate.`
    return { test: 'absurd-distortion', value, threshold: MAX_DISTORTION, unit: '', text }
  }
  return undefined
}
