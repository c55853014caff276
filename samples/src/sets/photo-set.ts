import { type Camera, camera, cameraCenter } from '@epipole/geometry'
import type { View } from '../render/view.js'
import type { Scene } from '../scenes/scene.js'

/** What a camera writes into its files. */
export interface Exif {
  readonly make: string
  readonly model: string
  readonly lensModel: string
  /** Millimetres. */
  readonly focalLength: number
  /** Millimetres, for a frame 36 × 24 mm. */
  readonly focalLength35mm: number
  /** 1: as stored; 6: to be turned clockwise by 90° for showing. */
  readonly orientation: 1 | 6
  /** Seconds. */
  readonly exposureTime: number
  readonly fNumber: number
}

/** A photo to be taken, of one of the set's scenes. */
export interface Shot {
  readonly view: View
  readonly scene: number
  readonly exif: Exif
}

/** A photo set as plain data, not yet rendered. */
export interface PhotoSet {
  readonly name: string
  readonly scenes: readonly Scene[]
  readonly shots: readonly Shot[]
  /** Extent of what the photos show, in metres: the yardstick for position errors. */
  readonly sceneSize: number
}

/** Truth in the form that pose evaluations read; per photo also the whole camera. */
export interface SetTruth {
  readonly note: string
  /** Metres. */
  readonly sceneSize: number
  readonly images: Readonly<Record<string, ImageTruth>>
}

export interface ImageTruth {
  /** Rotation camera-from-world, row-major. */
  readonly R: readonly number[]
  /** Camera centre in the world, metres. */
  readonly C: readonly number[]
  /** fx, fy, cx, cy in pixels. */
  readonly K: readonly [number, number, number, number]
  readonly camera: Camera
}

/**
 * The camera of all sets: a moderate wide angle, 2 % off the focal length its EXIF claims, with barrel distortion and a
 * principal point off the middle, as real ones have.
 */
export function sampleCamera(width: number): Camera {
  const height = Math.round((width * 2) / 3)
  const scale = width / 1200
  return camera('SIMPLE_RADIAL', width, height, [
    953 * scale,
    width / 2 + 2.6 * scale,
    height / 2 - 1.9 * scale,
    -0.062,
  ])
}

/** The EXIF of {@link sampleCamera}: 28 mm on a full frame is 933 pixels of 1200. */
export const sampleExif: Exif = {
  make: 'Epipole',
  model: 'Ray One',
  lensModel: 'Analytic 18mm f/5.6',
  focalLength: 18.4,
  focalLength35mm: 28,
  orientation: 1,
  exposureTime: 1 / 250,
  fNumber: 5.6,
}

export function setTruth(set: PhotoSet): SetTruth {
  const images: Record<string, ImageTruth> = {}
  for (const { view } of set.shots) {
    const [f, cx, cy] = view.camera.params
    images[view.name] = {
      R: [...view.camFromWorld.R],
      C: [...cameraCenter(view.camFromWorld)],
      K: [f, f, cx, cy],
      camera: view.camera,
    }
  }
  return {
    note: `Exact truth of the rendered set "${set.name}": metres, z up; R camera-from-world (row-major), C camera centre, K = [fx, fy, cx, cy]; pixel centres at half-integers.`,
    sceneSize: set.sceneSize,
    images,
  }
}
