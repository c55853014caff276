import { describe, expect, test } from 'vitest'
import { createRay, nearestHit } from '../trace/intersect.js'
import { archScene } from './arch-scene.js'
import { overcast, redBrick } from './palette.js'
import { prepareScene } from './prepare.js'
import type { Part } from './scene.js'
import { courtyardScene, lookAlikeScene, pedestalScene, planeScene } from './test-scenes.js'

test('parts are turned about z and tilted about x before', () => {
  const rod: Part = {
    shape: { kind: 'box', min: [-0.1, -0.1, 0], max: [0.1, 0.1, 2] },
    material: redBrick,
    at: [5, 1, 0.5],
    tiltDeg: 90,
    turnDeg: 90,
  }
  const { bvh, mesh } = prepareScene({ name: 'rod', seed: 1, parts: [rod], light: overcast })
  // Tilted by 90° about x, up becomes −y; turned by 90° about z, −y becomes +x.
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  for (let i = 0; i < bvh.primitive.length; i++) {
    for (let k = 0; k < 3; k++) {
      low[k] = Math.min(low[k], mesh.geometry[i * 9 + k])
      high[k] = Math.max(high[k], mesh.geometry[i * 9 + k])
    }
  }
  const expected = [
    [5, 7],
    [0.9, 1.1],
    [0.4, 0.6],
  ]
  expected.forEach(([a, b], k) => {
    expect(low[k]).toBeCloseTo(a, 9)
    expect(high[k]).toBeCloseTo(b, 9)
  })
})

describe('scenes are plain data and the same for the same seed', () => {
  test.each([
    ['plane', planeScene],
    ['courtyard', courtyardScene],
    ['pedestal', pedestalScene],
    ['look-alike', lookAlikeScene],
    ['arch', archScene],
  ] as const)('%s', (_, make) => {
    const scene = make(7)
    expect(structuredClone(scene)).toEqual(scene)
    expect(make(7)).toEqual(scene)
    const { mesh, bvh } = prepareScene(scene)
    expect(mesh.geometry.every(Number.isFinite)).toBe(true)
    expect([...bvh.primitive].sort((a, b) => a - b)).toEqual(Array.from({ length: mesh.count }, (_, i) => i))
  })
})

test('one can look through the gate', () => {
  const { bvh } = prepareScene(archScene(1))
  const ray = createRay()
  const distance = (x: number, z: number): number => {
    ray.set([x, -9, z, 0, 1, 0, 100])
    return nearestHit(bvh, ray) < 0 ? Infinity : ray[6]
  }
  expect(distance(0, 2.5)).toBeGreaterThan(13)
  expect(distance(-1.7, 2.5)).toBeLessThan(9)
  expect(distance(1.7, 2.5)).toBeCloseTo(8.45, 1)
  expect(distance(0, 5.4)).toBeCloseTo(8.37, 1)
})
