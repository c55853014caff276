import type { BinaryReader } from '@epipole/core'
import { type Camera, type CameraModelInfo, camera, cameraModelInfo } from '@epipole/geometry'
import { MAX_ID } from '../../scene/check.js'
import { NO_POINT, type ReconstructionImage, type ReconstructionPoint } from '../../scene/reconstruction.js'
import { poseFromQuaternion, Table } from './table.js'

/** The least bytes that one record takes; a count that exceeds what remains is refused before memory is asked for. */
const CAMERA_SIZE = 4 + 4 + 8 + 8 + 3 * 8
const IMAGE_SIZE = 4 + 7 * 8 + 4 + 2 + 8
const KEYPOINT_SIZE = 8 + 8 + 8
const POINT_SIZE = 8 + 3 * 8 + 3 + 8 + 8
const TRACK_ELEMENT_SIZE = 4 + 4

/** `cameras.bin`: u64 count; each i32 id, i32 model, u64 width, u64 height, f64 params[]. */
export function readCamerasBinary(reader: BinaryReader): Table<Camera> {
  const table = new Table<Camera>(reader.file, 'binary')
  const count = reader.count(CAMERA_SIZE, 'cameras')
  for (let i = 0; i < count; i++) {
    const start = reader.offset
    const id = newId(reader, reader.u32('a camera id'), 'camera', table, start)
    const info = cameraModel(reader)
    const width = sizeInPixels(reader, 'width')
    const height = sizeInPixels(reader, 'height')
    const params = info.paramNames.map((name) => reader.finiteF64(`parameter ${name} of camera ${id}`))
    table.add(
      id,
      refusedAt(reader, start, () => camera(info.name, width, height, params)),
      start,
    )
  }
  reader.expectEnd()
  return table
}

function cameraModel(reader: BinaryReader): CameraModelInfo {
  const at = reader.offset
  const number = reader.i32('a camera model')
  return refusedAt(reader, at, () => cameraModelInfo(number))
}

function sizeInPixels(reader: BinaryReader, what: string): number {
  const at = reader.offset
  const size = reader.u64(`a camera's ${what}`)
  if (size < 1 || size > MAX_ID) reader.fail(`a camera's ${what} is ${size} pixels`, at)
  return size
}

/** Runs a check of values; its refusal gets the place where they began. */
function refusedAt<T>(reader: BinaryReader, at: number, make: () => T): T {
  try {
    return make()
  } catch (error) {
    return reader.fail((error as Error).message.replace(/\.$/, ''), at)
  }
}

/**
 * `images.bin`: u64 count; each u32 id, f64 qw qx qy qz tx ty tz, u32 camera id, zero-terminated name, u64 count of keypoints;
 * each f64 x, y, u64 point id (all ones: none).
 */
export function readImagesBinary(reader: BinaryReader): Table<ReconstructionImage> {
  const table = new Table<ReconstructionImage>(reader.file, 'binary')
  const count = reader.count(IMAGE_SIZE, 'images')
  for (let i = 0; i < count; i++) {
    const start = reader.offset
    const id = newId(reader, reader.u32('an image id'), 'image', table, start)
    const pose = [0, 0, 0, 0, 0, 0, 0].map(() => reader.finiteF64(`the pose of image ${id}`))
    const camFromWorld = poseFromQuaternion(pose.slice(0, 4), pose.slice(4))
    if (camFromWorld === undefined) {
      reader.fail(`the quaternion ${pose.slice(0, 4).join(' ')} of image ${id} is not a rotation`, start + 4)
    }
    const cameraId = reader.u32('a camera id')
    const name = reader.cString(`the name of image ${id}`)
    table.add(id, { name, cameraId, camFromWorld, ...readKeypoints(reader, id) }, start)
  }
  reader.expectEnd()
  return table
}

function readKeypoints(reader: BinaryReader, imageId: number): { keypoints: Float64Array; pointIds: Int32Array } {
  const count = reader.count(KEYPOINT_SIZE, `keypoints of image ${imageId}`)
  const keypoints = new Float64Array(2 * count)
  const pointIds = new Int32Array(count)
  for (let k = 0; k < count; k++) {
    keypoints[2 * k] = reader.finiteF64('x of a keypoint')
    keypoints[2 * k + 1] = reader.finiteF64('y of a keypoint')
    const at = reader.offset
    const pointId = reader.i64('a point id')
    if (pointId < NO_POINT || pointId > MAX_ID) reader.fail(`point id ${pointId} is not between 0 and ${MAX_ID}`, at)
    pointIds[k] = pointId
  }
  return { keypoints, pointIds }
}

/** `points3D.bin`: u64 count; each u64 id, f64 xyz, u8 rgb, f64 error, u64 track length; each u32 image id, u32 keypoint. */
export function readPointsBinary(reader: BinaryReader): Table<ReconstructionPoint> {
  const table = new Table<ReconstructionPoint>(reader.file, 'binary')
  const count = reader.count(POINT_SIZE, 'points')
  for (let i = 0; i < count; i++) {
    const start = reader.offset
    const id = newId(reader, reader.u64('a point id'), 'point', table, start)
    const xyz = new Float64Array(3)
    for (let k = 0; k < 3; k++) xyz[k] = reader.finiteF64('a coordinate of a point')
    const rgb = [reader.u8('red'), reader.u8('green'), reader.u8('blue')] as const
    const error = reader.finiteF64('the error of a point')
    table.add(id, { xyz, rgb, error, track: readTrack(reader, id) }, start)
  }
  reader.expectEnd()
  return table
}

function readTrack(reader: BinaryReader, pointId: number): Int32Array {
  const length = reader.count(TRACK_ELEMENT_SIZE, `track elements of point ${pointId}`)
  const track = new Int32Array(2 * length)
  for (let k = 0; k < track.length; k++) {
    const at = reader.offset
    const value = reader.u32('a track element')
    if (value > MAX_ID) reader.fail(`${value} is neither an image id nor a keypoint's index`, at)
    track[k] = value
  }
  return track
}

function newId(reader: BinaryReader, id: number, what: string, table: Table<unknown>, at: number): number {
  if (id > MAX_ID) reader.fail(`${what} id ${id} is not between 0 and ${MAX_ID}`, at)
  if (table.records.has(id)) reader.fail(`${what} id ${id} was used before`, at)
  return id
}
