import { EpipoleError } from '@epipole/core'
import { scaleCamera } from '@epipole/geometry'
import type { PreparedScene } from '../scenes/prepare.js'
import { renderRadiance } from './radiance.js'
import { defaultSensor, develop, photoSeed, type Sensor } from './sensor.js'
import type { View } from './view.js'

export interface RenderOptions {
  /** Pixels; default: the view's camera. Both or none; the camera is scaled. */
  readonly width?: number
  readonly height?: number
  /** Rays a pixel; default 1. */
  readonly samples?: number
  /** Light that bounced, and soft shadows of the sky (slow; wants several samples); default false. */
  readonly indirect?: boolean
  /** Of sampling and sensor noise; default the scene's. */
  readonly seed?: number
  readonly sensor?: Sensor
}

/** 8-bit sRGB pixels, row by row, `width × height × 3`. */
export interface Photo {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Takes a photo of a scene. The same scene, view and options give the same bytes on any engine. */
export function renderPhoto(scene: PreparedScene, view: View, options: RenderOptions = {}): Photo {
  const { width = view.camera.width, height = view.camera.height, samples = 1, seed = scene.scene.seed } = options
  if (!(Number.isInteger(samples) && samples >= 1)) {
    throw new EpipoleError('usage', `A photo needs at least one ray a pixel, not ${samples}.`, { samples })
  }
  const same = width === view.camera.width && height === view.camera.height
  const camera = same ? view.camera : scaleCamera(view.camera, width, height)
  const radiance = renderRadiance(scene, camera, view.camFromWorld, {
    samples,
    indirect: options.indirect ?? false,
    seed: photoSeed(seed, view.name),
  })
  return { width, height, rgb: develop(radiance, width, height, view, seed, options.sensor ?? defaultSensor) }
}
