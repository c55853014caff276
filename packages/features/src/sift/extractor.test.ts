import { cos, isEpipoleError, sha256Hex, sin } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { type Blob, blobImage, flipX, quarterTurn, texture } from '../../testing/images.js'
import type { Features } from '../features.js'
import { bruteForceMatcher } from '../match/brute-force.js'
import { siftExtractor } from './extractor.js'
import type { SiftOptions } from './options.js'

const blobs: Blob[] = [
  { x: 20.3, y: 22.7, sigma: 2, height: 90 },
  { x: 70.5, y: 21.25, sigma: 3, height: -80 },
  { x: 118.1, y: 24.6, sigma: 4, height: 85 },
  { x: 30, y: 75.5, sigma: 5, height: -90 },
  { x: 95.75, y: 80.2, sigma: 7, height: 80 },
]

const rowsOf = (features: Features) =>
  Array.from({ length: features.count }, (_, i) => Array.from(features.keypoints.subarray(4 * i, 4 * i + 4)))

/** Keypoints without the copies that further orientations make. */
const places = (features: Features) => {
  const seen = new Set<string>()
  return rowsOf(features).filter((row) => {
    const key = row.slice(0, 3).join()
    return !seen.has(key) && seen.add(key)
  })
}

describe('localisation', () => {
  test('Gaussian blobs are found at their centres and at the scale theory gives', async () => {
    const found = places(await siftExtractor().extract(blobImage(140, 120, blobs)))
    for (const blob of blobs) {
      const near = found.filter(
        ([x, y, sigma]) => Math.abs(x! - blob.x) < 2 && Math.abs(y! - blob.y) < 2 && sigma! < 2 * blob.sigma,
      )
      expect(near).toHaveLength(1)
      const [x, y, sigma] = near[0]!
      expect(Math.abs(x! - blob.x)).toBeLessThan(0.015)
      expect(Math.abs(y! - blob.y)).toBeLessThan(0.015)
      // At the centre D(σ) ∝ b²/(b² + 2^⅔ σ²) − b²/(b² + σ²), extreme where σ² = b² / 2^⅓.
      expect(Math.abs(sigma! / (blob.sigma * 2 ** (-1 / 6)) - 1)).toBeLessThan(0.03)
    }
  })

  // cv2 4.6: SIFT_create(0, 3, 0.02, 10, 1.6) on the same image; pt + 0.5 (origin) − 0.25 (its bias), size / 2.
  test.each([
    [20.296, 22.704, 1.766],
    [70.487, 21.242, 2.662],
    [118.11, 24.576, 3.556],
    [30.018, 75.553, 4.447],
    [95.739, 80.198, 6.236],
  ])('agrees with OpenCV on the blob at (%f, %f)', async (x, y, sigma) => {
    const found = places(await siftExtractor().extract(blobImage(140, 120, blobs)))
    const near = found.filter((row) => Math.abs(row[0]! - x) < 0.08 && Math.abs(row[1]! - y) < 0.08)
    expect(near).toHaveLength(1)
    expect(Math.abs(near[0]![2]! / sigma - 1)).toBeLessThan(0.03)
  })

  // Odd and even sides halve differently; both must stay symmetric.
  const sizes: [number, number][] = [
    [160, 128],
    [161, 131],
    [150, 127],
  ]
  const turns = [
    {
      name: 'mirroring',
      turn: flipX,
      map: (x: number, y: number, w: number) => [w - x, y],
      angle: (a: number) => Math.PI - a,
    },
    {
      name: 'a quarter turn',
      turn: quarterTurn,
      map: (x: number, y: number, _w: number, h: number) => [h - y, x],
      angle: (a: number) => a + Math.PI / 2,
    },
  ]
  test.each(turns.flatMap((turn) => sizes.map((size) => ({ ...turn, size }))))(
    'is equivariant under $name of $size',
    async ({ turn, map, angle, size: [width, height] }) => {
      const image = texture(width, height)
      const extractor = siftExtractor()
      const before = rowsOf(await extractor.extract(image))
      const after = rowsOf(await extractor.extract(turn(image)))
      expect(before.length).toBeGreaterThan(200)
      expect(Math.abs(before.length - after.length)).toBeLessThanOrEqual(Math.ceil(0.01 * before.length))
      const lost = before.filter(([x, y, sigma, theta]) => {
        const [u, v] = map(x!, y!, width, height)
        const turned = angle(theta!)
        return !after.some(
          (row) =>
            Math.abs(row[0]! - u!) < 0.005 &&
            Math.abs(row[1]! - v!) < 0.005 &&
            Math.abs(row[2]! / sigma! - 1) < 0.002 &&
            Math.abs(Math.cos(row[3]! - turned) - 1) < 1e-4,
        )
      })
      expect(lost.length).toBeLessThanOrEqual(0.01 * before.length)
    },
  )

  test('a turned, shrunk and noisy view has its keypoints where they should be', async () => {
    const [width, height, scale, angle] = [300, 240, 1.23, 0.4]
    const [c, s] = [scale * cos(angle), scale * sin(angle)]
    const there = (x: number, y: number): [number, number] => [
      c * (x - 150) - s * (y - 120) + 148.3,
      s * (x - 150) + c * (y - 120) + 121.9,
    ]
    const extractor = siftExtractor()
    const a = await extractor.extract(texture(width, height, 6, there))
    const b = await extractor.extract(texture(width, height, 6))
    const pairs = await bruteForceMatcher().match(a, b)
    const errors = new Float64Array(pairs.length / 2)
    for (let k = 0; k < pairs.length; k += 2) {
      const [p, q] = [4 * pairs[k]!, 4 * pairs[k + 1]!]
      // The warp maps first-sample coordinates; keypoints count from the corner of the first pixel.
      const [x, y] = there(a.keypoints[p]! - 0.5, a.keypoints[p + 1]! - 0.5)
      const [dx, dy] = [b.keypoints[q]! - 0.5 - x, b.keypoints[q + 1]! - 0.5 - y]
      errors[k / 2] = Math.sqrt(dx * dx + dy * dy)
    }
    errors.sort()
    expect(errors.length).toBeGreaterThan(1000)
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.15)
    expect(errors[Math.floor(0.95 * errors.length)]).toBeLessThan(0.6)
  })

  test('keypoints are given in pixels of the full-size photo', async () => {
    const image = texture(96, 80)
    const extractor = siftExtractor()
    const one = await extractor.extract(image)
    const three = await extractor.extract(image, 3)
    expect(three.descriptors).toEqual(one.descriptors)
    for (const [i, [x, y, sigma, theta]] of rowsOf(one).entries()) {
      const scaled = rowsOf(three)[i]!
      expect(scaled[0]).toBeCloseTo(3 * x!, 3)
      expect(scaled[1]).toBeCloseTo(3 * y!, 3)
      expect(scaled[2]).toBeCloseTo(3 * sigma!, 3)
      expect(scaled[3]).toBe(theta)
    }
  })
})

describe('selection', () => {
  test('maxFeatures keeps the largest keypoints, each with all its orientations', async () => {
    const image = texture(160, 128)
    const all = places(await siftExtractor({ maxFeatures: 100_000 }).extract(image))
    const some = await siftExtractor({ maxFeatures: 100 }).extract(image)
    expect(places(some)).toHaveLength(100)
    const largest = all.map((row) => row[2]!).sort((a, b) => b - a)
    // An octave ends where the next begins, up to the refinement of scale.
    for (const [, , sigma] of rowsOf(some)) expect(sigma).toBeGreaterThan(0.8 * largest[99]!)
  })

  test('the first octave is described only where the others leave room, and firstOctave 0 leaves it out', async () => {
    const image = texture(160, 128)
    const doubled = await siftExtractor().extract(image)
    const plain = await siftExtractor({ firstOctave: 0 }).extract(image)
    const smallest = (features: Features) => Math.min(...rowsOf(features).map((row) => row[2]!))
    expect(plain.count).toBeLessThan(doubled.count / 2)
    expect(smallest(doubled)).toBeLessThan(1.2)
    expect(smallest(plain)).toBeGreaterThan(1.5)
  })

  test('each descriptor is of unit length, and upright features point right', async () => {
    const features = await siftExtractor({ upright: true }).extract(texture(96, 80))
    expect(features.count).toBeGreaterThan(50)
    for (let i = 0; i < features.count; ++i) {
      const row = features.descriptors.subarray(128 * i, 128 * (i + 1))
      let sum = 0
      for (const value of row) sum += value * value
      expect(Math.abs(Math.sqrt(sum) / 512 - 1)).toBeLessThan(0.01)
      expect(features.keypoints[4 * i + 3]).toBe(0)
    }
  })
})

describe('same bits', () => {
  test('again, interleaved with other images, and in any engine', async () => {
    const extractor = siftExtractor()
    const image = texture(200, 151, 5)
    const [first] = await Promise.all([extractor.extract(image), extractor.extract(texture(90, 170, 3))])
    const second = await extractor.extract(image)
    expect(second).toEqual(first)
    const digest = await sha256Hex([new Uint8Array(first.keypoints.buffer), first.descriptors as Uint8Array])
    // Pinned so that another engine, or an optimisation, that changes a bit is noticed.
    expect({ count: first.count, digest: digest.slice(0, 16) }).toMatchInlineSnapshot(`
      {
        "count": 948,
        "digest": "9552f95ef9b6afd2",
      }
    `)
  })
})

describe('bad input', () => {
  test.each([
    [0, 0],
    [1, 1],
    [15, 4000],
    [0, 100],
  ])('%i × %i has no features', async (width, height) => {
    const features = await siftExtractor().extract({ width, height, data: new Uint8Array(width * height).fill(9) })
    expect(features).toMatchObject({ count: 0, kind: 'u8', dimension: 128 })
    expect(features.keypoints).toHaveLength(0)
  })

  test('flat, single-pixel and saturated images give finite features or none', async () => {
    const flat = { width: 64, height: 48, data: new Uint8Array(64 * 48).fill(200) }
    expect((await siftExtractor().extract(flat)).count).toBe(0)
    const dot = { ...flat, data: flat.data.map((_, i) => (i === 24 * 64 + 32 ? 255 : 0)) }
    const checker = {
      ...flat,
      data: flat.data.map((_, i) => ((((i & 63) >> 3) + ((i >> 6) >> 3)) % 2 === 0 ? 0 : 255)),
    }
    for (const image of [dot, checker]) {
      const features = await siftExtractor().extract(image)
      expect(features.keypoints.every(Number.isFinite)).toBe(true)
    }
  })

  test.each([
    [{ width: 20, height: 20, data: new Uint8Array(399) }, 'usage'],
    [{ width: 20.5, height: 20, data: new Uint8Array(410) }, 'usage'],
    [{ width: -1, height: -1, data: new Uint8Array(1) }, 'usage'],
    [{ width: 20_000, height: 20_000, data: new Uint8Array(0) }, 'unsupported'],
  ])('an image that is not what it claims is refused (%#)', async (image, code) => {
    const refusal = await siftExtractor()
      .extract(image)
      .catch((error: unknown) => error)
    expect(isEpipoleError(refusal) && refusal.code).toBe(code)
  })

  test.each([
    { maxFeatures: 0 },
    { maxFeatures: 1.5 },
    { peakThreshold: Number.NaN },
    { edgeThreshold: 0 },
    { maxOrientations: 19 },
    { firstOctave: 1 },
    { normalization: 'l1' },
    { octaves: 3 },
  ])('option %j is refused', (options) => {
    expect(() => siftExtractor(options as SiftOptions)).toThrow(/siftExtractor/)
  })

  test('undefined options mean the defaults, and the id tells options apart', () => {
    expect(siftExtractor({ maxFeatures: undefined }).id).toBe(siftExtractor().id)
    expect(siftExtractor({ maxFeatures: 10 }).id).not.toBe(siftExtractor().id)
  })
})
