import type { GrayImage } from '../features.js'
import { sample } from './plane.js'

/** Gray values that two squares differ by at least. */
const MIN_CONTRAST = 6
const ALONG = [0.25, 0.5, 0.75] as const

/**
 * The step across the edge from one crossing to the next: right of the way minus left of it (with y down; going right, below
 * minus above). 0 where the squares on either side are not clearly different, all along.
 */
export function edgeStep(image: GrayImage, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = Math.sqrt(dx * dx + dy * dy)
  const across = Math.min(0.25, Math.max(0.12, 2 / length))
  const [nx, ny] = [-dy * across, dx * across]
  let sum = 0
  let sign = 0
  for (const s of ALONG) {
    const [x, y] = [ax + s * dx, ay + s * dy]
    const step = sample(image, x + nx, y + ny) - sample(image, x - nx, y - ny)
    if (Math.abs(step) < MIN_CONTRAST || (sign !== 0 && step * sign < 0)) return 0
    sign = step
    sum += step
  }
  return sum / ALONG.length
}
