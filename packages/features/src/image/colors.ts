import { EpipoleError } from '@epipole/core'
import { checkPlane } from './check.js'
import type { ColorImage } from './gray.js'

/**
 * Colours (`count × 3`: red, green, blue) of a photo at keypoints, interpolated bilinearly, edges repeated. `keypoints` are
 * rows of `stride` floats (4 as in `Features`, 2 for bare positions) that start with x, y in photo pixels; `scale` is photo
 * pixels per pixel of `image`. Throws `usage` when the data does not fit the size, or a position is not finite.
 */
export function colorsAt(image: ColorImage, keypoints: Float32Array | Float64Array, scale = 1, stride = 4): Uint8Array {
  const { width, height, channels, data } = image
  checkPlane(width, height, data.length, channels)
  const count = Math.floor(keypoints.length / stride)
  const colors = new Uint8Array(3 * count)
  if (count > 0 && data.length === 0) throw new EpipoleError('usage', 'colorsAt: the image has no pixels')
  for (let i = 0; i < count; ++i) {
    const x = keypoints[stride * i]! / scale - 0.5
    const y = keypoints[stride * i + 1]! / scale - 0.5
    if (!(Number.isFinite(x) && Number.isFinite(y))) {
      throw new EpipoleError('usage', `colorsAt: keypoint ${i} has no finite position`, { index: i })
    }
    const left = Math.floor(x)
    const top = Math.floor(y)
    const fx = x - left
    const fy = y - top
    const x0 = clamp(left, width) * channels
    const x1 = clamp(left + 1, width) * channels
    const y0 = clamp(top, height) * width * channels
    const y1 = clamp(top + 1, height) * width * channels
    for (let c = 0; c < 3; ++c) {
      const upper = data[y0 + x0 + c]! * (1 - fx) + data[y0 + x1 + c]! * fx
      const lower = data[y1 + x0 + c]! * (1 - fx) + data[y1 + x1 + c]! * fx
      colors[3 * i + c] = Math.floor(upper * (1 - fy) + lower * fy + 0.5)
    }
  }
  return colors
}

function clamp(position: number, size: number): number {
  return Math.min(Math.max(position, 0), size - 1)
}
