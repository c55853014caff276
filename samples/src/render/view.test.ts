import { cameraCenter, mat3Determinant, transformPoint } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Vec } from '../trace/mesh.js'
import { lookAt } from './view.js'

const coordinate = fc.double({ min: -20, max: 20, noNaN: true })

test('the target lies on the axis, the world’s up is up in the photo', () => {
  fc.assert(
    fc.property(
      fc.tuple(coordinate, coordinate, coordinate),
      fc.tuple(coordinate, coordinate, coordinate),
      (eye, target) => {
        const level = Math.abs(target[0] - eye[0]) + Math.abs(target[1] - eye[1])
        fc.pre(level > 0.1)
        const pose = lookAt(eye, target)
        expect(mat3Determinant(pose.R)).toBeCloseTo(1, 9)
        const seen = transformPoint(pose, target)
        expect(seen[0]).toBeCloseTo(0, 9)
        expect(seen[1]).toBeCloseTo(0, 9)
        expect(seen[2]).toBeGreaterThan(0)
        const above = transformPoint(pose, [target[0], target[1], target[2] + 0.01])
        expect(above[0]).toBeCloseTo(0, 9)
        expect(above[1]).toBeLessThan(0)
        const center = cameraCenter(pose)
        for (let k = 0; k < 3; k++) expect(center[k]).toBeCloseTo(eye[k], 9)
      },
    ),
  )
})

test('frames: from −y to the origin, x is right, y is down; a camera turned clockwise sees up on the left', () => {
  const eye: Vec = [0, -5, 0]
  const upright = lookAt(eye, [0, 0, 0])
  expect([...upright.R].map((x) => x + 0)).toEqual([1, 0, 0, 0, 0, -1, 0, 1, 0])
  const turned = lookAt(eye, [0, 0, 0], [0, 1])
  expect(transformPoint(turned, [0, 0, 1])[0]).toBe(-1)
  expect(transformPoint(turned, [1, 0, 0])[1]).toBe(-1)
})
