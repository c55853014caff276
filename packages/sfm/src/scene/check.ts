import { EpipoleError } from '@epipole/core'
import { camera } from '@epipole/geometry'
import { NO_POINT, type Reconstruction, type ReconstructionImage, type ReconstructionPoint } from './reconstruction.js'

/** Ids are stored as signed 32-bit integers in tracks and images. */
export const MAX_ID = 0x7fffffff

/** A zero character, or half of a surrogate pair. */
const UNWRITABLE = /\0|\p{Surrogate}/u

/** The first thing that keeps a model from being one: what is wrong with which record. */
export interface ModelProblem {
  readonly record: 'camera' | 'image' | 'point'
  readonly id: number
  /** A clause without a full stop, e.g. `image 3 refers to camera 7, which is missing`. */
  readonly text: string
}

/**
 * Looks for a contradiction: values that are not finite, rotations that are not, ids out of range, names used twice,
 * references to nothing, and tracks and images that do not agree with each other. Linear in the size of the model.
 */
export function findModelProblem(model: Reconstruction): ModelProblem | undefined {
  return cameraProblem(model) ?? imageProblem(model) ?? trackProblem(model)
}

/** Throws `usage` where `findModelProblem` finds one: nothing may be written that nothing could read. */
export function assertModel(model: Reconstruction): void {
  const problem = findModelProblem(model)
  if (problem !== undefined) {
    throw new EpipoleError('usage', `The model contradicts itself: ${problem.text}.`, { ...problem })
  }
}

function cameraProblem(model: Reconstruction): ModelProblem | undefined {
  for (const [id, c] of model.cameras) {
    if (!isId(id)) return { record: 'camera', id, text: `camera id ${id} is not between 0 and ${MAX_ID}` }
    try {
      camera(c.model, c.width, c.height, c.params)
    } catch (error) {
      return {
        record: 'camera',
        id,
        text: `camera ${id} is impossible: ${(error as Error).message.replace(/\.$/, '')}`,
      }
    }
  }
  return undefined
}

function imageProblem(model: Reconstruction): ModelProblem | undefined {
  const names = new Map<string, number>()
  for (const [id, image] of model.images) {
    const text = !isId(id) ? `image id ${id} is not between 0 and ${MAX_ID}` : problemOfImage(id, image, model, names)
    if (text !== undefined) return { record: 'image', id, text }
    names.set(image.name, id)
  }
  return undefined
}

function problemOfImage(
  id: number,
  image: ReconstructionImage,
  model: Reconstruction,
  names: ReadonlyMap<string, number>,
): string | undefined {
  const { R, t } = image.camFromWorld
  if (image.name === '') return `image ${id} has no name`
  if (UNWRITABLE.test(image.name)) return `image ${id} has a name that is not Unicode text without zero characters`
  if (names.has(image.name)) return `images ${names.get(image.name)} and ${id} are both named ${image.name}`
  if (!model.cameras.has(image.cameraId)) return `image ${id} refers to camera ${image.cameraId}, which is missing`
  if (!allFinite(t)) return `image ${id} has a translation that is not finite`
  if (!isRotation(R)) return `image ${id} has a rotation matrix that is not a rotation`
  if (image.keypoints.length !== 2 * image.pointIds.length) {
    return `image ${id} has ${image.keypoints.length} keypoint coordinates for ${image.pointIds.length} point ids`
  }
  if (!allFinite(image.keypoints)) return `image ${id} has a keypoint that is not finite`
  return undefined
}

/** Every track element must be an image's keypoint that names the point, each once; every named point must have it. */
function trackProblem(model: Reconstruction): ModelProblem | undefined {
  const seen = new Map<number, Uint8Array>()
  for (const [id, image] of model.images) seen.set(id, new Uint8Array(image.pointIds.length))
  for (const [id, point] of model.points) {
    const text = problemOfPoint(id, point) ?? problemOfTrack(id, point, model, seen)
    if (text !== undefined) return { record: 'point', id, text }
  }
  for (const [id, image] of model.images) {
    const marks = seen.get(id) as Uint8Array
    for (let k = 0; k < marks.length; k++) {
      const pointId = image.pointIds[k]
      if (pointId === NO_POINT || marks[k] === 1) continue
      const text = model.points.has(pointId)
        ? `keypoint ${k} of image ${id} names point ${pointId}, whose track does not hold it`
        : `keypoint ${k} of image ${id} names point ${pointId}, which is missing`
      return { record: 'image', id, text }
    }
  }
  return undefined
}

function problemOfPoint(id: number, point: ReconstructionPoint): string | undefined {
  if (!isId(id)) return `point id ${id} is not between 0 and ${MAX_ID}`
  if (point.xyz.length !== 3 || !allFinite(point.xyz)) return `point ${id} has a coordinate that is not finite`
  if (!Number.isFinite(point.error)) return `point ${id} has an error that is not finite`
  for (const channel of point.rgb) {
    if (!(Number.isInteger(channel) && channel >= 0 && channel <= 255)) {
      return `point ${id} has a colour of ${channel}, not a whole number from 0 to 255`
    }
  }
  return undefined
}

function problemOfTrack(
  id: number,
  { track }: ReconstructionPoint,
  model: Reconstruction,
  seen: ReadonlyMap<number, Uint8Array>,
): string | undefined {
  for (let i = 0; i + 1 < track.length; i += 2) {
    const imageId = track[i]
    const k = track[i + 1]
    const image = model.images.get(imageId)
    const marks = seen.get(imageId)
    if (image === undefined || marks === undefined) return `point ${id} is seen by image ${imageId}, which is missing`
    if (k < 0 || k >= marks.length) {
      return `point ${id} is seen at keypoint ${k} of image ${imageId}, which has ${marks.length}`
    }
    if (image.pointIds[k] !== id) {
      const other = image.pointIds[k] === NO_POINT ? 'no point' : `point ${image.pointIds[k]}`
      return `point ${id} is seen at keypoint ${k} of image ${imageId}, which names ${other}`
    }
    if (marks[k] === 1) return `point ${id} holds keypoint ${k} of image ${imageId} twice`
    marks[k] = 1
  }
  return undefined
}

function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_ID
}

function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}

/** Orthonormal rows, right-handed, to 1e-6: a matrix that a quaternion can stand for. */
function isRotation(R: Float64Array): boolean {
  if (R.length !== 9 || !allFinite(R)) return false
  const dot = (a: number, b: number) => R[a] * R[b] + R[a + 1] * R[b + 1] + R[a + 2] * R[b + 2]
  for (const [a, b] of [
    [0, 0],
    [3, 3],
    [6, 6],
    [0, 3],
    [0, 6],
    [3, 6],
  ]) {
    if (Math.abs(dot(a, b) - (a === b ? 1 : 0)) > 1e-6) return false
  }
  return (
    R[0] * (R[4] * R[8] - R[5] * R[7]) + R[1] * (R[5] * R[6] - R[3] * R[8]) + R[2] * (R[3] * R[7] - R[4] * R[6]) > 0
  )
}
