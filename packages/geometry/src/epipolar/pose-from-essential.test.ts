import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { mat3Apply, mat3Determinant } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { essentialFromPose } from './essential.js'
import { poseFromEssential, posesFromEssential } from './pose-from-essential.js'
import { sampsonErrors } from './residuals.js'

function problem(seed: number) {
  const random = randomStream(seed)
  const R = so3Exp([random.normal(), random.normal(), random.normal()].map((v) => 0.2 * v))
  const t = Float64Array.of(random.normal(), random.normal(), 0.3 * random.normal())
  const norm = Math.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
  for (let d = 0; d < 3; d++) t[d] /= norm
  const xy1: number[] = []
  const xy2: number[] = []
  while (xy1.length < 20) {
    const X = [random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(3, 8)]
    const Y = mat3Apply(R, X).map((v, d) => v + t[d])
    if (Y[2] < 0.5) continue
    xy1.push(X[0] / X[2], X[1] / X[2])
    xy2.push(Y[0] / Y[2], Y[1] / Y[2])
  }
  return { R, t, xy1: Float64Array.from(xy1), xy2: Float64Array.from(xy2) }
}

describe('poseFromEssential', () => {
  it('gives back the motion, whatever the sign and scale of E', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { R, t, xy1, xy2 } = problem(seed)
      const E = essentialFromPose({ R, t }).map((v) => (seed % 2 === 0 ? 3 : -0.2) * v)
      expect(Math.max(...sampsonErrors(E, xy1, xy2))).toBeLessThan(1e-14)
      const pose = poseFromEssential(E, xy1, xy2)
      expect(Math.max(...(pose?.R ?? [9]).map((v, i) => Math.abs(v - R[i])))).toBeLessThan(1e-12)
      expect(Math.max(...(pose?.t ?? [9]).map((v, i) => Math.abs(v - t[i])))).toBeLessThan(1e-12)
    }
  })

  it('has four candidates, all proper, all with the same E up to sign', () => {
    const { R, t } = problem(5)
    const E = essentialFromPose({ R, t })
    for (const pose of posesFromEssential(E)) {
      expect(mat3Determinant(pose.R)).toBeCloseTo(1, 12)
      const again = essentialFromPose(pose)
      const sign = again[0] * E[0] > 0 ? 1 : -1
      again.forEach((v, i) => {
        expect(v * sign).toBeCloseTo(E[i], 12)
      })
    }
  })

  it('is undefined where nothing decides', () => {
    const { R, t } = problem(6)
    expect(poseFromEssential(essentialFromPose({ R, t }), new Float64Array(0), new Float64Array(0))).toBeUndefined()
  })
})
