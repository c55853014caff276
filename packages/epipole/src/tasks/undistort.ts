import { remap } from '@epipole/features'
import { type Camera, camera, undistortionMap } from '@epipole/geometry'
import { decodePixels } from '../photos/decode-pixels.js'
import type { Pixels, RefusedPhoto } from '../photos/photo.js'
import { verdictOf } from '../photos/refusal.js'

export interface UndistortPayload {
  readonly name: string
  readonly bytes: Uint8Array
  readonly from: Camera
  /** PINHOLE. */
  readonly to: Camera
}

export interface UndistortedPhoto extends Pixels {
  readonly name: string
  /** Pixels that the photo does not show; black. */
  readonly empty: number
}

/** Rows that are mapped at once: the map of a whole large photo would take four times its pixels. */
const BAND = 256

/** Decodes a photo and draws it as a camera without distortion would have taken it. A photo that cannot be used is refused. */
export async function undistort({ name, bytes, from, to }: UndistortPayload): Promise<UndistortedPhoto | RefusedPhoto> {
  try {
    const { width, height, rgb: data } = await decodePixels(bytes, name)
    const image = { width, height, channels: 3, data }
    const rgb = new Uint8Array(3 * to.width * to.height)
    const xy = new Float32Array(2 * to.width * Math.min(BAND, to.height))
    const [fx, fy, cx, cy] = to.params as readonly [number, number, number, number]
    let empty = 0
    for (let top = 0; top < to.height; top += BAND) {
      const rows = Math.min(BAND, to.height - top)
      const band = camera('PINHOLE', to.width, rows, [fx, fy, cx, cy - top])
      const map = undistortionMap(from, band, undefined, xy.subarray(0, 2 * to.width * rows))
      empty += map.empty
      remap(image, map.xy, rgb.subarray(3 * to.width * top, 3 * to.width * (top + rows)))
    }
    return { name, width: to.width, height: to.height, rgb, empty }
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === undefined) throw error
    return { name, verdict }
  }
}
