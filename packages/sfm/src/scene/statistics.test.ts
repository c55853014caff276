import { expect, test } from 'vitest'
import type { Reconstruction, ReconstructionPoint } from './reconstruction.js'
import { modelStatistics } from './statistics.js'

const point = (track: number[], error = 0): ReconstructionPoint => ({
  xyz: new Float64Array(3),
  rgb: [0, 0, 0],
  error,
  track: Int32Array.from(track),
})
const ofPoints = (...points: ReconstructionPoint[]): Reconstruction => ({
  cameras: new Map(),
  images: new Map(),
  points: new Map(points.map((p, i) => [i, p])),
})

test('three views are three photos, not three keypoints', () => {
  const views = (track: number[]) => modelStatistics(ofPoints(point(track))).pointsThreeViews
  expect(views([1, 0, 2, 0, 3, 0])).toBe(1)
  expect(views([1, 0, 2, 0, 2, 5])).toBe(0)
  expect(views([1, 0, 1, 1, 1, 2])).toBe(0)
  expect(views([1, 0, 2, 1, 1, 2, 2, 7, 3, 0])).toBe(1)
  expect(views([0, 0, 1, 0, 2, 0])).toBe(1)
  expect(views([])).toBe(0)
})

test('means weigh by observations; an empty model has none', () => {
  const { meanTrackLength, meanError } = modelStatistics(
    ofPoints(point([1, 0, 2, 0], 1), point([1, 1, 2, 1, 3, 1, 4, 1], 4)),
  )
  expect(meanTrackLength).toBe(3)
  expect(meanError).toBe(3)
  expect(Object.values(modelStatistics(ofPoints())).every((v) => v === 0)).toBe(true)
})
