import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import {
  bruteForceMatcher,
  type Features,
  type GrayImage,
  grayFromRgb,
  resizeGray,
  siftExtractor,
} from '@epipole/features'
import {
  applyHomography,
  correctMatch,
  essentialFromPose,
  fundamentalFromEssential,
  poseFromCenter,
  type Rigid,
  relativePose,
  sampsonErrors,
  shiftHomography,
  triangulate,
} from '@epipole/geometry'
import { decodePixels } from 'epipole'
import { dataFolder } from '../reconstruct/sets.js'
import { type Problem, raysOf, type Truth } from './problem.js'

/** Matches of our own SIFT features on real photos whose truth is known: every mutual nearest neighbour, distinct or not. */
const MAX_FEATURES = 3000
const MAX_IMAGE_SIZE = 1600
/** A match nearer than this to the truth is right. */
const RIGHT_PX = 2

interface Photo {
  readonly width: number
  readonly height: number
  readonly features: Features
}

async function readPhoto(file: string): Promise<Photo> {
  const bytes = readFileSync(file)
  const gray = file.endsWith('.pgm') ? readPgm(bytes) : await decodeGray(bytes, path.basename(file))
  const { image, scale } = resizeGray(gray, MAX_IMAGE_SIZE)
  const features = await siftExtractor({ maxFeatures: MAX_FEATURES }).extract(image, scale)
  return { width: gray.width, height: gray.height, features }
}

async function decodeGray(bytes: Uint8Array, name: string): Promise<GrayImage> {
  const { width, height, rgb } = await decodePixels(bytes, name)
  return grayFromRgb({ width, height, channels: 3, data: rgb })
}

/** Binary PGM of 8 bits. */
function readPgm(bytes: Uint8Array): GrayImage {
  const head = /^P5\s(?:\s|#.*\n)*(\d+)\s+(\d+)\s+255\s/.exec(Buffer.from(bytes.subarray(0, 256)).toString('latin1'))
  if (head === null) throw new Error('Not a binary PGM of 8 bits.')
  const [width, height] = [Number(head[1]), Number(head[2])]
  return { width, height, data: Uint8Array.from(bytes.subarray(head[0].length, head[0].length + width * height)) }
}

interface Matches {
  readonly pairs: Uint32Array
  readonly pixels1: Float64Array
  readonly pixels2: Float64Array
  readonly scores: Float64Array
}

/** Scores: what the descriptors have in common, and one more where the match is distinct (Lowe's ratio test). */
async function matchPhotos(a: Photo, b: Photo): Promise<Matches> {
  const { pairs, distinct } = await bruteForceMatcher().candidates(a.features, b.features)
  const n = distinct.length
  const side = ({ features }: Photo, which: number) =>
    Float64Array.from({ length: 2 * n }, (_, k) => features.keypoints[4 * pairs[2 * (k >> 1) + which] + (k % 2)])
  const scores = Float64Array.from(
    distinct,
    (d, i) => d + likeness(a.features, pairs[2 * i], b.features, pairs[2 * i + 1]),
  )
  return { pairs, pixels1: side(a, 0), pixels2: side(b, 1), scores }
}

/** Cosine of two descriptors. */
function likeness(a: Features, i: number, b: Features, j: number): number {
  const d = a.dimension
  let [aa, ab, bb] = [0, 0, 0]
  for (let k = 0; k < d; k++) {
    const [p, q] = [a.descriptors[i * d + k], b.descriptors[j * d + k]]
    aa += p * p
    ab += p * q
    bb += q * q
  }
  return ab / Math.sqrt(aa * bb)
}

const NONE = new Float64Array(0)
const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)

/** Image 1 with each of the five others of the sets graf (viewpoint) and boat (zoom and rotation). */
export async function homographyProblems(): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const [set, type] of [
    ['graf', 'ppm'],
    ['boat', 'pgm'],
  ] as const) {
    const folder = path.join(dataFolder(), 'pairs', set)
    const first = await readPhoto(path.join(folder, `img1.${type}`))
    for (let other = 2; other <= 6; other++) {
      const second = await readPhoto(path.join(folder, `img${other}.${type}`))
      const text = readFileSync(path.join(folder, `H1to${other}p`), 'utf8')
      const H = shiftHomography(text.trim().split(/\s+/).map(Number), 0.5, 0.5)
      const { exact1, exact2 } = sharedGrid(H, first, second)
      const { pixels1, pixels2, scores } = await matchPhotos(first, second)
      const truth = { H, exact1, exact2 }
      problems.push({ family: 'H', pixels1, pixels2, points: NONE, scores, K1: IDENTITY, K2: IDENTITY, truth })
    }
  }
  return problems
}

/** A grid of 20 × 20 points of photo 1, those that photo 2 sees. */
function sharedGrid(H: Float64Array, a: Photo, b: Photo): { exact1: Float64Array; exact2: Float64Array } {
  const all = Array.from({ length: 400 }, (_, i) => [
    ((i % 20) + 0.5) * (a.width / 20),
    (Math.floor(i / 20) + 0.5) * (a.height / 20),
  ])
  const seen = all.filter((p) => {
    const [x, y] = applyHomography(H, p)
    return x >= 0 && y >= 0 && x <= b.width && y <= b.height
  })
  const exact1 = Float64Array.from(seen.flat())
  return { exact1, exact2: applyHomography(H, exact1) }
}

interface PosedPhoto extends Photo {
  readonly pose: Rigid
  readonly K: Float64Array
}

export const posedSets = ['fountain-P11', 'Herz-Jesus-P8'] as const

export async function readPosedSet(set: string): Promise<PosedPhoto[]> {
  const folder = path.join(dataFolder(), 'sfm', set)
  const truth = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as {
    images: Record<string, { R: number[]; C: number[]; K: [number, number, number, number] }>
  }
  const photos: PosedPhoto[] = []
  for (const name of readdirSync(path.join(folder, 'images')).sort()) {
    const { R, C, K } = truth.images[name]
    const [fx, fy, cx, cy] = K
    photos.push({
      ...(await readPhoto(path.join(folder, 'images', name))),
      pose: poseFromCenter(R, C),
      K: Float64Array.of(fx, 0, cx, 0, fy, cy, 0, 0, 1),
    })
  }
  return photos
}

/** Each photo with the next three, for E and for F. */
export async function twoViewProblems(photos: readonly PosedPhoto[]): Promise<Problem[]> {
  const problems: Problem[] = []
  for (let i = 0; i < photos.length; i++) {
    for (let j = i + 1; j <= i + 3 && j < photos.length; j++) {
      const [a, b] = [photos[i], photos[j]]
      const { pixels1, pixels2, scores } = await matchPhotos(a, b)
      const truth = twoViewTruth(a, b, pixels1, pixels2)
      problems.push({ family: 'E', pixels1, pixels2, points: NONE, scores, K1: a.K, K2: b.K, truth })
    }
  }
  return problems
}

/** The true motion, and the right matches moved onto it. */
function twoViewTruth(a: PosedPhoto, b: PosedPhoto, pixels1: Float64Array, pixels2: Float64Array): Truth {
  const cam2FromCam1 = relativePose(a.pose, b.pose)
  const F = fundamentalFromEssential(essentialFromPose(cam2FromCam1), a.K, b.K)!
  const errors = sampsonErrors(F, pixels1, pixels2)
  const right = [...errors.keys()].filter((i) => Math.abs(errors[i]) < RIGHT_PX)
  const exact = right.map((i) => {
    const match = Float64Array.of(pixels1[2 * i], pixels1[2 * i + 1], pixels2[2 * i], pixels2[2 * i + 1])
    correctMatch(F, match)
    return [...match]
  })
  return {
    cam2FromCam1,
    exact1: Float64Array.from(exact.flatMap((m) => m.slice(0, 2))),
    exact2: Float64Array.from(exact.flatMap((m) => m.slice(2))),
  }
}

/**
 * Points of two neighbours by their true poses, seen in the photo after them: where a match of the neighbours is right, its
 * point is good to a pixel; where the match with the third photo is wrong, so is the correspondence.
 */
export async function absolutePoseProblems(photos: readonly PosedPhoto[]): Promise<Problem[]> {
  const problems: Problem[] = []
  for (let i = 0; i + 2 < photos.length; i++) {
    const [a, b, c] = [photos[i], photos[i + 1], photos[i + 2]]
    const ab = await matchPhotos(a, b)
    const bc = await matchPhotos(b, c)
    const ofB = new Map(Array.from(ab.scores.keys(), (k) => [ab.pairs[2 * k + 1], k] as const))
    const [rays1, rays2] = [raysOf(ab.pixels1, a.K), raysOf(ab.pixels2, b.K)]
    const found: { point: Float64Array; pixel: Float64Array; score: number }[] = []
    for (const k of bc.scores.keys()) {
      const at = ofB.get(bc.pairs[2 * k])
      if (at === undefined) continue
      const verdict = triangulate(a.pose, b.pose, rays1, rays2, at, { maxError: RIGHT_PX / a.K[0] })
      if (!verdict.ok) continue
      found.push({
        point: Float64Array.from(verdict.point),
        pixel: bc.pixels2.subarray(2 * k, 2 * k + 2),
        score: bc.scores[k] + ab.scores[at],
      })
    }
    const pixels2 = Float64Array.from(found.flatMap(({ pixel }) => [...pixel]))
    const points = Float64Array.from(found.flatMap(({ point }) => [...point]))
    const scores = Float64Array.from(found, ({ score }) => score)
    const truth = { cam2FromWorld: c.pose, exact1: NONE, exact2: NONE }
    problems.push({ family: 'PnP', pixels1: pixels2, pixels2, points, scores, K1: c.K, K2: c.K, truth })
  }
  return problems
}

export const hasRealPhotos = () => existsSync(path.join(dataFolder(), 'pairs', 'graf'))
