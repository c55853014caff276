import { randomStream } from '@epipole/core'
import {
  pinhole,
  pixelFromPoint,
  poseFromCenter,
  type Rigid,
  transformPoint,
  vec3Cross,
  vec3Normalize,
} from '@epipole/geometry'
import {
  judge,
  NO_POINT,
  type PairReport,
  type PhotoReport,
  type Reconstruction,
  type ReconstructionImage,
  type ReconstructionPoint,
  type ReconstructReport,
} from '@epipole/sfm'
import sharp from 'sharp'

/** A house of coloured points, seen by a ring of cameras: models, report and thumbnails as a run would leave them. */
export interface ReportFixture {
  readonly report: ReconstructReport
  readonly models: Reconstruction[]
  readonly thumbnails: Map<string, Uint8Array>
}

export interface FixtureOptions {
  readonly photos?: number
  readonly points?: number
  readonly name?: (index: number) => string
  /** Models of the same scene. */
  readonly models?: number
}

const SIZE = { width: 1200, height: 800 }
const CAMERA = pinhole({ f: 1050, ...SIZE })

export async function reportFixture(options: FixtureOptions = {}): Promise<ReportFixture> {
  const { photos = 24, points = 6000, models: modelCount = 1 } = options
  const name = options.name ?? ((i: number) => `walk/IMG_${2001 + i}.jpg`)
  const world = house(points)
  const poses = Array.from({ length: photos }, (_, i) => ringPose(i, photos))
  const visible = poses.map((pose) => seen(world, pose))
  const model = assemble(world, poses, visible, name)
  const thumbnails = new Map<string, Uint8Array>()
  for (const [i, views] of visible.entries()) thumbnails.set(name(i), await thumbnail(world, views, i))
  return {
    report: makeReport(model, modelCount, photos, name, visible),
    models: new Array(modelCount).fill(model),
    thumbnails,
  }
}

interface WorldPoint {
  readonly xyz: Float64Array
  readonly normal: readonly [number, number, number]
  readonly rgb: readonly [number, number, number]
}

interface View {
  readonly point: number
  readonly x: number
  readonly y: number
  readonly depth: number
}

/** Walls with windows, a gable roof, a lawn, and a few stray points far away; y is down, the ground at y = 0. */
function house(count: number): WorldPoint[] {
  const random = randomStream(1, 'house')
  const jitter = (c: number) => Math.max(0, Math.min(255, Math.round(c + 14 * random.normal())))
  const color = (r: number, g: number, b: number) => [jitter(r), jitter(g), jitter(b)] as const
  return Array.from({ length: count }, (_, i): WorldPoint => {
    const part = random.float()
    const u = random.uniform(-1, 1)
    const v = random.float()
    if (i % 400 === 399) {
      return { xyz: Float64Array.of(40 * u, -30 * v, 60), normal: [0, 0, 0], rgb: [200, 200, 200] }
    }
    if (part < 0.3) {
      const [x, z] = [4 * u, random.uniform(-3.4, 3.4)]
      return { xyz: Float64Array.of(x, 0, z), normal: [0, -1, 0], rgb: color(92, 132, 66) }
    }
    if (part < 0.52) {
      const side = random.int(2) === 0 ? 1 : -1
      const t = random.float()
      const xyz = Float64Array.of(1.7 * u, -1.6 - 1.1 * t, side * 1.25 * (1 - t))
      return { xyz, normal: [0, -0.7, side * 0.7], rgb: color(168, 74, 52) }
    }
    const window = Math.abs(Math.abs(u) - 0.5) < 0.17 && v > 0.35 && v < 0.75
    const rgb = window ? color(64, 96, 140) : color(226, 212, 184)
    if (random.int(5) < 3) {
      const side = random.int(2) === 0 ? 1 : -1
      return { xyz: Float64Array.of(1.6 * u, -1.6 * v, side * 1.1), normal: [0, 0, side], rgb }
    }
    const side = random.int(2) === 0 ? 1 : -1
    return { xyz: Float64Array.of(side * 1.6, -1.6 * v, 1.1 * u), normal: [side, 0, 0], rgb }
  })
}

function ringPose(i: number, count: number): Rigid {
  const angle = (2 * Math.PI * i) / count
  const height = i % 3 === 2 ? -3.1 : -1.5
  const center = Float64Array.of(6.2 * Math.sin(angle), height, 6.2 * Math.cos(angle))
  const forward = vec3Normalize(Float64Array.of(-center[0]!, -0.9 - height, -center[2]!))
  const right = vec3Normalize(vec3Cross(Float64Array.of(0, 1, 0), forward))
  return poseFromCenter(Float64Array.of(...right, ...vec3Cross(forward, right), ...forward), center)
}

function seen(world: readonly WorldPoint[], pose: Rigid): View[] {
  const { R, t } = pose
  const center = [0, 1, 2].map((k) => -(R[k]! * t[0]! + R[3 + k]! * t[1]! + R[6 + k]! * t[2]!))
  return world.flatMap(({ xyz, normal }, point) => {
    const away = normal.reduce((sum, n, k) => sum + n * (center[k]! - xyz[k]!), 0)
    if (away < 0) return []
    const inCam = transformPoint(pose, xyz)
    const pixel = pixelFromPoint(CAMERA, inCam)
    return pixel.ok && pixel.inside ? [{ point, x: pixel.x, y: pixel.y, depth: inCam[2]! }] : []
  })
}

function assemble(
  world: readonly WorldPoint[],
  poses: readonly Rigid[],
  visible: readonly (readonly View[])[],
  name: (i: number) => string,
): Reconstruction {
  const random = randomStream(2, 'errors')
  const tracks = world.map((): number[] => [])
  const images = new Map<number, ReconstructionImage>()
  for (const [i, views] of visible.entries()) {
    const keypoints: number[] = []
    const pointIds: number[] = []
    for (const view of views) {
      // Not every keypoint that could be matched is.
      if (random.float() < 0.45) {
        tracks[view.point]!.push(i + 1, pointIds.length)
        pointIds.push(view.point + 1)
      } else pointIds.push(NO_POINT)
      keypoints.push(view.x, view.y)
    }
    images.set(i + 1, {
      name: name(i),
      cameraId: 1,
      camFromWorld: poses[i]!,
      keypoints: Float64Array.from(keypoints),
      pointIds: Int32Array.from(pointIds),
    })
  }
  const points = new Map<number, ReconstructionPoint>()
  for (const [p, { xyz, rgb }] of world.entries()) {
    const track = tracks[p]!
    if (track.length >= 4) {
      const [a, b] = [random.normal(), random.normal()]
      points.set(p + 1, { xyz, rgb, error: 0.55 * Math.sqrt(a * a + b * b), track: Int32Array.from(track) })
    } else for (let k = 0; k < track.length; k += 2) images.get(track[k]!)!.pointIds[track[k + 1]!] = NO_POINT
  }
  return { cameras: new Map([[1, CAMERA]]), images, points }
}

/** The points as squares over sky and ground, nearest last. */
async function thumbnail(world: readonly WorldPoint[], views: readonly View[], index: number): Promise<Uint8Array> {
  const [w, h] = [600, 400]
  const data = Buffer.alloc(w * h * 3)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) data.set(y < 150 ? [176, 204, 228] : [122, 142, 98], 3 * (y * w + x))
  }
  for (const v of [...views].sort((a, b) => b.depth - a.depth)) {
    const half = Math.max(2, Math.round(46 / v.depth))
    const [cx, cy] = [Math.round((v.x / SIZE.width) * w), Math.round((v.y / SIZE.height) * h)]
    for (let y = Math.max(0, cy - half); y < Math.min(h, cy + half); y++) {
      for (let x = Math.max(0, cx - half); x < Math.min(w, cx + half); x++)
        data.set(world[v.point]!.rgb, 3 * (y * w + x))
    }
  }
  return sharp(data, { raw: { width: w, height: h, channels: 3 } })
    .jpeg({ quality: 72 + (index % 3) })
    .toBuffer()
}

function makeReport(
  model: Reconstruction,
  modelCount: number,
  count: number,
  name: (i: number) => string,
  visible: readonly (readonly View[])[],
): ReconstructReport {
  const photos: PhotoReport[] = Array.from({ length: count }, (_, i) => {
    const image = model.images.get(i + 1)!
    const observed = [...image.pointIds].filter((id) => id !== NO_POINT)
    const error = observed.reduce((sum, id) => sum + model.points.get(id)!.error, 0) / Math.max(1, observed.length)
    return {
      name: name(i),
      ...SIZE,
      orientation: 1,
      cameraId: 1,
      focal: { px: 1080, source: 'exif-35mm' },
      features: image.pointIds.length,
      status: 'registered',
      model: 0,
      observations: observed.length,
      meanError: error,
    }
  })
  photos.push(
    refusedPhoto('walk/IMG_2090.jpg', 'unregistered', {
      test: 'few-inliers',
      value: 11,
      threshold: 30,
      unit: 'count',
      text: 'Only 11 of its keypoints agree with one pose; it may show another place or be blurred.',
    }),
    refusedPhoto('walk/broken.jpg', 'refused', {
      test: 'truncated-file',
      value: 20480,
      threshold: 618233,
      unit: 'bytes',
      text: 'The file ends early: it is cut off or still being copied. Copy it again.',
    }),
  )
  const points = [...model.points.values()]
  const observations = points.reduce((sum, p) => sum + p.track.length / 2, 0)
  const one = {
    photos: model.images.size,
    points: points.length,
    observations,
    meanTrackLength: observations / points.length,
    pointsThreeViews: points.filter((p) => p.track.length >= 6).length,
    meanError: points.reduce((sum, p) => sum + p.error, 0) / points.length,
    cameras: [
      {
        id: 1,
        ...CAMERA,
        photos: count,
        notes: [
          'Focal length from EXIF, refined.',
          'Principal point held at the middle: the photos do not determine it.',
        ],
      },
    ],
    flags: [],
  }
  const models = new Array(modelCount).fill(one)
  return {
    format: 'epipole-report',
    version: 1,
    epipole: '0.1.0',
    verdict: judge({ photos, models }),
    seed: 1,
    options: { features: 'sift', matching: 'exhaustive', maxImageSize: 3200, maxFeatures: 8192 },
    photos,
    pairs: makePairs(visible),
    models,
    stages: [
      { name: 'features', seconds: 11.2, items: count, reused: 0 },
      { name: 'matching', seconds: 23.9, items: (count * (count - 1)) / 2, reused: 12 },
      { name: 'mapping', seconds: 7.4, items: count, reused: 0 },
    ],
  }
}

function refusedPhoto(name: string, status: 'unregistered' | 'refused', verdict: PhotoReport['verdict']): PhotoReport {
  return {
    name,
    ...SIZE,
    orientation: 1,
    cameraId: status === 'refused' ? 0 : 1,
    focal: { px: 1440, source: 'default' },
    features: status === 'refused' ? 0 : 1873,
    status,
    ...(verdict ? { verdict } : {}),
  }
}

function makePairs(visible: readonly (readonly View[])[]): PairReport[] {
  const sets = visible.map((views) => new Set(views.map((v) => v.point)))
  const pairs: PairReport[] = []
  for (let a = 0; a < sets.length; a++) {
    for (let b = a + 1; b < sets.length; b++) {
      const both = [...sets[a]!].filter((p) => sets[b]!.has(p)).length
      const apart = Math.min(b - a, sets.length - b + a)
      const inliers = Math.round(both / (1 + apart * apart))
      const matches = Math.round(inliers * 1.3) + 17
      if (inliers < 30) {
        const text = `Only ${inliers} matches agree with one geometry; at least 30 are needed.`
        const verdict = { test: 'few-inliers', value: inliers, threshold: 30, unit: 'count', text }
        pairs.push({ a, b, kind: 'refused', matches, inliers, verdict })
      } else
        pairs.push({
          a,
          b,
          kind: apart === 1 && a % 7 === 0 ? 'planar' : 'calibrated',
          matches,
          inliers,
          angleDeg: 15 * apart,
        })
    }
  }
  return pairs
}
