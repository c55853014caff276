import { cos, EpipoleError, randomStream, sin } from '@epipole/core'
import {
  type Camera,
  pinhole,
  pixelFromPoint,
  poseFromCenter,
  type Rigid,
  transformPoint,
  vec3Cross,
  vec3Normalize,
} from '@epipole/geometry'
import { NO_POINT, type Reconstruction, type ReconstructionImage, type ReconstructionPoint } from './reconstruction.js'

export interface SyntheticOptions {
  /** Default 0. */
  readonly seed?: number
  /** Photos, on a third of a circle around the scene. Default 5. */
  readonly images?: number
  /** Points in a cube of edge 2 around the origin. Default 50. */
  readonly points?: number
  /** Photo i has camera i modulo their number. Default: one pinhole of 640 × 480. */
  readonly cameras?: readonly Camera[]
  /** Standard deviation of the keypoints, pixels. Default 0. */
  readonly noisePx?: number
  /** Keypoints of each photo that see no point. Default 2. */
  readonly strayKeypoints?: number
  /** Name of photo i, from 0. */
  readonly name?: (index: number) => string
}

/** Distance of the cameras from the origin, where they look. */
const RADIUS = 5

/**
 * A consistent model of a made-up scene with known everything: fixture of tests and examples, after COLMAP's
 * `SynthesizeDataset`. Each point is seen by all photos it falls into; ids count from 1; the world is upright (y down).
 */
export function syntheticReconstruction(options: SyntheticOptions = {}): Reconstruction {
  const { seed = 0, images = 5, points = 50, noisePx = 0, strayKeypoints = 2 } = options
  const cameras = options.cameras ?? [pinhole({ f: 600, width: 640, height: 480 })]
  const name = options.name ?? ((i) => `photo${String(i + 1).padStart(3, '0')}.jpg`)
  if (cameras.length === 0 || images < 1)
    throw new EpipoleError('usage', 'A synthetic model needs a camera and a photo.')
  const random = randomStream(seed, 'synthetic-reconstruction')
  const world = Array.from({ length: points }, () => Float64Array.from([0, 1, 2], () => random.uniform(-1, 1)))
  const colors = world.map(() => [random.int(256), random.int(256), random.int(256)] as const)
  const tracks: number[][] = world.map(() => [])
  const errors: number[] = world.map(() => 0)

  const views = new Map<number, ReconstructionImage>()
  for (let i = 0; i < images; i++) {
    const camera = cameras[i % cameras.length]
    const camFromWorld = poseOnArc(images === 1 ? 0.5 : i / (images - 1), random.uniform(-0.3, 0.3))
    const keypoints: number[] = []
    const pointIds: number[] = []
    const addStray = () => {
      keypoints.push(random.uniform(0, camera.width), random.uniform(0, camera.height))
      pointIds.push(NO_POINT)
    }
    for (let k = 0; k < strayKeypoints - 1; k++) addStray()
    world.forEach((xyz, p) => {
      const pixel = pixelFromPoint(camera, transformPoint(camFromWorld, xyz))
      if (!pixel.ok || !pixel.inside) return
      const [dx, dy] = [noisePx * random.normal(), noisePx * random.normal()]
      tracks[p].push(i + 1, pointIds.length)
      errors[p] += Math.sqrt(dx * dx + dy * dy)
      keypoints.push(pixel.x + dx, pixel.y + dy)
      pointIds.push(p + 1)
    })
    if (strayKeypoints > 0) addStray()
    views.set(i + 1, {
      name: name(i),
      cameraId: (i % cameras.length) + 1,
      camFromWorld,
      keypoints: Float64Array.from(keypoints),
      pointIds: Int32Array.from(pointIds),
    })
  }
  return {
    cameras: new Map(cameras.map((camera, c) => [c + 1, camera])),
    images: views,
    points: new Map(world.map((xyz, p) => [p + 1, syntheticPoint(xyz, colors[p], tracks[p], errors[p])])),
  }
}

function syntheticPoint(
  xyz: Float64Array,
  rgb: readonly [number, number, number],
  track: readonly number[],
  errorSum: number,
): ReconstructionPoint {
  return { xyz, rgb, error: track.length > 0 ? errorSum / (track.length / 2) : 0, track: Int32Array.from(track) }
}

/** Looking at the origin from the arc's parameter s in [0, 1], `height` below it (y is down). */
function poseOnArc(s: number, height: number): Rigid {
  const angle = (2 * s - 1) * (Math.PI / 3)
  const center = Float64Array.of(RADIUS * sin(angle), height, -RADIUS * cos(angle))
  const forward = vec3Normalize(center.map((v) => -v))
  const right = vec3Normalize(vec3Cross(Float64Array.of(0, 1, 0), forward))
  const down = vec3Cross(forward, right)
  return poseFromCenter(Float64Array.of(...right, ...down, ...forward), center)
}
