import { modelData, syntheticReconstruction } from '@epipole/sfm'
import fc from 'fast-check'
import { PerspectiveCamera, Quaternion, Vector3 } from 'three'
import { expect, test } from 'vitest'
import {
  cameraCentre,
  type Display,
  displayMatrix,
  shownTurns,
  threeCamera,
  uprightRotation,
  worldFromCam,
} from './coordinates.js'

/** A rotation from a quaternion, row-major. */
function rotation(q: Quaternion): number[] {
  const { w, x, y, z } = q.normalize()
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ]
}

const unit = fc.double({ min: -1, max: 1, noNaN: true })
const turn = fc
  .tuple(unit, unit, unit, unit)
  .filter((q) => q.reduce((s, v) => s + v * v, 0) > 0.01)
  .map(([w, x, y, z]) => new Quaternion(x, y, z, w).normalize())
const place = fc.tuple(unit, unit, unit)
const pose = fc.tuple(turn, place).map(([q, t]) => {
  const R = rotation(q)
  return [0, 1, 2].flatMap((r) => [R[3 * r]!, R[3 * r + 1]!, R[3 * r + 2]!, 3 * t[r]!])
})
const display = fc
  .tuple(turn, fc.double({ min: 0.01, max: 50, noNaN: true }), place)
  .map(([q, scale, centre]): Display => ({ rotation: q, scale, centre }))

const inCamera = (P: readonly number[], x: readonly number[]) =>
  [0, 1, 2].map((r) => P[4 * r]! * x[0]! + P[4 * r + 1]! * x[1]! + P[4 * r + 2]! * x[2]! + P[4 * r + 3]!)

test('worldFromCam undoes camFromWorld, and the centre is where the camera sees zero', () => {
  fc.assert(
    fc.property(pose, place, (P, x) => {
      const back = new Vector3(...(inCamera(P, x) as [number, number, number])).applyMatrix4(worldFromCam(P))
      for (const [k, v] of back.toArray().entries()) expect(v).toBeCloseTo(x[k]!, 9)
      for (const v of inCamera(P, cameraCentre(P))) expect(v).toBeCloseTo(0, 9)
    }),
  )
})

test('a three.js camera sees each point where our camera does: x right, y up for y down, ahead at −z', () => {
  fc.assert(
    fc.property(pose, display, place, (P, d, x) => {
      const ours = inCamera(P, x)
      const camera = new PerspectiveCamera(50, 1.5, 0.1, 10)
      const { position, quaternion } = threeCamera(P, d)
      camera.position.copy(position)
      camera.quaternion.copy(quaternion)
      camera.updateMatrixWorld()
      const theirs = new Vector3(...x).applyMatrix4(displayMatrix(d)).applyMatrix4(camera.matrixWorldInverse)
      expect(theirs.x).toBeCloseTo(d.scale * ours[0]!, 6)
      expect(theirs.y).toBeCloseTo(-d.scale * ours[1]!, 6)
      expect(theirs.z).toBeCloseTo(-d.scale * ours[2]!, 6)
    }),
  )
})

test('seen through a camera whose photo is shown turned, the shown photo is upright', () => {
  const [image] = modelData(syntheticReconstruction({ images: 1 })).images
  const still: Display = { rotation: new Quaternion(), scale: 1, centre: [0, 0, 0] }
  // Stored axis that is up when shown, by the definition of EXIF orientation (row 0 is at the top, left, … side).
  const ups = { 1: [0, -1, 0], 3: [0, 1, 0], 6: [-1, 0, 0], 8: [1, 0, 0] } as const
  for (const [orientation, axis] of Object.entries(ups)) {
    const up = new Vector3(...axis).transformDirection(worldFromCam(image!.pose))
    const camera = threeCamera(image!.pose, still, Number(orientation))
    const cameraUp = new Vector3(0, 1, 0).applyQuaternion(camera.quaternion)
    expect(cameraUp.distanceTo(up)).toBeLessThan(1e-12)
  }
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(shownTurns)).toEqual([0, 0, 2, 2, 1, 1, 3, 3])
})

test('the upright turn takes up to +y', () => {
  fc.assert(
    fc.property(turn, (q) => {
      const up = new Vector3(0, 0, 1).applyQuaternion(q)
      const y = up.clone().applyQuaternion(uprightRotation([up.x, up.y, up.z]))
      expect(y.distanceTo(new Vector3(0, 1, 0))).toBeLessThan(1e-7)
    }),
  )
})
