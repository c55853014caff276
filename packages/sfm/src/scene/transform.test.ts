import { invertSim3, rotationFromQuaternion, type Sim3, vec3Distance } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reprojectionErrors } from './reprojection.js'
import { syntheticReconstruction } from './synthetic.js'
import { transformModel } from './transform.js'

const coordinate = fc.double({ min: -10, max: 10, noNaN: true })
const similarity: fc.Arbitrary<Sim3> = fc
  .tuple(
    fc.double({ min: 0.01, max: 100, noNaN: true }),
    fc.tuple(coordinate, coordinate, coordinate, coordinate),
    fc.tuple(coordinate, coordinate, coordinate),
  )
  .filter(([, q]) => q.some((c) => Math.abs(c) > 0.1))
  .map(([scale, q, t]) => ({ scale, R: rotationFromQuaternion(q), t: Float64Array.from(t) }))

test('reprojections stay, and the inverse brings the model back', () => {
  const model = syntheticReconstruction({ noisePx: 1, images: 3, points: 10 })
  const before = reprojectionErrors(model)
  fc.assert(
    fc.property(similarity, (newFromOld) => {
      const moved = transformModel(model, newFromOld)
      const after = reprojectionErrors(moved)
      expect(Math.max(...after.errors.map((e, i) => Math.abs(e - before.errors[i])))).toBeLessThan(1e-6)
      const back = transformModel(moved, invertSim3(newFromOld))
      for (const [id, point] of model.points) {
        expect(vec3Distance(back.points.get(id)!.xyz, point.xyz)).toBeLessThan(1e-8)
      }
    }),
    { numRuns: 50 },
  )
})
