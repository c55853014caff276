import { EpipoleError } from '@epipole/core'
import { cameraCenter } from '@epipole/geometry'
import { byId } from '../scene/by-id.js'
import type { Reconstruction } from '../scene/reconstruction.js'

/** Where a named photo was taken from, in some world. */
export interface ViewPose {
  /** Path relative to the photo folder, with forward slashes. */
  readonly name: string
  /** Rotation of camFromWorld, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Camera centre in the world, 3 numbers; kept apart from R, whose digits may be few. */
  readonly center: Float64Array
}

/** The poses of a model's photos, by ascending image id. */
export function viewPoses(model: Reconstruction): ViewPose[] {
  return byId(model.images).map(([, { name, camFromWorld }]) => ({
    name,
    R: camFromWorld.R,
    center: cameraCenter(camFromWorld),
  }))
}

/** How far R Rᵀ may be from the identity: truths are written with few digits. */
const MAX_ROTATION_ERROR = 1e-3

/**
 * Camera truth from JSON `{ note?, images: { name: { R, C } } }`: R the rotation camera-from-world (9 numbers, row-major), C
 * the camera centre in the world. Other members are ignored. Sorted by name.
 *
 * @throws EpipoleError `input`, naming the file and the image
 */
export function readTruth(json: string, file = 'truth.json'): ViewPose[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw refusal(file, `is not JSON (${(error as Error).message})`)
  }
  const images = isRecord(parsed) ? parsed.images : undefined
  if (!isRecord(images)) throw refusal(file, 'has no "images": { name: { R, C } }')
  return Object.keys(images)
    .sort()
    .map((name) => {
      const image = images[name]
      const R = numbersOf(image, 'R', 9)
      const center = numbersOf(image, 'C', 3)
      if (R === undefined) throw refusal(file, `image "${name}" needs "R": 9 finite numbers`)
      if (center === undefined) throw refusal(file, `image "${name}" needs "C": 3 finite numbers`)
      if (!isNearRotation(R)) throw refusal(file, `"R" of image "${name}" is not a rotation matrix`)
      return { name, R, center }
    })
}

function refusal(file: string, problem: string): EpipoleError {
  return new EpipoleError('input', `${file}: ${problem}.`, { file })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numbersOf(image: unknown, key: string, count: number): Float64Array | undefined {
  const values = isRecord(image) ? image[key] : undefined
  if (!Array.isArray(values) || values.length !== count) return undefined
  return values.every((v) => typeof v === 'number' && Number.isFinite(v)) ? Float64Array.from(values) : undefined
}

function isNearRotation(R: Float64Array): boolean {
  for (let a = 0; a < 3; a++) {
    for (let b = a; b < 3; b++) {
      const dot = R[3 * a] * R[3 * b] + R[3 * a + 1] * R[3 * b + 1] + R[3 * a + 2] * R[3 * b + 2]
      if (!(Math.abs(dot - (a === b ? 1 : 0)) <= MAX_ROTATION_ERROR)) return false
    }
  }
  const cofactor = (i: number, j: number) => R[3 + i] * R[6 + j] - R[3 + j] * R[6 + i]
  return R[0] * cofactor(1, 2) + R[1] * cofactor(2, 0) + R[2] * cofactor(0, 1) > 0
}
