import { pixelsFromNormalized } from '@epipole/geometry'
import { descriptorDistance } from './descriptor-distance.js'
import { addObservation, cameraOf, type SceneState } from './scene-state.js'

/** How far from a point's projection a keypoint may lie, pixels: several times the usual error, and a small target. */
const MAX_ERROR_PX = 3
/** Nearer than the matcher's limit of 0.7: no second choice is there to compare with. */
const MAX_DISTANCE = 0.65
/** Cosine of the largest angle to a view that the point is known from (30°): beyond it a point may well be hidden. */
const MIN_VIEW_COSINE = 0.866
/** A keypoint may be this many times larger or smaller than the point's other keypoints predict. */
const MAX_SCALE_RATIO = 1.7
/** Side of a cell of the search grid, pixels; at least twice the radius, so that four cells suffice. */
const CELL = 8

/** A keypoint that a point could be seen at. */
interface Sighting {
  readonly point: number
  readonly keypoint: number
  readonly distance: number
}

/**
 * Looks for every point in every photo that should see it: matching by pairs misses what a ratio test refused, but once a
 * point and the poses are known, a free keypoint at its projection, of the right size and look, is its image. Tracks grow
 * longer, and points that two photos saw find a third. Each keypoint and each photo serves a point at most once; the nearest
 * in appearance wins.
 *
 * @returns how many observations were added
 */
export function completeByAppearance(state: SceneState): number {
  let added = 0
  for (const photo of [...state.order].sort((a, b) => a - b)) {
    const sightings = findSightings(state, photo)
    sightings.sort((p, q) => p.distance - q.distance || p.point - q.point || p.keypoint - q.keypoint)
    const served = new Set<number>()
    for (const { point, keypoint } of sightings) {
      if (state.pointOf[keypoint] >= 0 || served.has(point)) continue
      served.add(point)
      addObservation(state, point, keypoint)
      added++
    }
  }
  return added
}

function findSightings(state: SceneState, photo: number): Sighting[] {
  if (state.input.photos[photo].descriptors === undefined) return []
  const { points, pixels, depths } = project(state, photo)
  const grid = freeKeypoints(state, photo)
  const sightings: Sighting[] = []
  points.forEach((point, i) => {
    const x = pixels[2 * i]
    const y = pixels[2 * i + 1]
    grid.near(x, y, (keypoint) => {
      const dx = state.pixels[2 * keypoint] - x
      const dy = state.pixels[2 * keypoint + 1] - y
      if (!(dx * dx + dy * dy <= MAX_ERROR_PX * MAX_ERROR_PX)) return
      const distance = appearance(state, point, keypoint, state.focal[photo] / depths[i])
      if (distance <= MAX_DISTANCE) sightings.push({ point, keypoint, distance })
    })
  })
  return sightings
}

/** Where the points that a photo does not see yet would appear in it. */
function project(state: SceneState, photo: number) {
  const { poses, xyz, tracks, graph } = state
  const { width, height } = state.input.photos[photo]
  const p = 12 * photo
  const points: number[] = []
  const plane: number[] = []
  const depths: number[] = []
  tracks.forEach((track, point) => {
    if (track.length === 0 || track.some((f) => graph.photoOf[f] === photo)) return
    const X = xyz[3 * point]
    const Y = xyz[3 * point + 1]
    const Z = xyz[3 * point + 2]
    const depth = poses[p + 6] * X + poses[p + 7] * Y + poses[p + 8] * Z + poses[p + 11]
    if (!(depth > 0)) return
    const u = (poses[p] * X + poses[p + 1] * Y + poses[p + 2] * Z + poses[p + 9]) / depth
    const v = (poses[p + 3] * X + poses[p + 4] * Y + poses[p + 5] * Z + poses[p + 10]) / depth
    // Far outside the photo a distortion polynomial may fold back in.
    if (Math.abs(u) * state.focal[photo] > width || Math.abs(v) * state.focal[photo] > height) return
    points.push(point)
    plane.push(u, v)
    depths.push(depth)
  })
  return { points, depths, pixels: pixelsFromNormalized(cameraOf(state, photo), Float64Array.from(plane)) }
}

/** A grid over the keypoints of a photo that see no point. */
function freeKeypoints(state: SceneState, photo: number) {
  const { offsets } = state.graph
  const { width, height } = state.input.photos[photo]
  const columns = Math.ceil(width / CELL) + 1
  const rows = Math.ceil(height / CELL) + 1
  const head = new Int32Array(columns * rows).fill(-1)
  const next = new Int32Array(offsets[photo + 1] - offsets[photo]).fill(-1)
  for (let f = offsets[photo]; f < offsets[photo + 1]; f++) {
    if (state.pointOf[f] >= 0 || Number.isNaN(state.rays[2 * f])) continue
    const cell = cellOf(state.pixels[2 * f], state.pixels[2 * f + 1])
    next[f - offsets[photo]] = head[cell]
    head[cell] = f
  }
  function cellOf(x: number, y: number): number {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(x / CELL)))
    return Math.min(rows - 1, Math.max(0, Math.floor(y / CELL))) * columns + column
  }
  return {
    /** Calls back for the keypoints of the cells within the search radius of (x, y). */
    near(x: number, y: number, visit: (keypoint: number) => void): void {
      if (!(x >= 0 && y >= 0 && x < width && y < height)) return
      const left = Math.floor(Math.max(0, x - MAX_ERROR_PX) / CELL)
      const right = Math.floor((x + MAX_ERROR_PX) / CELL)
      const top = Math.floor(Math.max(0, y - MAX_ERROR_PX) / CELL)
      const bottom = Math.floor((y + MAX_ERROR_PX) / CELL)
      for (let row = top; row <= Math.min(rows - 1, bottom); row++) {
        for (let column = left; column <= Math.min(columns - 1, right); column++) {
          for (let f = head[row * columns + column]; f >= 0; f = next[f - offsets[photo]]) visit(f)
        }
      }
    },
  }
}

/**
 * The distance between a keypoint's descriptor and the nearest one of a point's track whose size fits; infinite where none
 * does.
 *
 * @param magnification pixels per unit of length at the point, in the keypoint's photo
 */
function appearance(state: SceneState, point: number, keypoint: number, magnification: number): number {
  const { graph, poses, xyz } = state
  const photo = graph.photoOf[keypoint]
  const mine = state.input.photos[photo]
  const k = keypoint - graph.offsets[photo]
  const scale = mine.keypoints[4 * k + 2]
  let best = Number.POSITIVE_INFINITY
  for (const f of state.tracks[point]) {
    const other = graph.photoOf[f]
    const theirs = state.input.photos[other]
    if (mine.descriptors === undefined || theirs.descriptors === undefined) continue
    const p = 12 * other
    const depth =
      poses[p + 6] * xyz[3 * point] +
      poses[p + 7] * xyz[3 * point + 1] +
      poses[p + 8] * xyz[3 * point + 2] +
      poses[p + 11]
    if (!(viewCosine(state, point, photo, other) >= MIN_VIEW_COSINE)) continue
    const i = f - graph.offsets[other]
    const predicted = (theirs.keypoints[4 * i + 2] * magnification * depth) / state.focal[other]
    if (!(scale <= MAX_SCALE_RATIO * predicted && predicted <= MAX_SCALE_RATIO * scale)) continue
    const distance = descriptorDistance(mine.descriptors, k, theirs.descriptors, i)
    if (distance < best) best = distance
  }
  return best
}

/** Cosine of the angle under which a point sees two photos' centres. */
function viewCosine({ poses, xyz }: SceneState, point: number, a: number, b: number): number {
  const [ax, ay, az] = towardsCentre(poses, 12 * a, xyz, 3 * point)
  const [bx, by, bz] = towardsCentre(poses, 12 * b, xyz, 3 * point)
  return (ax * bx + ay * by + az * bz) / Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
}

/** From a point to a camera's centre −Rᵀ t. */
function towardsCentre(poses: Float64Array, p: number, xyz: Float64Array, at: number): [number, number, number] {
  const x = poses[p + 9]
  const y = poses[p + 10]
  const z = poses[p + 11]
  return [
    -(poses[p] * x + poses[p + 3] * y + poses[p + 6] * z) - xyz[at],
    -(poses[p + 1] * x + poses[p + 4] * y + poses[p + 7] * z) - xyz[at + 1],
    -(poses[p + 2] * x + poses[p + 5] * y + poses[p + 8] * z) - xyz[at + 2],
  ]
}
