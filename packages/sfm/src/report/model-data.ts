import { randomStream } from '@epipole/core'
import type { Camera } from '@epipole/geometry'
import type { Reconstruction, ReconstructionImage } from '../scene/reconstruction.js'
import { type Orientations, upDirection } from '../scene/up-direction.js'

/** A registered photo, ready to draw. */
export interface ModelImage {
  readonly name: string
  readonly cameraId: number
  /** Stored pixels. */
  readonly width: number
  readonly height: number
  /** Pinhole part of the camera, stored pixels: fx, fy, cx, cy. */
  readonly pinhole: readonly [number, number, number, number]
  /** `camFromWorld`, 3×4 row-major `[R | t]`, with the world's zero at `ModelData.origin`. */
  readonly pose: Float64Array
  /** Points it sees in the whole model, shown or not. */
  readonly observations: number
}

/** A model as flat arrays, ready to draw: a sub-sample of its points, with the photos that see each. */
export interface ModelData {
  /** World position taken from every point before it became f32, so that models far from zero keep their detail. */
  readonly origin: readonly [number, number, number]
  /** Where up is in the world, unit. */
  readonly up: readonly [number, number, number]
  /** Points of the whole model; `positions.length / 3` of them are here. */
  readonly totalPoints: number
  /** `3 × n`, world minus origin. */
  readonly positions: Float32Array
  /** `3 × n`, sRGB. */
  readonly colors: Uint8Array
  /** `n` mean reprojection errors, px. */
  readonly errors: Float32Array
  /** `n + 1`: point i is seen by the observations `trackStart[i] … trackStart[i + 1]`. */
  readonly trackStart: Uint32Array
  /** Per observation, an index into `images`. */
  readonly trackImages: Uint32Array
  /** Per observation x, y: 0 … 65535 over the photo's width and height (`fromUnit16`). */
  readonly trackXy: Uint16Array
  /** By ascending image id. */
  readonly images: readonly ModelImage[]
}

/** Pixels of a `trackXy` entry along a side of `size` pixels. */
export function fromUnit16(value: number, size: number): number {
  return (value / 65535) * size
}

export interface ModelDataOptions {
  /** Where the model has more points, a random sub-sample is taken, the same at every call. Default: all. */
  readonly maxPoints?: number
  /** EXIF orientations by image name, to tell which way is up. */
  readonly orientations?: Orientations
}

/**
 * Flattens a model for drawing. Equal models give equal data whatever their maps' insertion order. Coordinates must be
 * finite.
 */
export function modelData(model: Reconstruction, options: ModelDataOptions = {}): ModelData {
  const { maxPoints = Number.POSITIVE_INFINITY, orientations } = options
  const [x, y, z] = upDirection(model, orientations).up
  const imageIds = [...model.images.keys()]
    .filter((id) => model.cameras.has(model.images.get(id)!.cameraId))
    .sort((a, b) => a - b)
  const imageIndex = new Map(imageIds.map((id, i) => [id, i]))
  const origin = middle(model)
  const ids = sample(
    [...model.points.keys()].sort((a, b) => a - b),
    maxPoints,
  )
  const points = ids.map((id) => model.points.get(id)!)
  const observations = points.reduce((sum, p) => sum + p.track.length / 2, 0)
  const data = {
    positions: new Float32Array(3 * points.length),
    colors: new Uint8Array(3 * points.length),
    errors: new Float32Array(points.length),
    trackStart: new Uint32Array(points.length + 1),
    trackImages: new Uint32Array(observations),
    trackXy: new Uint16Array(2 * observations),
  }
  let o = 0
  for (const [i, p] of points.entries()) {
    for (let k = 0; k < 3; k++) {
      data.positions[3 * i + k] = p.xyz[k]! - origin[k]!
      data.colors[3 * i + k] = p.rgb[k]!
    }
    data.errors[i] = p.error
    for (let k = 0; k < p.track.length; k += 2) {
      const id = p.track[k]!
      const index = imageIndex.get(id)
      if (index === undefined) continue
      const image = model.images.get(id)!
      const camera = model.cameras.get(image.cameraId)!
      const keypoint = p.track[k + 1]!
      data.trackImages[o] = index
      data.trackXy[2 * o] = unit16(image.keypoints[2 * keypoint]!, camera.width)
      data.trackXy[2 * o + 1] = unit16(image.keypoints[2 * keypoint + 1]!, camera.height)
      o++
    }
    data.trackStart[i + 1] = o
  }
  const images = imageIds.map((id) => {
    const image = model.images.get(id)!
    return modelImage(image, model.cameras.get(image.cameraId)!, origin)
  })
  return {
    origin,
    // Adding zero makes −0 plain 0, which is all that JSON keeps.
    up: [x! + 0, y! + 0, z! + 0],
    totalPoints: model.points.size,
    ...data,
    trackImages: data.trackImages.subarray(0, o),
    trackXy: data.trackXy.subarray(0, 2 * o),
    images,
  }
}

function modelImage(image: ReconstructionImage, camera: Camera, origin: readonly number[]): ModelImage {
  const { R, t } = image.camFromWorld
  const pose = new Float64Array(12)
  for (let r = 0; r < 3; r++) {
    let shifted = t[r]!
    for (let c = 0; c < 3; c++) {
      pose[4 * r + c] = R[3 * r + c]!
      shifted += R[3 * r + c]! * origin[c]!
    }
    pose[4 * r + 3] = shifted
  }
  let observations = 0
  for (const id of image.pointIds) if (id >= 0) observations++
  return {
    name: image.name,
    cameraId: image.cameraId,
    width: camera.width,
    height: camera.height,
    pinhole: pinholePart(camera),
    pose,
    observations,
  }
}

const ONE_FOCAL = new Set(['SIMPLE_PINHOLE', 'SIMPLE_RADIAL', 'RADIAL', 'SIMPLE_RADIAL_FISHEYE', 'RADIAL_FISHEYE'])

/** fx, fy, cx, cy of any camera model. */
function pinholePart(camera: Camera): [number, number, number, number] {
  const p = camera.params
  return ONE_FOCAL.has(camera.model) ? [p[0]!, p[0]!, p[1]!, p[2]!] : [p[0]!, p[1]!, p[2]!, p[3]!]
}

/** Median of the points per axis; of nothing, zero. */
function middle(model: Reconstruction): [number, number, number] {
  const n = model.points.size
  if (n === 0) return [0, 0, 0]
  const axis = (k: number) => Float64Array.from(model.points.values(), (p) => p.xyz[k]!).sort()[n >> 1]!
  return [axis(0), axis(1), axis(2)]
}

/** `count` of the ids at random but always the same ones, still ascending. */
function sample(ids: readonly number[], count: number): readonly number[] {
  if (ids.length <= count) return ids
  return randomStream(0, 'report-points')
    .shuffle([...ids])
    .slice(0, Math.max(0, Math.floor(count)))
    .sort((a, b) => a - b)
}

function unit16(value: number, size: number): number {
  return Math.max(0, Math.min(65535, Math.round((value / size) * 65535)))
}
