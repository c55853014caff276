import { cameraCenter, median, rotationFromQuaternion, type Sim3, vec3Distance, vec3Norm } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalizeModel } from './normalize.js'
import { syntheticReconstruction } from './synthetic.js'
import { transformModel } from './transform.js'

const model = syntheticReconstruction({ images: 7, points: 41 })
const coordinate = fc.double({ min: -1, max: 1, noNaN: true })

test('wherever the model was, it ends upright, centred, of unit size and seen along +z', () => {
  const rotation = fc
    .tuple(coordinate, coordinate, coordinate, coordinate)
    .filter((q) => q.some((c) => Math.abs(c) > 0.1))
  fc.assert(
    fc.property(rotation, fc.double({ min: 0.01, max: 100, noNaN: true }), (q, scale) => {
      const somewhere: Sim3 = { scale, R: rotationFromQuaternion(q), t: Float64Array.of(3, -4, 5) }
      const normal = normalizeModel(transformModel(model, somewhere)).model
      const axis = [0, 1, 2].map((k) => median([...normal.points.values()].map((p) => p.xyz[k])))
      expect(vec3Norm(axis)).toBeLessThan(1e-9)
      expect(median([...normal.points.values()].map((p) => vec3Norm(p.xyz)))).toBeCloseTo(1, 9)
      // The synthetic cameras hold the horizon level: their x axes have no part along y.
      for (const { camFromWorld } of normal.images.values()) {
        expect(Math.abs(camFromWorld.R[1])).toBeLessThan(1e-6)
        expect(camFromWorld.R[4]).toBeGreaterThan(0.9)
      }
      const forward = [6, 7, 8].map((k) => [...normal.images.values()].reduce((sum, i) => sum + i.camFromWorld.R[k], 0))
      expect(Math.abs(forward[0])).toBeLessThan(1e-6)
      expect(forward[2]).toBeGreaterThan(0)
    }),
    { numRuns: 30 },
  )
})

test('it is a fixed point', () => {
  const once = normalizeModel(model).model
  const twice = normalizeModel(once)
  expect(Math.abs(twice.newFromOld.scale - 1)).toBeLessThan(1e-9)
  expect(vec3Norm(twice.newFromOld.t)).toBeLessThan(1e-9)
  for (const [id, point] of once.points) {
    expect(vec3Distance(twice.model.points.get(id)!.xyz, point.xyz)).toBeLessThan(1e-9)
  }
})

test('models without points, with one photo, or empty, stay finite', () => {
  for (const odd of [
    syntheticReconstruction({ images: 3, points: 0 }),
    syntheticReconstruction({ images: 1, points: 1 }),
    { cameras: new Map(), images: new Map(), points: new Map() },
  ]) {
    const { model: normal, newFromOld } = normalizeModel(odd)
    expect([newFromOld.scale, ...newFromOld.R, ...newFromOld.t].every(Number.isFinite)).toBe(true)
    for (const { camFromWorld } of normal.images.values()) {
      expect([...cameraCenter(camFromWorld)].every(Number.isFinite)).toBe(true)
    }
  }
})
