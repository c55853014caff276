import { fromUnit16, type ModelData } from '@epipole/sfm'
import type { Observation } from '../model-view/tracks.js'

/** The affine map from stored pixels to pixels as shown, `[a, b, c, d, e, f]` of canvas `setTransform`, at scale 1. */
export function shownTransform(
  orientation: number,
  width: number,
  height: number,
): [number, number, number, number, number, number] {
  switch (orientation) {
    case 2:
      return [-1, 0, 0, 1, width, 0]
    case 3:
      return [-1, 0, 0, -1, width, height]
    case 4:
      return [1, 0, 0, -1, 0, height]
    case 5:
      return [0, 1, 1, 0, 0, 0]
    case 6:
      return [0, 1, -1, 0, height, 0]
    case 7:
      return [0, -1, -1, 0, height, width]
    case 8:
      return [0, -1, 1, 0, 0, width]
    default:
      return [1, 0, 0, 1, 0, 0]
  }
}

/** Width and height as shown. */
export function shownSize(orientation: number, width: number, height: number): [number, number] {
  return orientation >= 5 && orientation <= 8 ? [height, width] : [width, height]
}

/** Stored pixels of an observation. */
export function observationPixel(data: ModelData, o: Observation): [number, number] {
  const image = data.images[o.image]!
  return [fromUnit16(data.trackXy[2 * o.at]!, image.width), fromUnit16(data.trackXy[2 * o.at + 1]!, image.height)]
}

/** Loads a picture as stored; undefined where there is none or its bytes are no picture. */
export async function loadPicture(url: string | undefined): Promise<HTMLImageElement | undefined> {
  if (!url) return undefined
  const image = new Image()
  image.style.imageOrientation = 'none'
  image.src = url
  try {
    await image.decode()
    return image
  } catch {
    return undefined
  }
}
