import type { ModelData, ModelImage } from '@epipole/sfm'
import type { Quaternion } from 'three'
import { Vector3 } from 'three'
import { cameraCentre, type Display, displayMatrix, shownTurns, threeCamera, uprightRotation } from './coordinates.js'
import { cameraSpacing, firstDirection, type SceneBounds, sceneBounds, viewingDistance } from './framing.js'

/** Vertical field of view of the free view, degrees. */
export const FREE_FOV = 45

/** How a model is placed in the display frame. */
export interface Arrangement {
  readonly display: Display
  /** The main part of the points, world. */
  readonly bounds: SceneBounds
  /** Depth of the camera pyramids, world units. */
  readonly frustumDepth: number
  /** Cameras in the display frame. */
  readonly centres: readonly Vector3[]
}

export function arrange(data: ModelData): Arrangement {
  const world = data.images.map((image) => cameraCentre(image.pose))
  const bounds = sceneBounds(data.positions, world)
  const { centre, radius } = bounds
  const display: Display = { rotation: uprightRotation(data.up), scale: 1 / radius, centre }
  const matrix = displayMatrix(display)
  const spacing = cameraSpacing(world)
  return {
    display,
    bounds,
    frustumDepth: Math.max(0.03 * radius, Math.min(0.16 * radius, 0.4 * spacing)),
    centres: world.map((c) => new Vector3(...c).applyMatrix4(matrix)),
  }
}

/** Where the first view stands: all of the robust scene and nearly all cameras in sight, the scene's middle in focus. */
export function firstPosition(arrangement: Arrangement, data: ModelData, aspect: number): Vector3 {
  const centres = arrangement.centres.map((c): [number, number, number] => [c.x, c.y, c.z])
  const direction = firstDirection(centres)
  const tan = Math.tan((FREE_FOV / 360) * Math.PI)
  const depth = arrangement.frustumDepth * arrangement.display.scale
  const cameras = viewingDistance(
    centres.map(([x, y, z]) => [x, y, z, depth] as const),
    direction,
    tan,
    aspect,
  )
  const matrix = displayMatrix(arrangement.display)
  const points: [number, number, number, number][] = []
  const p = new Vector3()
  const stride = Math.max(1, Math.floor(data.errors.length / 5000))
  for (let i = 0; i < data.errors.length; i += stride) {
    p.fromArray(data.positions, 3 * i)
    if (!inBox(p, arrangement.bounds)) continue
    p.applyMatrix4(matrix)
    points.push([p.x, p.y, p.z, 0])
  }
  const scene = viewingDistance(points, direction, tan, aspect, 0.97)
  // Cameras far from what they look at (a drone, a telephoto lens) may leave the view before the scene becomes a dot.
  const distance = Math.max(scene, Math.min(cameras, 4 * scene)) * 1.04
  return new Vector3(...direction).multiplyScalar(distance)
}

function inBox(p: Vector3, { low, high }: SceneBounds): boolean {
  return p.toArray().every((v, k) => v >= low[k]! && v <= high[k]!)
}

/** Where and how wide to look so that the photo as shown just fits. */
export function photoStance(
  image: ModelImage,
  display: Display,
  orientation: number,
  aspect: number,
): { position: Vector3; quaternion: Quaternion; fov: number } {
  const [fx, fy] = image.pinhole
  const halfX = image.width / 2 / fx
  const halfY = image.height / 2 / fy
  const [across, upright] = shownTurns(orientation) % 2 === 0 ? [halfX, halfY] : [halfY, halfX]
  const tan = 1.08 * Math.max(upright, across / aspect)
  return { ...threeCamera(image.pose, display, orientation), fov: (Math.atan(tan) * 360) / Math.PI }
}
