import { EpipoleError } from '@epipole/core'
import { type Camera, meanFocalLength, normalizedFromPixels, type Rigid } from '@epipole/geometry'
import type { PreparedScene } from '../scenes/prepare.js'
import { hash2, hash32 } from '../texture/noise.js'
import { createRay } from '../trace/intersect.js'
import { gatheredLight } from './gathered.js'
import { SAMPLE_SIZE, shadeRay } from './shading.js'

export interface RadianceOptions {
  /** Rays a pixel; default 1, through the pixel's centre. */
  readonly samples?: number
  /** Trace light that bounced once, and the sky's light with the shadows it casts; default false: a formula. */
  readonly indirect?: boolean
  /** Names the noise of the samples. */
  readonly seed?: number
}

/**
 * Linear radiance that reaches each pixel, `width × height × 3`, row by row.
 *
 * Rays are un-projected exactly at the corners of all pixels and interpolated within a pixel, where the lens is straight to
 * about 1e-5 pixel.
 *
 * @throws EpipoleError `usage` where the camera's distortion leaves a pixel of the photo without a ray
 */
export function renderRadiance(
  prepared: PreparedScene,
  camera: Camera,
  camFromWorld: Rigid,
  options: RadianceOptions = {},
): Float32Array {
  const { samples = 1, indirect = false, seed = 0 } = options
  const { width, height } = camera
  const out = new Float32Array(width * height * 3)
  const waiting = indirect ? new Float32Array(width * height * 10) : undefined
  const ray = createRay()
  const sample = new Float64Array(SAMPLE_SIZE)
  const sum = new Float64Array(SAMPLE_SIZE)
  const { R, t } = camFromWorld
  const eye = [0, 1, 2].map((k) => -(R[k] * t[0] + R[k + 3] * t[1] + R[k + 6] * t[2]))
  const pixelAngle = 1 / meanFocalLength(camera)
  let upper = cornerRays(camera, 0)
  for (let y = 0; y < height; y++) {
    const lower = cornerRays(camera, y + 1)
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x
      const name = hash2(pixel, seed)
      sum.fill(0)
      for (let i = 0; i < samples; i++) {
        // The R2 sequence (Roberts 2018) spreads the samples over the pixel; each pixel starts it elsewhere.
        const a = samples === 1 ? 0.5 : fraction((name & 0xffff) / 65536 + i * 0.7548776662466927)
        const b = samples === 1 ? 0.5 : fraction((name >>> 16) / 65536 + i * 0.5698402909980532)
        const j = 2 * x
        const u = (1 - b) * ((1 - a) * upper[j] + a * upper[j + 2]) + b * ((1 - a) * lower[j] + a * lower[j + 2])
        const v =
          (1 - b) * ((1 - a) * upper[j + 1] + a * upper[j + 3]) + b * ((1 - a) * lower[j + 1] + a * lower[j + 3])
        for (let k = 0; k < 3; k++) {
          ray[k] = eye[k]
          ray[3 + k] = R[k] * u + R[k + 3] * v + R[k + 6]
        }
        shadeRay(prepared, ray, pixelAngle, hash32(name + i), samples > 1, indirect, sample)
        for (let k = 0; k < SAMPLE_SIZE; k++) sum[k] += sample[k]
      }
      for (let k = 0; k < 3; k++) out[pixel * 3 + k] = sum[k] / samples
      if (waiting) for (let k = 0; k < 10; k++) waiting[pixel * 10 + k] = sum[3 + k] / samples
    }
    upper = lower
  }
  if (waiting) gatheredLight(waiting, width, height, out)
  return out
}

function fraction(x: number): number {
  return x - Math.floor(x)
}

/** Normalised coordinates of the corners of the pixels above row `y`: width + 1 pairs. */
function cornerRays(camera: Camera, y: number): Float64Array {
  const pixels = new Float64Array((camera.width + 1) * 2)
  for (let x = 0; x <= camera.width; x++) {
    pixels[2 * x] = x
    pixels[2 * x + 1] = y
  }
  const { xy, refused } = normalizedFromPixels(camera, pixels, pixels)
  if (refused > 0) {
    throw new EpipoleError('usage', `The camera's distortion leaves ${refused} pixels of row ${y} without a ray.`, {
      model: camera.model,
      params: [...camera.params],
      row: y,
      refused,
    })
  }
  return xy
}
