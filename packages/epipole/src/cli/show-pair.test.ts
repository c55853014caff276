import pc from 'picocolors'
import { expect, test } from 'vitest'
import type { PairFilesResult } from '../actions/pair-files.js'
import { pairJson, pairLines } from './show-pair.js'

const statistics = {
  count: 10,
  mean: 0.5,
  median: 0.4,
  p90: 1.2,
  histogram: { edges: [0, 1], counts: [10], above: 0, mean: 0.5, median: 0.4 },
}
const photo = (name: string) => ({
  name,
  width: 60,
  height: 40,
  jpeg: new Uint8Array(0),
  keypoints: new Float32Array(4 * 1200),
  focalSource: 'exif' as const,
  focalPx: 50.4,
})
const result: PairFilesResult = {
  a: photo('a.jpg'),
  b: { ...photo('b\u001b[2J.jpg'), focalSource: 'default' },
  matches: new Uint32Array(2 * 12),
  geometry: {
    kind: 'calibrated',
    matches: 11,
    inliers: new Uint32Array(2 * 10),
    support: { E: 9, F: 9, H: 2 },
    bFromA: { R: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), t: Float64Array.of(1, 0, 0) },
    angleDeg: 12.3,
  },
  maxErrorPx: 4,
  reason: { test: 'essential-over-fundamental', value: 1, threshold: 0.95, unit: 'ratio', text: 'It fits.' },
  residuals: [{ model: 'epipolar', inliers: statistics, all: { ...statistics, count: 12, median: 0.6 } }],
  svg: '/tmp/a-b.svg',
}

test('kind, reason, photos, counts, angle, residuals, drawing; names cannot move the cursor', () => {
  expect(pairLines(result, pc.createColors(false))).toEqual([
    'calibrated: It fits.',
    '          essential-over-fundamental: 1, threshold 0.95',
    'photo a   a.jpg: 60 × 40, 1\u202f200 keypoints, focal length from EXIF, 50 px',
    'photo b   b\\u{1b}[2J.jpg: 60 × 40, 1\u202f200 keypoints, focal length unknown: only F and H are tried',
    'matches   12, of which 1 only count because the geometry confirms them',
    'inliers   10 (83 %) within 4 px',
    '          of the 11 distinct matches fit: essential matrix 9, fundamental matrix 9, homography 2',
    'angle     12.30° between the rays (median)',
    '          epipolar residuals of the inliers: mean 0.50 px, median 0.40 px, 90 % within 1.20 px; median of all 12 matches 0.60 px',
    'drawing   /tmp/a-b.svg',
  ])
})

test('as JSON: numbers as arrays, what is absent as null, no pixels', () => {
  const json = JSON.parse(JSON.stringify(pairJson(result, 0)))
  expect(json).toMatchObject({ ok: true, exitCode: 0, kind: 'calibrated', matches: 12, inliers: 10, E: null })
  expect(json.bFromA).toEqual({ R: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [1, 0, 0] })
  expect(json.a).toEqual({ name: 'a.jpg', width: 60, height: 40, keypoints: 1200, focalSource: 'exif', focalPx: 50.4 })
  expect(pairJson({ ...result, geometry: { ...result.geometry, kind: 'refused' } }, 1)).toMatchObject({ ok: false })
})
