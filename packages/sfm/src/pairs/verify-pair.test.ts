import { randomStream } from '@epipole/core'
import {
  camera,
  compose,
  invert,
  pixelFromPoint,
  rotationAngleRad,
  type SceneLayout,
  type SyntheticSceneOptions,
  syntheticKeypoints,
  syntheticMatches,
  syntheticPair,
  syntheticScene,
  transformPoint,
} from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import { truePose } from '../../test-support/mapper-scene.js'
import { pairReason } from './pair-reason.js'
import type { VerifyOptions } from './verify-options.js'
import { type PairSide, verifyPair } from './verify-pair.js'

const identity = (count: number) => Uint32Array.from({ length: 2 * count }, (_, i) => i >> 1)

function keypoints(xy: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: 2 * xy.length }, (_, i) => (i % 4 < 2 ? xy[2 * (i >> 2) + (i % 4)] : 0))
}

interface Given {
  readonly layout?: SceneLayout
  readonly matches?: number
  readonly inlierRatio?: number
  readonly calibrated?: boolean
  /** Of the focal length that verification is told. */
  readonly focalFactor?: number
  readonly seed?: number
}

/** Two neighbours of a synthetic layout with half a pixel of noise. */
function pairOf({
  layout = 'arc',
  matches = 400,
  inlierRatio = 1,
  calibrated = true,
  focalFactor = 1,
  seed = 1,
}: Given) {
  const pair = syntheticPair({ layout, matches, inlierRatio, noisePx: 0.5, seed })
  const { width, height, params } = pair.camera1
  const [fx, fy, cx, cy] = params
  const told = camera('PINHOLE', width, height, [focalFactor * fx, focalFactor * fy, cx, cy])
  const side = (xy: Float64Array): PairSide => ({ keypoints: keypoints(xy), camera: told, calibrated })
  const verify = (options: VerifyOptions = {}) =>
    verifyPair(identity(matches), side(pair.pixels1), side(pair.pixels2), options)
  return { pair, verify, geometry: verify({ seed }) }
}

/** Of the right matches the share that was kept, and of the kept ones the share that is right. */
function recallAndPrecision(inliers: Uint32Array, isRight: Uint8Array): [number, number] {
  let right = 0
  for (let i = 0; i < inliers.length; i += 2) right += isRight[inliers[i]]
  return [right / isRight.reduce((n, v) => n + v, 0), right / (inliers.length / 2)]
}

describe.each([1, 0.7, 0.5])('with %f of the matches right and half a pixel of noise', (inlierRatio) => {
  test.each([
    ['arc', true, 'calibrated'],
    ['arc', false, 'uncalibrated'],
    ['plane', true, 'planar'],
    ['plane', false, 'planar'],
    ['pure-rotation', true, 'panoramic'],
    ['pure-rotation', false, 'panoramic'],
  ] as const)('%s, intrinsics known: %s, is %s', (layout, calibrated, kind) => {
    for (const seed of [1, 2, 3]) {
      const { geometry, pair } = pairOf({ layout, calibrated, inlierRatio, seed })
      expect([seed, geometry.kind]).toEqual([seed, kind])
      const [recall, precision] = recallAndPrecision(geometry.inliers, pair.inlier)
      expect(recall).toBeGreaterThan(0.98)
      // Of the wrong matches about one in thirty lies near its line by chance.
      expect(precision).toBeGreaterThan(kind === 'panoramic' ? 0.99 : 1 - 0.06 / inlierRatio)
      expect(pairReason(geometry).text).toMatch(/^[A-Z].*\.$/)
    }
  })
})

test('the pose is the true one, with the angle under which points are seen', () => {
  const { geometry, pair } = pairOf({ inlierRatio: 0.6 })
  expect(rotationAngleRad(geometry.bFromA!.R, pair.cam2FromCam1.R)).toBeLessThan(0.005)
  const t = pair.cam2FromCam1.t
  const norm = Math.hypot(...t)
  const cosine = geometry.bFromA!.t.reduce((sum, v, i) => sum + (v * t[i]) / norm, 0)
  expect(cosine).toBeGreaterThan(0.999)
  // Neighbours of six over 90°.
  expect(geometry.angleDeg).toBeGreaterThan(10)
  expect(geometry.angleDeg).toBeLessThan(30)
})

test('a turn has its rotation and no baseline', () => {
  const { geometry, pair } = pairOf({ layout: 'pure-rotation', inlierRatio: 0.6 })
  expect([...geometry.bFromA!.t]).toEqual([0, 0, 0])
  expect(geometry.angleDeg).toBeUndefined()
  expect(rotationAngleRad(geometry.bFromA!.R, pair.cam2FromCam1.R)).toBeLessThan(0.002)
})

test('a wide turn of a distorting lens is a turn, though no homography fits its pixels', () => {
  const scene = syntheticScene({
    layout: 'pure-rotation',
    images: 8,
    points: 1500,
    noisePx: 0.5,
    cameraModel: 'OPENCV_FISHEYE',
    focal: 450,
  })
  const side = (i: number): PairSide => ({
    keypoints: keypoints(syntheticKeypoints(scene, i)),
    camera: scene.cameras[0],
    calibrated: true,
  })
  const geometry = verifyPair(Uint32Array.from(syntheticMatches(scene, 0, 5)), side(0), side(5))
  expect(geometry.support.H).toBeLessThan(0.8 * geometry.support.E)
  expect(geometry.kind).toBe('panoramic')
  expect(pairReason(geometry)).toMatchObject({ test: 'turn-share', threshold: 0.9 })
  expect(pairReason(geometry).value).toBeGreaterThan(0.95)
  const truth = compose(truePose(scene, 5), invert(truePose(scene, 0)))
  expect(rotationAngleRad(geometry.bFromA!.R, truth.R)).toBeLessThan(0.003)
})

test('a turn of unknown focal length is found in large photos too, where a percent of it is pixels; a plane is none', () => {
  const size = { width: 4000, height: 3000, matches: 500, inlierRatio: 0.6, noisePx: 0.5 }
  for (const seed of [1, 2, 3]) {
    const kinds = (['pure-rotation', 'plane'] as const).map((layout) => {
      const pair = syntheticPair({ ...size, layout, seed })
      const guess = camera('SIMPLE_RADIAL', 4000, 3000, [4800, 2000, 1500, 0])
      const side = (xy: Float64Array): PairSide => ({ keypoints: keypoints(xy), camera: guess, calibrated: false })
      return verifyPair(identity(500), side(pair.pixels1), side(pair.pixels2), { seed }).kind
    })
    expect(kinds).toEqual(['panoramic', 'planar'])
  }
})

test('wrong intrinsics make a pair with depth uncalibrated, and the reason says so', () => {
  const { geometry } = pairOf({ focalFactor: 0.3 })
  expect(geometry.kind).toBe('uncalibrated')
  expect(pairReason(geometry)).toMatchObject({ test: 'essential-over-fundamental', threshold: 0.95 })
  expect(pairReason(geometry).value).toBeLessThan(0.95)
})

test('a focal length some percent off hides neither a turn nor a plane', () => {
  for (const focalFactor of [0.95, 1.03, 1.06]) {
    expect(pairOf({ layout: 'pure-rotation', focalFactor }).geometry.kind).toBe('panoramic')
    expect(pairOf({ layout: 'plane', focalFactor }).geometry.kind).toBe('planar')
  }
})

test.each([
  [20, 'planar'],
  [90, 'uncalibrated'],
] as const)('beside 400 points of a plane, %d others that stand well off it make the pair %s', (count, kind) => {
  const { pair } = pairOf({ layout: 'plane', matches: 400 })
  const random = randomStream(5, 'off the plane')
  const [xyA, xyB] = [[...pair.pixels1], [...pair.pixels2]]
  while (xyA.length < 2 * (400 + count)) {
    const X = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1.2, -0.4)]
    const [a, b] = [pair.cam1FromWorld, pair.cam2FromWorld].map((pose) =>
      pixelFromPoint(pair.camera1, transformPoint(pose, X)),
    )
    if (!a.ok || !b.ok || !a.inside || !b.inside) continue
    xyA.push(a.x, a.y)
    xyB.push(b.x, b.y)
  }
  const side = (xy: number[]): PairSide => ({ keypoints: keypoints(xy), camera: pair.camera1, calibrated: false })
  const geometry = verifyPair(identity(400 + count), side(xyA), side(xyB))
  expect(geometry.kind).toBe(kind)
  expect(geometry.support.F).toBeGreaterThan(0.98 * (400 + count))
  // Four fifths on a homography alone would not tell.
  expect(geometry.support.H).toBeGreaterThan(0.8 * geometry.support.F)
})

describe('refused', () => {
  test('too few matches', () => {
    const { geometry } = pairOf({ matches: 14 })
    expect(geometry).toMatchObject({ kind: 'refused', verdict: { test: 'few-matches', value: 14, threshold: 15 } })
    expect(pairReason(geometry)).toBe(geometry.verdict)
    expect(geometry.inliers).toHaveLength(0)
  })

  test.each([16, 30, 60, 100, 400, 2000])('%d random matches, however the cameras', (matches) => {
    for (const calibrated of [true, false]) {
      for (const seed of [1, 2, 3]) {
        const { geometry } = pairOf({ matches, inlierRatio: 0, calibrated, seed })
        expect(geometry.kind).toBe('refused')
        expect(geometry.verdict!.value).toBeLessThan(geometry.verdict!.threshold)
      }
    }
  })

  test('random matches of keypoints that crowd along a line', () => {
    const random = randomStream(4, 'crowd')
    const count = 300
    const crowd = () =>
      keypoints(
        Float64Array.from({ length: 2 * count }, (_, i) =>
          i % 2 ? 300 + 6 * random.normal() : random.uniform(0, 1000),
        ),
      )
    const lens = camera('PINHOLE', 1000, 750, [900, 900, 500, 375])
    const side = (): PairSide => ({ keypoints: crowd(), camera: lens, calibrated: false })
    const geometry = verifyPair(identity(count), side(), side())
    expect(geometry).toMatchObject({ kind: 'refused', verdict: { test: 'chance-inliers' } })
  })

  test('and not: a few right matches among few wrong ones', () => {
    for (const seed of [1, 2, 3])
      expect(pairOf({ matches: 30, inlierRatio: 0.8, seed }).geometry.kind).toBe('calibrated')
  })
})

test('the same seed and stream give the same bits, whatever else is verified', () => {
  const { verify } = pairOf({ inlierRatio: 0.5 })
  const first = verify({ seed: 3, stream: ['a', 'b'] })
  verify({ seed: 4, stream: ['c'] })
  expect(verify({ seed: 3, stream: ['a', 'b'] })).toEqual(first)
})

test('lens distortion is taken off before E is sought', () => {
  const options: SyntheticSceneOptions = { images: 5, points: 500, cameraModel: 'SIMPLE_RADIAL', noisePx: 0.3, seed: 2 }
  const scene = syntheticScene(options)
  const matches = Uint32Array.from(syntheticMatches(scene, 1, 2))
  const side = (i: number): PairSide => ({
    keypoints: keypoints(syntheticKeypoints(scene, i)),
    camera: scene.cameras[0],
    calibrated: true,
  })
  const geometry = verifyPair(matches, side(1), side(2))
  expect(geometry.kind).toBe('calibrated')
  expect(geometry.support.E).toBe(matches.length / 2)
  const truth = compose(truePose(scene, 2), invert(truePose(scene, 1)))
  expect(rotationAngleRad(geometry.bFromA!.R, truth.R)).toBeLessThan(0.003)
})
