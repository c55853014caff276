import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { PerspectiveCamera, Vector3 } from 'three'
import { expect, test } from 'vitest'
import { cameraSpacing, firstDirection, quantile, sceneBounds, viewingDistance } from './framing.js'

test('quantiles of numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.5, 0.9, 1])', () => {
  // import numpy; numpy.quantile([1, 2, 4, 8], [0, .1, .5, .9, 1]) → [1. 1.3 3. 6.8 8.]
  expect([0, 0.1, 0.5, 0.9, 1].map((q) => quantile([1, 2, 4, 8], q))).toEqual(
    [1, 1.3, 3, 6.8, 8].map((v) => expect.closeTo(v, 12)),
  )
})

test('three points in a hundred far out neither move nor shrink the view', () => {
  const random = randomStream(3, 'framing')
  const xyz: number[] = []
  for (let i = 0; i < 3000; i++) xyz.push(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1))
  const clean = sceneBounds(xyz, [])
  for (let i = 0; i < 90; i++) xyz[3 * i] = 1e6
  const dirty = sceneBounds(xyz, [])
  expect(clean.radius).toBeGreaterThan(1.4)
  expect(clean.radius).toBeLessThan(Math.sqrt(3))
  expect(dirty.radius / clean.radius).toBeGreaterThan(0.97)
  expect(dirty.radius / clean.radius).toBeLessThan(1.1)
  for (const k of [0, 1, 2]) expect(Math.abs(dirty.centre[k]!)).toBeLessThan(0.1)
})

test('a far background of a twelfth of the points does not move or shrink the view either', () => {
  const random = randomStream(4, 'framing')
  const near = Array.from({ length: 3000 }, () => random.uniform(-1, 1))
  const far = Array.from({ length: 80 }, () => [
    random.uniform(-4, 20),
    random.uniform(-4, 8),
    random.uniform(25, 40),
  ]).flat()
  const clean = sceneBounds(near, [])
  const both = sceneBounds([...near, ...far], [])
  expect(both.radius / clean.radius).toBeLessThan(1.1)
  expect(Math.max(...both.centre.map(Math.abs))).toBeLessThan(0.15)
})

test('without points the cameras are framed; without anything there is still a view', () => {
  expect(
    sceneBounds(
      [],
      [
        [0, 0, 0],
        [2, 0, 0],
      ],
      0,
    ),
  ).toMatchObject({ centre: [1, 0, 0], radius: 1 })
  expect(sceneBounds([], [])).toMatchObject({ centre: [0, 0, 0], radius: 1 })
  expect(sceneBounds([5, 5, 5], []).radius).toBe(1)
})

test('from the given distance all spheres are in view, and from a little nearer not', () => {
  const sphere = fc.tuple(
    ...[0, 1, 2].map(() => fc.double({ min: -2, max: 2, noNaN: true })),
    fc.double({ min: 0.05, max: 0.3, noNaN: true }),
  ) as fc.Arbitrary<[number, number, number, number]>
  fc.assert(
    fc.property(
      fc.array(sphere, { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0.5, max: 2.5, noNaN: true }),
      (spheres, aspect) => {
        const direction = new Vector3(0.6, 0.4, 0.7).normalize()
        const distance = viewingDistance(spheres, direction.toArray(), Math.tan(Math.PI / 8), aspect, 1)
        const reach = (d: number) => {
          const camera = new PerspectiveCamera(45, aspect, 0.01, 100)
          camera.position.copy(direction).multiplyScalar(d)
          camera.lookAt(0, 0, 0)
          camera.updateMatrixWorld()
          return Math.max(
            ...spheres.map(([x, y, z, r]) => {
              const p = new Vector3(x, y, z).applyMatrix4(camera.matrixWorldInverse)
              const half = -p.z * Math.tan(Math.PI / 8)
              return Math.max((Math.abs(p.x) + r) / (half * aspect), (Math.abs(p.y) + r) / half)
            }),
          )
        }
        expect(reach(distance)).toBeLessThanOrEqual(1 + 1e-9)
        if (distance > 0.1) expect(reach(distance * 0.999)).toBeGreaterThan(1)
      },
    ),
  )
})

test('cameras on one side: the first view is over their shoulders, from above the horizon', () => {
  const d = firstDirection([
    [-1, 0, 5],
    [0, 0, 5],
    [1, 0, 5],
  ])
  expect(d[2]).toBeGreaterThan(0.6)
  expect(d[1]).toBeGreaterThan(0.2)
  expect(Math.hypot(...d)).toBeCloseTo(1, 12)
})

test('cameras all round or straight above still give a direction', () => {
  const ring = Array.from({ length: 12 }, (_, i): [number, number, number] => [
    Math.cos(i / 2) * 4,
    0,
    Math.sin(i / 2) * 4,
  ])
  for (const centres of [ring, [[0, 5, 0]] as [number, number, number][], []]) {
    const d = firstDirection(centres)
    expect(Math.hypot(...d)).toBeCloseTo(1, 12)
    expect(d[1]).toBeGreaterThan(0)
  }
})

test('spacing is the median distance to the nearest neighbour', () => {
  expect(
    cameraSpacing([
      [0, 0, 0],
      [1, 0, 0],
      [3, 0, 0],
      [3.5, 0, 0],
    ]),
  ).toBe(1)
  expect(cameraSpacing([[0, 0, 0]])).toBe(0)
})
