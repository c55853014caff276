import {
  mat3Multiply,
  poseFromCenter,
  rotationFromQuaternion,
  vec3Cross,
  vec3Dot,
  vec3Normalize,
} from '@epipole/geometry'
import { expect, test } from 'vitest'
import type { Reconstruction } from './reconstruction.js'
import { syntheticReconstruction } from './synthetic.js'
import { upDirection } from './up-direction.js'

/** Cameras of a given forward direction each, horizon level (square to `up`), then their stored pixels turned. */
function looking(forwards: number[][], up: number[], storedFromShown = [1, 0, 0, 0, 1, 0, 0, 0, 1]): Reconstruction {
  const base = syntheticReconstruction({ images: forwards.length, points: 0, strayKeypoints: 0 })
  forwards.forEach((direction, i) => {
    const z = vec3Normalize(direction)
    const x = vec3Normalize(vec3Cross(z, up))
    const R = mat3Multiply(storedFromShown, [...x, ...vec3Cross(z, x), ...z])
    base.images.set(i + 1, { ...base.images.get(i + 1)!, camFromWorld: poseFromCenter(R, [i, 0, 0]) })
  })
  return base
}

const AROUND = [
  [1, 0.5, 0.2],
  [-1, 0.4, 0.3],
  [0.2, 0.6, -1],
  [0.1, -0.3, 1],
]

test('tilted cameras around a scene tell the vertical exactly', () => {
  const up = vec3Normalize([0.3, 0.9, -0.2])
  const found = upDirection(looking(AROUND, [...up]))
  expect(found.method).toBe('horizons')
  expect(vec3Dot(found.up, up)).toBeGreaterThan(1 - 1e-12)
})

test('cameras that all look one way give their mean up', () => {
  const found = upDirection(looking([[0, 0.1, 1], [0.05, 0.1, 1], [-0.05, 0.1, 1]], [0, -1, 0])) // biome-ignore format: a table
  expect(found.method).toBe('average')
  expect(found.up[1]).toBeLessThan(-0.99)
})

test('a drone that looks straight down: up is where the cameras are', () => {
  const down = [0, -1, 0]
  const headings = [[1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 0, -1]] // biome-ignore format: a table
  const base = looking(AROUND, [0, 1, 0])
  headings.forEach((x, i) => {
    const R = [...x, ...vec3Cross(down, x), ...down]
    base.images.set(i + 1, { ...base.images.get(i + 1)!, camFromWorld: poseFromCenter(R, [i, 5, 0]) })
  })
  const found = upDirection(base)
  expect(found.method).toBe('horizons')
  expect(found.up[1]).toBeGreaterThan(1 - 1e-12)
})

test('photos stored turned count as they are shown', () => {
  // Quarter turns about the viewing axis: shown (x, y) of stored pixels, from the EXIF table.
  const turned: [orientation: number, storedFromShown: number[]][] = [
    [3, [-1, 0, 0, 0, -1, 0, 0, 0, 1]],
    // 6: the stored left side is the top as shown; stored x is shown y, stored y is shown −x.
    [6, [0, 1, 0, -1, 0, 0, 0, 0, 1]],
    // 8: the stored left side is the bottom as shown.
    [8, [0, -1, 0, 1, 0, 0, 0, 0, 1]],
  ]
  for (const [orientation, storedFromShown] of turned) {
    for (const forwards of [AROUND, AROUND.slice(0, 1)]) {
      const model = looking(forwards, [0, 1, 0], storedFromShown)
      const orientations = new Map([...model.images.values()].map((image) => [image.name, orientation]))
      expect(upDirection(model, orientations).up[1]).toBeGreaterThan(0.8)
    }
  }
})

test('nothing to go by', () => {
  expect(upDirection({ cameras: new Map(), images: new Map(), points: new Map() })).toEqual({
    up: Float64Array.of(0, -1, 0),
    method: 'none',
  })
  const opposite = rotationFromQuaternion([0, 0, 0, 1])
  const model = looking([[0, 0, 1], [0, 0, 1]], [0, -1, 0]) // biome-ignore format: a table
  const image = model.images.get(2)!
  model.images.set(2, {
    ...image,
    camFromWorld: { ...image.camFromWorld, R: mat3Multiply(opposite, image.camFromWorld.R) },
  })
  expect(upDirection(model).method).toBe('none')
})
