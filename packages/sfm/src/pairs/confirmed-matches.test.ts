import { randomStream } from '@epipole/core'
import { pinhole } from '@epipole/geometry'
import { describe, expect, it } from 'vitest'
import { addConfirmedMatches } from './confirmed-matches.js'
import type { TwoViewGeometry } from './two-view-geometry.js'

/** A camera that moved sideways: matching points share their row. */
function sideways() {
  const random = randomStream(4)
  const n = 60
  const a = new Float32Array(4 * n)
  const b = new Float32Array(4 * n)
  for (let i = 0; i < n; i++) {
    a.set([random.uniform(200, 900), random.uniform(50, 700), 2, 0], 4 * i)
    b.set([a[4 * i] - random.uniform(20, 100), a[4 * i + 1], 2, 0], 4 * i)
  }
  const camera = pinhole({ f: 800, cx: 500, cy: 400, width: 1000, height: 800 })
  const side = (keypoints: Float32Array) => ({ keypoints, camera, calibrated: true })
  const pairs = Uint32Array.from({ length: 2 * n }, (_, i) => i >> 1)
  const E = Float64Array.of(0, 0, 0, 0, 0, -1, 0, 1, 0)
  return { a: side(a), b: side(b), pairs, E, n }
}

describe('addConfirmedMatches', () => {
  it('takes what agrees with the geometry, and only that', () => {
    const { a, b, pairs, E, n } = sideways()
    const distinct = Uint8Array.from({ length: n }, (_, i) => (i < 30 ? 1 : 0))
    // Matches 50 … 59 are wrong: off their rows by 10 px.
    for (let i = 50; i < n; i++) b.keypoints[4 * i + 1] += 10
    const geometry: TwoViewGeometry = {
      kind: 'calibrated',
      matches: 30,
      inliers: pairs.slice(0, 60),
      support: { E: 30, F: 30, H: 0 },
      E,
    }
    const { inliers } = addConfirmedMatches(geometry, { pairs, distinct }, a, b)
    expect([...inliers]).toEqual([...pairs.slice(0, 100)])
    // A row off by 1 px is an epipolar distance of 1/√2 px in each photo: within 2 px; 10 px is not.
  })

  it('leaves refused pairs and pairs without further candidates alone', () => {
    const { a, b, pairs, n } = sideways()
    const refused: TwoViewGeometry = {
      kind: 'refused',
      matches: 3,
      inliers: new Uint32Array(0),
      support: { E: 0, F: 0, H: 0 },
    }
    expect(addConfirmedMatches(refused, { pairs, distinct: new Uint8Array(n) }, a, b)).toBe(refused)
    const full: TwoViewGeometry = { ...refused, kind: 'uncalibrated', inliers: pairs }
    expect(addConfirmedMatches(full, { pairs, distinct: new Uint8Array(n).fill(1) }, a, b)).toBe(full)
  })
})
