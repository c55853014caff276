import { TRIANGULATED, type TrackTriangulator, trackTriangulator, type Views } from '@epipole/geometry'
import { squaredErrorPx } from './errors.js'
import type { MapperOptions } from './options.js'
import { addObservation, addPoint, deletePoint, type SceneState } from './scene-state.js'

/**
 * Makes, extends, completes and merges the tracks of a model along verified matches (Schönberger and Frahm, CVPR 2016,
 * section 4.3; after COLMAP's incremental triangulator). Each call returns the points it changed.
 */
export interface TrackGrower {
  /** Looks at every keypoint of a newly posed photo: continues its neighbours' points or makes new ones. */
  triangulatePhoto(photo: number): Set<number>
  /** Tries once more the pairs of posed photos which share far fewer points than matches: their poses have improved. */
  retriangulate(): Set<number>
  /** Adds to points the keypoints, up to `hops` matches away, that fit them by now. */
  complete(points: Iterable<number>): Set<number>
  /** Joins points that matches connect and one position explains. */
  merge(points: Iterable<number>): Set<number>
}

/** Matches followed away from a track when it is completed. */
const HOPS = 5
/** Observations of one track that are triangulated together; matches beyond are left to later continuation. */
const MAX_VIEWS = 64

function seesPhoto(state: SceneState, point: number, photo: number): boolean {
  for (const f of state.tracks[point]) if (state.graph.photoOf[f] === photo) return true
  return false
}

export function trackGrower(state: SceneState, options: MapperOptions): TrackGrower {
  const { graph, pointOf, registered } = state
  const maxFilter = options.filterMaxErrorPx * options.filterMaxErrorPx
  const maxContinue = options.triangulateMaxErrorPx * options.triangulateMaxErrorPx
  const views: Views & { scale: Float64Array } = {
    poses: state.poses,
    images: new Int32Array(MAX_VIEWS),
    xy: new Float64Array(2 * MAX_VIEWS),
    scale: new Float64Array(MAX_VIEWS),
  }
  const triangulate: TrackTriangulator = trackTriangulator(views, {
    maxError: options.triangulateMaxErrorPx,
    minAngleDeg: options.minAngleDeg,
  })
  const point = new Float64Array(3)
  const inliers = new Uint8Array(MAX_VIEWS)
  const loose: number[] = []

  const hasRay = (f: number): boolean => !Number.isNaN(state.rays[2 * f])

  /** Adds keypoint f to the neighbouring point it fits best, if any. */
  const continueTrack = (f: number): number => {
    let best = -1
    let bestError = maxContinue
    for (let n = graph.rows[f]; n < graph.rows[f + 1]; n++) {
      const p = pointOf[graph.neighbors[n]]
      if (p < 0 || seesPhoto(state, p, graph.photoOf[f])) continue
      const error = squaredErrorPx(state, f, state.xyz, 3 * p)
      if (error < bestError) {
        bestError = error
        best = p
      }
    }
    if (best >= 0) addObservation(state, best, f)
    return best
  }

  /** Makes points from f and its posed neighbours without one, as long as what is left agrees. */
  const createTracks = (f: number, changed: Set<number>): void => {
    loose.length = 0
    if (pointOf[f] < 0) loose.push(f)
    for (let n = graph.rows[f]; n < graph.rows[f + 1] && loose.length < MAX_VIEWS; n++) {
      const g = graph.neighbors[n]
      if (pointOf[g] < 0 && registered[graph.photoOf[g]] === 1 && hasRay(g)) loose.push(g)
    }
    while (loose.length >= 2) {
      for (let i = 0; i < loose.length; i++) {
        const g = loose[i]
        const photo = graph.photoOf[g]
        views.images[i] = photo
        views.xy[2 * i] = state.rays[2 * g]
        views.xy[2 * i + 1] = state.rays[2 * g + 1]
        views.scale[i] = state.focal[photo]
      }
      if (triangulate(0, loose.length, point, inliers) !== TRIANGULATED) return
      const track: number[] = []
      let left = 0
      for (let i = 0; i < loose.length; i++) {
        // One photo sees a point once: a second keypoint at the same place (another orientation) stays out.
        const twice = track.some((g) => graph.photoOf[g] === graph.photoOf[loose[i]])
        if (inliers[i] === 1 && !twice) track.push(loose[i])
        else loose[left++] = loose[i]
      }
      if (track.length < 2) return
      loose.length = left
      changed.add(addPoint(state, point[0], point[1], point[2], track))
      if (left < 3) return
    }
  }

  const visitKeypoint = (f: number, changed: Set<number>): void => {
    if (graph.rows[f] === graph.rows[f + 1] || !hasRay(f)) return
    if (pointOf[f] < 0) {
      const continued = continueTrack(f)
      if (continued >= 0) {
        changed.add(continued)
        return
      }
    }
    createTracks(f, changed)
  }

  const triangulatePhoto = (photo: number): Set<number> => {
    const changed = new Set<number>()
    for (let f = graph.offsets[photo]; f < graph.offsets[photo + 1]; f++) visitKeypoint(f, changed)
    return changed
  }

  const retriangulate = (): Set<number> => {
    const changed = new Set<number>()
    for (const { a, b, geometry } of state.input.pairs) {
      if (registered[a] === 0 || registered[b] === 0) continue
      const matches = geometry.inliers
      let shared = 0
      for (let m = 0; m < matches.length; m += 2) {
        const p = pointOf[graph.offsets[a] + matches[m]]
        if (p >= 0 && p === pointOf[graph.offsets[b] + matches[m + 1]]) shared++
      }
      if (shared >= options.retriangulateBelow * (matches.length / 2)) continue
      for (let m = 0; m < matches.length; m += 2) {
        const f = graph.offsets[a] + matches[m]
        const g = graph.offsets[b] + matches[m + 1]
        if (pointOf[f] < 0 || pointOf[g] < 0) visitKeypoint(pointOf[f] < 0 ? f : g, changed)
      }
    }
    return changed
  }

  const complete = (points: Iterable<number>): Set<number> => {
    const changed = new Set<number>()
    for (const p of points) {
      let frontier = [...state.tracks[p]]
      for (let hop = 0; hop < HOPS && frontier.length > 0; hop++) {
        const added: number[] = []
        for (const f of frontier) {
          for (let n = graph.rows[f]; n < graph.rows[f + 1]; n++) {
            const g = graph.neighbors[n]
            if (pointOf[g] >= 0 || registered[graph.photoOf[g]] === 0 || seesPhoto(state, p, graph.photoOf[g])) continue
            if (!(squaredErrorPx(state, g, state.xyz, 3 * p) <= maxFilter)) continue
            addObservation(state, p, g)
            added.push(g)
          }
        }
        if (added.length > 0) changed.add(p)
        frontier = added
      }
    }
    return changed
  }

  /** Whether one position, the mean weighted by track lengths, explains both tracks; merges them if so. */
  const tryMerge = (p: number, q: number): number => {
    const a = state.tracks[p]
    const b = state.tracks[q]
    if (b.some((f) => seesPhoto(state, p, graph.photoOf[f]))) return -1
    const w = a.length / (a.length + b.length)
    for (let d = 0; d < 3; d++) point[d] = w * state.xyz[3 * p + d] + (1 - w) * state.xyz[3 * q + d]
    for (const f of a) if (!(squaredErrorPx(state, f, point, 0) <= maxFilter)) return -1
    for (const f of b) if (!(squaredErrorPx(state, f, point, 0) <= maxFilter)) return -1
    const track = [...a, ...b]
    deletePoint(state, p)
    deletePoint(state, q)
    return addPoint(state, point[0], point[1], point[2], track)
  }

  const mergeOne = (start: number, refused: Set<string>): number => {
    let merged = -1
    let current = start
    for (let i = 0; i < state.tracks[current].length; i++) {
      const f = state.tracks[current][i]
      for (let n = graph.rows[f]; n < graph.rows[f + 1]; n++) {
        const q = pointOf[graph.neighbors[n]]
        if (q < 0 || q === current) continue
        const key = current < q ? `${current} ${q}` : `${q} ${current}`
        if (refused.has(key)) continue
        const joined = tryMerge(current, q)
        if (joined < 0) {
          refused.add(key)
          continue
        }
        merged = joined
        current = joined
        i = -1
        break
      }
    }
    return merged
  }

  const merge = (points: Iterable<number>): Set<number> => {
    const changed = new Set<number>()
    const refused = new Set<string>()
    for (const p of [...points]) {
      const merged = mergeOne(p, refused)
      if (merged >= 0) changed.add(merged)
    }
    return changed
  }

  return { triangulatePhoto, retriangulate, complete, merge }
}
