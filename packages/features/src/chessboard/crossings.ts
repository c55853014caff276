import { cos, sin } from '@epipole/core'
import type { GrayImage } from '../features.js'
import { sample } from './plane.js'
import { refineCrossing } from './refine.js'
import { crossingResponse, RING_MARGIN } from './response.js'

/** Where two edges cross. */
export interface Crossing {
  /** Pixels of the image searched. */
  readonly x: number
  readonly y: number
  readonly response: number
  /** Directions of the two edges, unit vectors of the right half plane: x1, y1, x2, y2. */
  readonly edges: readonly [number, number, number, number]
}

/** A response below this part of the largest is noise beside it. */
const MIN_RELATIVE = 0.04
/** Sixteen samples of two gray values that differ by four. */
const MIN_RESPONSE = 30
const MAX_CROSSINGS = 4000
const DIRECTIONS = 32
const RING_RADIUS = 5
const CIRCLE = Array.from({ length: DIRECTIONS }, (_, k) => {
  const angle = (2 * Math.PI * k) / DIRECTIONS
  return [cos(angle), sin(angle)] as const
})

/** A picture and what was found in it. */
export interface CrossingPicture {
  readonly image: GrayImage
  /** `width × height`, see `crossingResponse`. */
  readonly response: Int32Array
  /** Strongest first, at sub-pixel positions. */
  readonly crossings: readonly Crossing[]
}

/** All crossings of an image. */
export function findCrossings(image: GrayImage): CrossingPicture {
  const { width, height } = image
  if (width <= 2 * RING_MARGIN || height <= 2 * RING_MARGIN) {
    return { image, response: new Int32Array(width * height), crossings: [] }
  }
  const response = crossingResponse(image)
  let largest = 0
  for (const r of response) largest = Math.max(largest, r)
  const least = Math.max(MIN_RESPONSE, MIN_RELATIVE * largest)
  const peaks: number[] = []
  for (let y = RING_MARGIN; y < height - RING_MARGIN; y++) {
    for (let x = RING_MARGIN; x < width - RING_MARGIN; x++) {
      const at = y * width + x
      if (response[at]! >= least && isPeak(response, width, at)) peaks.push(at)
    }
  }
  peaks.sort((a, b) => response[b]! - response[a]! || a - b)
  const found: Crossing[] = []
  for (const at of peaks.slice(0, MAX_CROSSINGS)) {
    const crossing = crossingAt(image, response, (at % width) + 0.5, Math.floor(at / width) + 0.5)
    if (crossing && !found.some((c) => Math.abs(c.x - crossing.x) + Math.abs(c.y - crossing.y) < 2))
      found.push(crossing)
  }
  return { image, response, crossings: found }
}

/** The largest of 5 × 5; of equal neighbours the first. */
function isPeak(response: Int32Array, width: number, at: number): boolean {
  const own = response[at]!
  for (let j = -2; j <= 2; j++) {
    for (let i = -2; i <= 2; i++) {
      const other = response[at + j * width + i]!
      if (other > own || (other === own && (j < 0 || (j === 0 && i < 0)))) return false
    }
  }
  return true
}

/** The crossing about a position; `undefined` where the picture there is none. */
export function crossingAt(image: GrayImage, response: Int32Array, x: number, y: number): Crossing | undefined {
  const xy = Float64Array.of(x, y)
  if (!refineCrossing(image, xy, 0, 6)) return undefined
  const edges = edgeDirections(image, xy[0]!, xy[1]!)
  return edges && { x: xy[0]!, y: xy[1]!, response: strongest(response, image, xy[0]!, xy[1]!), edges }
}

/** The largest response of 3 × 3 about a position. */
function strongest(response: Int32Array, { width, height }: GrayImage, x: number, y: number): number {
  let largest = 0
  for (let j = Math.floor(y) - 1; j <= Math.floor(y) + 1; j++) {
    for (let i = Math.floor(x) - 1; i <= Math.floor(x) + 1; i++) {
      if (i >= 0 && j >= 0 && i < width && j < height) largest = Math.max(largest, response[j * width + i]!)
    }
  }
  return largest
}

/** The ring about a crossing goes from light to dark and back exactly twice; opposite changes make an edge. */
function edgeDirections(image: GrayImage, x: number, y: number): [number, number, number, number] | undefined {
  const ring = CIRCLE.map(([dx, dy]) => sample(image, x + RING_RADIUS * dx, y + RING_RADIUS * dy))
  const [low, high] = [Math.min(...ring), Math.max(...ring)]
  const middle = (low + high) / 2
  const changes: number[] = []
  for (let k = 0; k < DIRECTIONS; k++) {
    const [a, b] = [ring[k]! - middle, ring[(k + 1) % DIRECTIONS]! - middle]
    if (a < 0 !== b < 0) changes.push(k + a / (a - b))
  }
  if (changes.length !== 4) return undefined
  const out = changes.slice(0, 2).map((first, k) => {
    const opposite = changes[k + 2]! - DIRECTIONS / 2
    // Opposite to within 45°: the lens bends no square more.
    if (Math.abs(opposite - first) > DIRECTIONS / 8) return undefined
    const angle = (Math.PI * (first + opposite)) / DIRECTIONS
    return [cos(angle), sin(angle)] as const
  })
  if (!out[0] || !out[1]) return undefined
  return [...out[0], ...out[1]]
}
