import { EpipoleError, type RandomStream, randomStream } from '@epipole/core'
import type { Camera, CameraModel } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { lensOf, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { vec3Normalize } from '../math/vec3.js'
import { layoutPoint, layoutPoses, type SceneLayout } from './layouts.js'

export interface SyntheticSceneOptions {
  /** Number of images. Default 8. */
  readonly images?: number
  /** Number of points. Default 200. */
  readonly points?: number
  readonly layout?: SceneLayout
  /** Standard deviation of the pixels in each coordinate. Default 0. */
  readonly noisePx?: number
  /** Part of the observations that are somewhere else in their image. Default 0. */
  readonly outliers?: number
  /** Part of the visible points that an image really observes. Default 1. */
  readonly visibility?: number
  /** Default SIMPLE_RADIAL. */
  readonly cameraModel?: CameraModel
  /** Pixels. Default 1000 × 750. */
  readonly width?: number
  readonly height?: number
  /** Pixels. Default 0.9 × width. */
  readonly focal?: number
  /** `false`: each image has its own camera, of slightly different focal length. Default true. */
  readonly sharedCamera?: boolean
  readonly seed?: number
}

/** A scene of which everything is known, as structure of arrays (the form `bundleAdjust` takes). */
export interface SyntheticScene {
  readonly cameras: readonly Camera[]
  /** Per image, index into `cameras`. */
  readonly imageCamera: Int32Array
  /** `12 × images`: exact camFromWorld, R row-major, then t. */
  readonly poses: Float64Array
  /** `3 × points`, exact. */
  readonly points: Float64Array
  /** Observations, sorted by image, then by point. */
  readonly obsImage: Int32Array
  readonly obsPoint: Int32Array
  /** Index of the observation among those of its image: its keypoint. */
  readonly obsKeypoint: Int32Array
  /** `2 × observations`, pixels: with noise and outliers. */
  readonly obsXy: Float64Array
  /** `2 × observations`, pixels: exact. */
  readonly exactXy: Float64Array
  /** Per observation: 1 where it was put somewhere else. */
  readonly isOutlier: Uint8Array
}

/** Moderate distortion for each kind of coefficient, so that no parameter is without effect. */
const COEFFICIENTS: Readonly<Record<CameraModel, readonly number[]>> = {
  SIMPLE_PINHOLE: [],
  PINHOLE: [],
  SIMPLE_RADIAL: [-0.08],
  RADIAL: [-0.1, 0.03],
  OPENCV: [-0.1, 0.03, 0.0008, -0.0006],
  OPENCV_FISHEYE: [0.02, -0.01, 0.003, -0.0005],
  FULL_OPENCV: [-0.1, 0.03, 0.0008, -0.0006, 0.01, 0.01, -0.02, 0.003],
  FOV: [0.8],
  SIMPLE_RADIAL_FISHEYE: [0.02],
  RADIAL_FISHEYE: [0.02, -0.01],
  THIN_PRISM_FISHEYE: [0.02, -0.01, 0.0008, -0.0006, 0.003, -0.0002, 0.0004, -0.0005],
}

/** A camera of any model with some distortion and a principal point a little off the middle. */
export function syntheticCamera(model: CameraModel, focal: number, width: number, height: number): Camera {
  const lens = lensOf(model)
  const lengths = lens.focalParams.map((_, i) => focal * (1 + 0.004 * i))
  return camera(model, width, height, [...lengths, 0.503 * width, 0.494 * height, ...COEFFICIENTS[model]])
}

/**
 * A seeded scene with exact truth: cameras, poses, points, and who sees what where.
 *
 * @throws EpipoleError `usage` on impossible options
 */
export function syntheticScene(options: SyntheticSceneOptions = {}): SyntheticScene {
  const { images = 8, points = 200, layout = 'arc', seed = 0, width = 1000, height = 750 } = options
  const { noisePx = 0, outliers = 0, visibility = 1, cameraModel = 'SIMPLE_RADIAL', sharedCamera = true } = options
  for (const [name, part] of [
    ['outliers', outliers],
    ['visibility', visibility],
  ] as const) {
    if (!(part >= 0 && part <= 1))
      throw new EpipoleError('usage', `${name} is a part, 0 to 1, not ${part}.`, { name, part })
  }
  const random = randomStream(seed, 'synthetic-scene', layout)
  const focal = options.focal ?? 0.9 * width
  const cameras = sharedCamera
    ? [syntheticCamera(cameraModel, focal, width, height)]
    : Array.from({ length: images }, (_, i) =>
        syntheticCamera(cameraModel, focal * (1 + 0.05 * ((i % 3) - 1)), width, height),
      )
  const imageCamera = Int32Array.from({ length: images }, (_, i) => (sharedCamera ? 0 : i))
  const poses = layoutPoses(layout, images, random.fork('poses'))
  const xyz = pointCloud(layout, points, random.fork('points'))
  return {
    cameras,
    imageCamera,
    poses,
    points: Float64Array.from(xyz),
    ...observe({ cameras, imageCamera, poses, points: xyz, layout, noisePx, outliers, visibility, random }),
  }
}

function pointCloud(layout: SceneLayout, count: number, random: RandomStream): number[] {
  return Array.from({ length: count }, () => layoutPoint(layout, random)).flat()
}

interface ObserveInput {
  readonly cameras: readonly Camera[]
  readonly imageCamera: Int32Array
  readonly poses: Float64Array
  readonly points: readonly number[]
  readonly layout: SceneLayout
  readonly noisePx: number
  readonly outliers: number
  readonly visibility: number
  readonly random: RandomStream
}

type Observations = Pick<SyntheticScene, 'obsImage' | 'obsPoint' | 'obsKeypoint' | 'obsXy' | 'exactXy' | 'isOutlier'>

function observe(input: ObserveInput): Observations {
  const { cameras, imageCamera, poses, points, layout } = input
  const obsImage: number[] = []
  const obsPoint: number[] = []
  const obsKeypoint: number[] = []
  const obsXy: number[] = []
  const exactXy: number[] = []
  const isOutlier: number[] = []
  const pixel = new Float64Array(PROJECTION_SIZE)
  for (let i = 0; i < imageCamera.length; i++) {
    const cam = cameras[imageCamera[i]]
    const lens = lensOf(cam.model)
    const params = Float64Array.from(cam.params)
    // Streams of their own keep an image's observations the same when others change.
    const random = input.random.fork('observations', i)
    let keypoint = 0
    for (let p = 0; 3 * p < points.length; p++) {
      const point = points.slice(3 * p, 3 * p + 3)
      const seen = random.float() < input.visibility
      const dx = input.noisePx * random.normal()
      const dy = input.noisePx * random.normal()
      const wrong = random.float() < input.outliers
      const [wrongX, wrongY] = [random.uniform(0, cam.width), random.uniform(0, cam.height)]
      if (!seen || (layout === 'loop' && !faces(poses, i, point))) continue
      const inCam = transform(poses, i, point)
      if (inCam[2] < 0.1) continue
      projectLens(lens, params, inCam[0] / inCam[2], inCam[1] / inCam[2], pixel)
      const [x, y] = [pixel[0], pixel[1]]
      if (!(x >= 0 && y >= 0 && x <= cam.width && y <= cam.height)) continue
      obsImage.push(i)
      obsPoint.push(p)
      obsKeypoint.push(keypoint++)
      exactXy.push(x, y)
      obsXy.push(wrong ? wrongX : x + dx, wrong ? wrongY : y + dy)
      isOutlier.push(wrong ? 1 : 0)
    }
  }
  return {
    obsImage: Int32Array.from(obsImage),
    obsPoint: Int32Array.from(obsPoint),
    obsKeypoint: Int32Array.from(obsKeypoint),
    obsXy: Float64Array.from(obsXy),
    exactXy: Float64Array.from(exactXy),
    isOutlier: Uint8Array.from(isOutlier),
  }
}

function transform(poses: Float64Array, image: number, p: readonly number[]): [number, number, number] {
  const o = 12 * image
  const row = (r: number) =>
    poses[o + 3 * r] * p[0] + poses[o + 3 * r + 1] * p[1] + poses[o + 3 * r + 2] * p[2] + poses[o + 9 + r]
  return [row(0), row(1), row(2)]
}

/** Whether the outside of a ball about the origin, at a point, is seen under less than 75°. */
function faces(poses: Float64Array, image: number, point: readonly number[]): boolean {
  const inCam = vec3Normalize(transform(poses, image, point))
  const o = 12 * image
  const outward = vec3Normalize(point)
  let cosine = 0
  for (let r = 0; r < 3; r++) {
    const n = poses[o + 3 * r] * outward[0] + poses[o + 3 * r + 1] * outward[1] + poses[o + 3 * r + 2] * outward[2]
    cosine -= n * inCam[r]
  }
  return cosine > 0.26
}
