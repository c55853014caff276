import { BinaryWriter, EpipoleError } from '@epipole/core'
import { byId } from '../scene/by-id.js'
import { assertModel } from '../scene/check.js'
import type { Reconstruction } from '../scene/reconstruction.js'

/**
 * The points as a binary little-endian PLY: per vertex x, y, z (f32, the model's world) and red, green, blue (u8), by
 * ascending id.
 *
 * @throws EpipoleError `usage` where the model contradicts itself or a coordinate exceeds f32
 */
export function writePly(model: Reconstruction): Uint8Array {
  assertModel(model)
  const header = [
    'ply',
    'format binary_little_endian 1.0',
    'comment Points of a sparse model, in its world: arbitrary scale, x right, y down, z forward of an upright camera',
    `element vertex ${model.points.size}`,
    'property float x',
    'property float y',
    'property float z',
    'property uchar red',
    'property uchar green',
    'property uchar blue',
    'end_header',
  ]
  const writer = new BinaryWriter(1024 + 15 * model.points.size)
  writer.bytes(new TextEncoder().encode(`${header.join('\n')}\n`))
  for (const [id, { xyz, rgb }] of byId(model.points)) {
    for (const coordinate of xyz) {
      if (!Number.isFinite(Math.fround(coordinate))) {
        throw new EpipoleError(
          'usage',
          `Point ${id} has a coordinate of ${coordinate}, too large for a PLY of 32-bit floats.`,
          {
            point: id,
          },
        )
      }
      writer.f32(coordinate)
    }
    for (const channel of rgb) writer.u8(channel)
  }
  return writer.finish()
}
