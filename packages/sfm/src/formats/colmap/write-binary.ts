import { BinaryWriter } from '@epipole/core'
import { cameraModelInfo, quaternionFromRotation } from '@epipole/geometry'
import { byId } from '../../scene/by-id.js'
import { assertModel } from '../../scene/check.js'
import type { Reconstruction } from '../../scene/reconstruction.js'
import type { ColmapFiles } from './table.js'

/**
 * The model as COLMAP's `cameras.bin`, `images.bin` and `points3D.bin`: records by ascending id, so equal models give equal
 * bytes.
 *
 * @throws EpipoleError `usage` where the model contradicts itself
 */
export function writeColmapBinary(model: Reconstruction): ColmapFiles {
  assertModel(model)
  return { cameras: camerasBinary(model), images: imagesBinary(model), points3D: pointsBinary(model) }
}

function camerasBinary({ cameras }: Reconstruction): Uint8Array {
  const writer = new BinaryWriter()
  writer.u64(cameras.size)
  for (const [id, c] of byId(cameras)) {
    writer.u32(id)
    writer.i32(cameraModelInfo(c.model).id)
    writer.u64(c.width)
    writer.u64(c.height)
    for (const param of c.params) writer.f64(param)
  }
  return writer.finish()
}

function imagesBinary({ images }: Reconstruction): Uint8Array {
  const writer = new BinaryWriter()
  writer.u64(images.size)
  for (const [id, { name, cameraId, camFromWorld, keypoints, pointIds }] of byId(images)) {
    writer.u32(id)
    for (const component of quaternionFromRotation(camFromWorld.R)) writer.f64(component)
    for (const component of camFromWorld.t) writer.f64(component)
    writer.u32(cameraId)
    writer.cString(name)
    writer.u64(pointIds.length)
    for (let k = 0; k < pointIds.length; k++) {
      writer.f64(keypoints[2 * k])
      writer.f64(keypoints[2 * k + 1])
      // No point is −1 here and 2⁶⁴ − 1 there: the same eight bytes.
      writer.i64(pointIds[k])
    }
  }
  return writer.finish()
}

function pointsBinary({ points }: Reconstruction): Uint8Array {
  const writer = new BinaryWriter()
  writer.u64(points.size)
  for (const [id, { xyz, rgb, error, track }] of byId(points)) {
    writer.u64(id)
    for (const coordinate of xyz) writer.f64(coordinate)
    for (const channel of rgb) writer.u8(channel)
    writer.f64(error)
    writer.u64(track.length / 2)
    for (const element of track) writer.u32(element)
  }
  return writer.finish()
}
