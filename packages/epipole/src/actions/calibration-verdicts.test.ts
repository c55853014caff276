import { camera, rigidIdentity } from '@epipole/geometry'
import { describe, expect, it } from 'vitest'
import { calibrationVerdict, rigVerdict } from './calibration-verdicts.js'

const names = ['a/one.jpg', 'b/two.jpg', 'three.jpg']

describe('calibrationVerdict', () => {
  it('calls photos by their names', () => {
    const verdict = calibrationVerdict({ ok: false, reason: 'view', value: 1, threshold: 0 }, names)
    expect(verdict).toMatchObject({ test: 'calibration-view', value: 1 })
    expect(verdict.text).toContain('b/two.jpg')
  })
})

describe('rigVerdict', () => {
  const cameras = [
    { name: 'left', photos: names },
    { name: 'right', photos: names },
  ]
  it('calls cameras by their names, and says why one alone fails', () => {
    const alone = { ok: false, reason: 'count', value: 2, threshold: 3 } as const
    const verdict = rigVerdict({ ok: false, reason: 'camera', value: 1, threshold: 0, alone }, cameras, 3)
    expect(verdict).toMatchObject({ test: 'calibration-count', value: 2, threshold: 3 })
    expect(verdict.text).toMatch(/^right: The board was found in 2 photos/)
    const apart = rigVerdict({ ok: false, reason: 'connected', value: 1, threshold: 0 }, cameras, 3)
    expect(apart.test).toBe('rig-connected')
    expect(apart.text).toMatch(/^right: .* connected to left/)
    expect(rigVerdict({ ok: false, reason: 'convergence', value: 200, threshold: 200 }, cameras, 3).text).toContain(
      'No rig',
    )
  })

  it('counts what it used', () => {
    const one = camera('PINHOLE', 4, 3, [4, 4, 2, 1.5])
    const rig = {
      camera: one,
      camFromRig: rigidIdentity(),
      standardDeviation: new Float64Array(4),
      covariance: new Float64Array(16),
      motionCovariance: new Float64Array(36),
      rmsPx: 0.2,
      views: [],
    }
    const report = {
      iterations: 1,
      acceptedSteps: 1,
      initialCost: 1,
      finalCost: 0,
      stoppedBy: 'function-tolerance',
    } as const
    const verdict = rigVerdict({ ok: true, cameras: [rig, rig], rigFromBoard: [], rmsPx: 0.2, report }, cameras, 3)
    expect(verdict).toMatchObject({ test: 'calibrated-rig', value: 0.2, text: 'Calibrated 2 cameras from 3 moments.' })
  })
})
