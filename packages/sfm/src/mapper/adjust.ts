import {
  type BundleCamera,
  type BundleReport,
  bundleAdjust,
  cameraModelInfo,
  type Loss,
  POSE_FIXED,
  POSE_FIXED_BASELINE,
  POSE_FREE,
} from '@epipole/geometry'
import { updateCameraRays } from './rays.js'
import type { SceneState } from './scene-state.js'

/** Which intrinsics an adjustment may change: none; focal lengths and distortion; the principal point as well. */
export type FreeIntrinsics = 'none' | 'lens' | 'all'

export interface AdjustOptions {
  /** Photos whose poses may move. Others that see the points take part with their poses held. */
  readonly photos: readonly number[]
  /** Points that may move (or, with `holdPoints`, only bear witness). */
  readonly points: Iterable<number>
  readonly holdPoints?: boolean
  readonly intrinsics: FreeIntrinsics
  readonly loss: Loss
  readonly maxIterations: number
  /** Relative decrease of the cost below which an adjustment stops. */
  readonly functionTolerance: number
  readonly method: 'levenberg-marquardt' | 'gradient-descent'
  /** Ask for standard deviations of the free intrinsics. */
  readonly covariance?: boolean
  readonly signal?: AbortSignal
}

/** Standard deviation of the prior that keeps a principal point near the image centre, as a share of the longer side. */
export const PRINCIPAL_POINT_SIGMA = 0.02

/**
 * Of the prior that keeps distortion near its first guess. A few photos hardly tell a wrong focal length from a bent lens, and
 * would rather bend it beyond any real one; what many observations say outweighs this by far.
 */
const DISTORTION_SIGMA = 0.1

/** What an adjustment did; `cameras` are the state's cameras in the order of `report`'s. */
export interface Adjustment {
  readonly report: BundleReport
  readonly cameras: readonly number[]
}

/**
 * Bundle adjustment of a part of the model, or of all of it. The gauge is held by the photos that do not move; where all
 * move, by the first photo's pose and the second one's distance from it.
 */
export function adjust(state: SceneState, options: AdjustOptions): Adjustment {
  const points = [...options.points].filter((p) => state.tracks[p].length > 0)
  // Those that only watch, watch points that may move: with all points held they would add a constant.
  const photos = options.holdPoints ? [...options.photos] : participants(state, options.photos, points)
  const slot = new Int32Array(state.registered.length).fill(-1)
  photos.forEach((photo, i) => {
    slot[photo] = i
  })
  const cameras = [...new Set(photos.map((p) => state.photoCamera[p]))].sort((a, b) => a - b)
  const cameraSlot = new Map(cameras.map((c, i) => [c, i]))
  const free = new Set(options.photos)

  let count = 0
  for (const p of points) count += state.tracks[p].length
  const obsImage = new Int32Array(count)
  const obsPoint = new Int32Array(count)
  const obsXy = new Float64Array(2 * count)
  const obsSigma = new Float64Array(count)
  const xyz = new Float64Array(3 * points.length)
  let k = 0
  points.forEach((p, i) => {
    for (let c = 0; c < 3; c++) xyz[3 * i + c] = state.xyz[3 * p + c]
    for (const f of state.tracks[p]) {
      const image = slot[state.graph.photoOf[f]]
      if (image < 0) continue
      obsImage[k] = image
      obsPoint[k] = i
      obsXy[2 * k] = state.pixels[2 * f]
      obsXy[2 * k + 1] = state.pixels[2 * f + 1]
      obsSigma[k] = state.sigma[f]
      k++
    }
  })
  const poses = new Float64Array(12 * photos.length)
  photos.forEach((photo, i) => {
    poses.set(state.poses.subarray(12 * photo, 12 * photo + 12), 12 * i)
  })
  const poseState = poseStates(photos, free)
  const bundleCameras = cameras.map((c) => bundleCamera(state, c, free, options.intrinsics))

  const report = bundleAdjust(
    {
      cameras: bundleCameras,
      poses,
      poseState,
      imageCamera: Int32Array.from(photos, (p) => cameraSlot.get(state.photoCamera[p]) as number),
      points: xyz,
      ...(options.holdPoints ? { pointFixed: new Uint8Array(points.length).fill(1) } : {}),
      obsImage: obsImage.subarray(0, k),
      obsPoint: obsPoint.subarray(0, k),
      obsXy: obsXy.subarray(0, 2 * k),
      obsSigma: obsSigma.subarray(0, k),
    },
    {
      loss: options.loss,
      method: options.method,
      maxIterations: options.maxIterations,
      functionTolerance: options.functionTolerance,
      ...(options.covariance ? { covariance: 'intrinsics' as const } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    },
  )

  points.forEach((p, i) => {
    for (let c = 0; c < 3; c++) state.xyz[3 * p + c] = xyz[3 * i + c]
  })
  photos.forEach((photo, i) => {
    if (poseState[i] !== POSE_FIXED) state.poses.set(poses.subarray(12 * i, 12 * i + 12), 12 * photo)
  })
  cameras.forEach((c, i) => {
    if (!bundleCameras[i].refine?.includes(1)) return
    const { camera } = state.cameras[c]
    state.cameras[c] = { ...state.cameras[c], camera: { ...camera, params: [...bundleCameras[i].params] } }
    updateCameraRays(state, c)
  })
  return { report, cameras }
}

/** The photos that move, in order of registration, then those that only watch. */
function participants(state: SceneState, moving: readonly number[], points: readonly number[]): number[] {
  const sees = new Uint8Array(state.registered.length)
  for (const p of points) for (const f of state.tracks[p]) sees[state.graph.photoOf[f]] = 1
  const free = new Set(moving)
  const ordered = state.order.filter((photo) => free.has(photo))
  for (const photo of moving) if (!state.order.includes(photo)) ordered.push(photo)
  return [...ordered, ...state.order.filter((photo) => !free.has(photo) && sees[photo] === 1)]
}

function poseStates(photos: readonly number[], free: ReadonlySet<number>): Uint8Array {
  const states = Uint8Array.from(photos, (photo) => (free.has(photo) ? POSE_FREE : POSE_FIXED))
  if (!states.includes(POSE_FIXED) && states.length > 1) {
    states[0] = POSE_FIXED
    states[1] = POSE_FIXED_BASELINE
  }
  return states
}

function bundleCamera(
  state: SceneState,
  index: number,
  free: ReadonlySet<number>,
  intrinsics: FreeIntrinsics,
): BundleCamera {
  const { camera, refine } = state.cameras[index]
  const info = cameraModelInfo(camera.model)
  const params = Float64Array.from(camera.params)
  const mask = new Uint8Array(params.length)
  // A camera that also took photos outside the adjustment would pull their points along: it stays as it is.
  const outside = state.order.some((photo) => state.photoCamera[photo] === index && !free.has(photo))
  if (!refine || intrinsics === 'none' || outside) return { model: camera.model, params, refine: mask }
  mask.fill(1)
  const [cx, cy] = info.principalPointParams
  if (intrinsics === 'lens') {
    mask[cx] = 0
    mask[cy] = 0
  }
  const sigma = PRINCIPAL_POINT_SIGMA * Math.max(camera.width, camera.height)
  const first = state.input.cameras[index].camera
  const priors = Array.from(params, (_, i) => {
    if (info.extraParams.includes(i)) {
      return { mean: first.model === camera.model ? first.params[i] : 0, sigma: DISTORTION_SIGMA }
    }
    if (mask[i] === 1 && i === cx) return { mean: camera.width / 2, sigma }
    return mask[i] === 1 && i === cy ? { mean: camera.height / 2, sigma } : undefined
  })
  return { model: camera.model, params, refine: mask, priors }
}
