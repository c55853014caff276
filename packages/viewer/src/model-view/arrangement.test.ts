import { modelData, syntheticReconstruction } from '@epipole/sfm'
import { PerspectiveCamera, Vector3 } from 'three'
import { expect, test } from 'vitest'
import { arrange, FREE_FOV, firstPosition, photoStance } from './arrangement.js'
import { displayMatrix } from './coordinates.js'
import { frustumCorners } from './frusta.js'

const data = modelData(syntheticReconstruction({ images: 9, points: 300 }))

test('the scene is upright, near zero and of size one', () => {
  const { display, centres } = arrange(data)
  // The synthetic world has y down.
  const up = new Vector3(0, -1, 0).transformDirection(displayMatrix(display))
  expect(up.y).toBeGreaterThan(0.999)
  // Cameras stand 5 from the middle of a cube of edge 2.
  for (const c of centres) expect(c.length()).toBeGreaterThan(2)
})

test.each([0.5, 1, 2])(
  'first view at aspect %d: the scene in sight, and where it does not become a dot, all cameras',
  (aspect) => {
    const arrangement = arrange(data)
    const camera = new PerspectiveCamera(FREE_FOV, aspect, 0.01, 100)
    camera.position.copy(firstPosition(arrangement, data, aspect))
    camera.lookAt(0, 0, 0)
    camera.updateMatrixWorld()
    const inSight = (p: Vector3) => {
      const q = p.clone().project(camera)
      return Math.abs(q.x) <= 1 && Math.abs(q.y) <= 1 && q.z < 1
    }
    const matrix = displayMatrix(arrangement.display)
    const points = Array.from(data.errors, (_, i) =>
      new Vector3().fromArray(data.positions, 3 * i).applyMatrix4(matrix),
    )
    expect(points.filter(inSight).length).toBeGreaterThan(0.9 * points.length)
    if (aspect > 1.5) expect(arrangement.centres.filter(inSight).length).toBe(9)
    // A scene of 2 in the middle of cameras 5 away on both sides.
    const wide = Math.max(...points.map((p) => Math.abs(p.clone().project(camera).x)))
    expect(wide * Math.max(1, aspect)).toBeGreaterThan(0.12)
  },
)

test.each([1, 6, 3, 8])('looking through a camera shown at orientation %d, its photo just fits', (orientation) => {
  const { display } = arrange(data)
  const image = data.images[2]!
  const aspect = 1.4
  const { position, quaternion, fov } = photoStance(image, display, orientation, aspect)
  const camera = new PerspectiveCamera(fov, aspect, 0.001, 100)
  camera.position.copy(position)
  camera.quaternion.copy(quaternion)
  camera.updateMatrixWorld()
  const corners = frustumCorners(image, 0.5)
  const seen = [1, 2, 3, 4].map((i) =>
    new Vector3()
      .fromArray(corners, 3 * i)
      .applyMatrix4(displayMatrix(display))
      .project(camera),
  )
  const reach = Math.max(...seen.flatMap((q) => [Math.abs(q.x), Math.abs(q.y)]))
  expect(reach).toBeCloseTo(1 / 1.08, 5)
  // The stored top left corner comes where EXIF says: top left, top right, bottom right, bottom left.
  const signs = { 1: [-1, 1], 6: [1, 1], 3: [1, -1], 8: [-1, -1] }[orientation]!
  expect([Math.sign(seen[0]!.x), Math.sign(seen[0]!.y)]).toEqual(signs)
})
