// Photos whose true homography is known (Mikolajczyk et al., "A comparison of affine region detectors", IJCV 2005).
import { describe, expect, test } from 'vitest'
import { readPnm, sharedData } from '../../testing/images.js'
import type { Features, GrayImage } from '../features.js'
import { grayFromRgb } from '../image/gray.js'
import { bruteForceMatcher } from '../match/brute-force.js'
import { siftExtractor } from './extractor.js'

function gray(path: string): GrayImage {
  const { width, height, channels, data } = readPnm(sharedData(path))
  return channels === 3 ? grayFromRgb({ width, height, channels, data }) : { width, height, data }
}

/** Distances of matched keypoints from where the homography (origin: centre of the first pixel) puts them. */
function errors(a: Features, b: Features, matches: Uint32Array, h: number[]): number[] {
  const result: number[] = []
  for (let k = 0; k < matches.length; k += 2) {
    const x = a.keypoints[4 * matches[k]!]! - 0.5
    const y = a.keypoints[4 * matches[k]! + 1]! - 0.5
    const w = h[6]! * x + h[7]! * y + h[8]!
    const dx = (h[0]! * x + h[1]! * y + h[2]!) / w + 0.5 - b.keypoints[4 * matches[k + 1]!]!
    const dy = (h[3]! * x + h[4]! * y + h[5]!) / w + 0.5 - b.keypoints[4 * matches[k + 1]! + 1]!
    result.push(Math.sqrt(dx * dx + dy * dy))
  }
  return result
}

// OpenCV 4.6: SIFT_create(8192, 3, 0.02, 10, 1.6), positions less its bias of ¼ pixel, RootSIFT, mutual nearest
// neighbours, ratio 0.8 both ways, distance at most 0.7; matches, and those within 3 pixels of the homography.
const openCv = [
  { set: 'graf', type: 'ppm', other: 2, matches: 1300, correct: 1254 },
  { set: 'graf', type: 'ppm', other: 3, matches: 645, correct: 475 },
  { set: 'graf', type: 'ppm', other: 4, matches: 111, correct: 66 },
  { set: 'boat', type: 'pgm', other: 2, matches: 2363, correct: 2328 },
  { set: 'boat', type: 'pgm', other: 3, matches: 1761, correct: 1746 },
  { set: 'boat', type: 'pgm', other: 4, matches: 647, correct: 622 },
  { set: 'boat', type: 'pgm', other: 5, matches: 454, correct: 434 },
]

describe('matches that agree with the true homography', () => {
  test.each(openCv)('$set 1–$other: more than OpenCV, as precise', async ({ set, type, other, matches, correct }) => {
    const extractor = siftExtractor()
    const a = await extractor.extract(gray(`pairs/${set}/img1.${type}`))
    const b = await extractor.extract(gray(`pairs/${set}/img${other}.${type}`))
    const pairs = await bruteForceMatcher().match(a, b)
    const h = new TextDecoder()
      .decode(sharedData(`pairs/${set}/H1to${other}p`))
      .trim()
      .split(/\s+/)
      .map(Number)
    const good = errors(a, b, pairs, h).filter((error) => error < 3)
    expect(good.length).toBeGreaterThan(correct)
    expect(good.length / (pairs.length / 2)).toBeGreaterThan(correct / matches - 0.02)
  })
})

describe('a large photo', () => {
  test('8000 × 6000 is extracted within WebAssembly memory', async () => {
    const tile = gray('pairs/boat/img1.pgm')
    const [width, height] = [8000, 6000]
    const data = new Uint8Array(width * height)
    for (let y = 0; y < height; ++y) {
      for (let x = 0; x < width; ++x)
        data[y * width + x] = tile.data[(y % tile.height) * tile.width + (x % tile.width)]!
    }
    const features = await siftExtractor().extract({ width, height, data })
    // The cap counts keypoints; one with several orientations is described once for each.
    const { keypoints } = features
    const places = Array.from({ length: features.count }, (_, i) => keypoints.slice(4 * i, 4 * i + 3).join(' '))
    expect(new Set(places).size).toBe(8192)
  })
})
