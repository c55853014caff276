import { EpipoleError } from '@epipole/core'
import type { GrayImage } from '../features.js'
import { checkGray } from './check.js'

export interface ResizedGray {
  readonly image: GrayImage
  /** Photo pixels per image pixel, exactly the same along both axes, ≥ 1. */
  readonly scale: number
}

/**
 * Scales an image down so that its longer side is `maxSide` pixels, by averaging areas: pixel (i, j) is the mean of the
 * photo over [i·scale, (i+1)·scale) × [j·scale, (j+1)·scale), rounded to the nearest. With pixel centres at (0.5, 0.5) a
 * position in the photo is `scale` times that in the image, with no shift. A fraction of a pixel that is left over at the
 * end of the shorter side is dropped. An image small enough already is returned as it is, with scale 1.
 *
 * Throws `usage` for a `maxSide` that is no whole number ≥ 1 or an image whose data does not fit its size.
 */
export function resizeGray(image: GrayImage, maxSide: number): ResizedGray {
  checkGray(image)
  if (!(Number.isSafeInteger(maxSide) && maxSide >= 1)) {
    throw new EpipoleError('usage', `resizeGray: maxSide must be a whole number ≥ 1, not ${maxSide}`, { maxSide })
  }
  const longer = Math.max(image.width, image.height)
  if (longer <= maxSide) return { image, scale: 1 }
  const scale = longer / maxSide
  const columns = areaWeights(image.width, maxSide, longer)
  const rows = areaWeights(image.height, maxSide, longer)
  return { image: average(image, columns, rows), scale }
}

/** For each output sample the first input sample it covers, and the weights of that and the following ones. */
interface AreaWeights {
  readonly count: number
  readonly first: Int32Array
  readonly taps: number
  /** `count × taps`; each row sums to 1. */
  readonly weights: Float64Array
}

/** Sample i covers [i · longer / maxSide, (i + 1) · longer / maxSide); counted in units of 1 / maxSide, so exactly. */
function areaWeights(size: number, maxSide: number, longer: number): AreaWeights {
  const count = Math.max(1, Math.floor((size * maxSide) / longer))
  const taps = Math.ceil(longer / maxSide) + 1
  const first = new Int32Array(count)
  const weights = new Float64Array(count * taps)
  for (let i = 0; i < count; ++i) {
    const begin = i * longer
    const end = Math.min((i + 1) * longer, size * maxSide)
    first[i] = Math.floor(begin / maxSide)
    for (let t = 0; t < taps; ++t) {
      const left = (first[i]! + t) * maxSide
      const overlap = Math.min(left + maxSide, end) - Math.max(left, begin)
      weights[i * taps + t] = Math.max(0, overlap) / (end - begin)
    }
  }
  return { count, first, taps, weights }
}

function average(image: GrayImage, columns: AreaWeights, rows: AreaWeights): GrayImage {
  const data = new Uint8Array(columns.count * rows.count)
  const sums = new Float64Array(image.width)
  for (let j = 0; j < rows.count; ++j) {
    sums.fill(0)
    for (let t = 0; t < rows.taps; ++t) {
      const weight = rows.weights[j * rows.taps + t]!
      if (weight === 0) continue
      const row = (rows.first[j]! + t) * image.width
      for (let x = 0; x < image.width; ++x) sums[x]! += weight * image.data[row + x]!
    }
    for (let i = 0; i < columns.count; ++i) {
      let sum = 0
      for (let t = 0; t < columns.taps; ++t) {
        const weight = columns.weights[i * columns.taps + t]!
        if (weight !== 0) sum += weight * sums[columns.first[i]! + t]!
      }
      data[j * columns.count + i] = Math.floor(sum + 0.5)
    }
  }
  return { width: columns.count, height: rows.count, data }
}
