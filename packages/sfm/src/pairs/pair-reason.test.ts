import { describe, expect, test } from 'vitest'
import type { PairKind } from '../report/report.js'
import { pairReason } from './pair-reason.js'
import type { TwoViewGeometry } from './two-view-geometry.js'

const pair = (kind: PairKind, support: TwoViewGeometry['support']): TwoViewGeometry => {
  return { kind, matches: 120, inliers: new Uint32Array(0), support }
}

describe('the reason has the ratio that decided and its threshold', () => {
  test.each([
    [pair('calibrated', { E: 98, F: 100, H: 40 }), 'essential-over-fundamental', 0.98, 0.95],
    [pair('uncalibrated', { E: 60, F: 100, H: 40 }), 'essential-over-fundamental', 0.6, 0.95],
    [pair('uncalibrated', { E: 0, F: 100, H: 40 }), 'fundamental-inliers', 100, 15],
    [pair('planar', { E: 98, F: 100, H: 97 }), 'homography-over-essential', 97 / 98, 0.8],
    [pair('planar', { E: 0, F: 100, H: 97 }), 'homography-over-fundamental', 0.97, 0.8],
    [pair('panoramic', { E: 98, F: 100, H: 97, turnShare: 0.94 }), 'turn-share', 0.94, 0.9],
  ])('%#', (geometry, name, value, threshold) => {
    expect(pairReason(geometry)).toMatchObject({ test: name, value, threshold })
  })
})

test('thresholds are those of the verification; a verdict that is there already stands', () => {
  expect(pairReason(pair('planar', { E: 0, F: 100, H: 75 }), { minHOverF: 0.7 }).threshold).toBe(0.7)
  const verdict = { test: 'few-inliers', value: 3, threshold: 15, unit: 'count', text: 'Too few.' }
  expect(pairReason({ ...pair('refused', { E: 0, F: 3, H: 0 }), verdict })).toBe(verdict)
})

test('depth that stands off a dominant plane is told', () => {
  expect(pairReason(pair('uncalibrated', { E: 0, F: 100, H: 85 })).text).toContain('others lie far off it')
  expect(pairReason(pair('uncalibrated', { E: 0, F: 100, H: 40 })).text).not.toContain('far off')
})
