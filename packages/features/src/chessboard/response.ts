import type { GrayImage } from '../features.js'

/**
 * How much a pixel looks like the crossing of two edges between light and dark squares: the ChESS detector of Bennett and
 * Lasenby, "ChESS – Quick and robust detection of chess-board features" (CVIU 2014). Of sixteen samples on a ring of radius 5,
 * opposite ones are alike (their difference counts against) and a quarter turn apart unlike (counts for); a stripe or an edge
 * gives nothing, and a blob is told by its centre.
 */
const RING = [
  [0, -5],
  [2, -5],
  [4, -4],
  [5, -2],
  [5, 0],
  [5, 2],
  [4, 4],
  [2, 5],
  [0, 5],
  [-2, 5],
  [-4, 4],
  [-5, 2],
  [-5, 0],
  [-5, -2],
  [-4, -4],
  [-2, -5],
] as const

/** Pixels along the border that have no whole ring. */
export const RING_MARGIN = 6

/** `width × height` responses; 0 along the border and where there is none. */
export function crossingResponse({ width, height, data }: GrayImage): Int32Array {
  const out = new Int32Array(width * height)
  const offsets = RING.map(([x, y]) => y * width + x)
  const ring = new Int32Array(16)
  for (let y = RING_MARGIN; y < height - RING_MARGIN; y++) {
    for (let x = RING_MARGIN; x < width - RING_MARGIN; x++) {
      const at = y * width + x
      let total = 0
      for (let k = 0; k < 16; k++) {
        const value = data[at + offsets[k]!]!
        ring[k] = value
        total += value
      }
      let response = 0
      for (let k = 0; k < 4; k++) response += Math.abs(ring[k]! + ring[k + 8]! - ring[k + 4]! - ring[k + 12]!)
      for (let k = 0; k < 8; k++) response -= Math.abs(ring[k]! - ring[k + 8]!)
      const middle = data[at]! + data[at - 1]! + data[at + 1]! + data[at - width]! + data[at + width]!
      response -= Math.floor(Math.abs(16 * middle - 5 * total) / 5)
      out[at] = Math.max(0, response)
    }
  }
  return out
}
