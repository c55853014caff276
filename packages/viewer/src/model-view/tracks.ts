import type { ModelData } from '@epipole/sfm'

/** Where one photo sees one point. */
export interface Observation {
  readonly image: number
  readonly point: number
  /** Index into `trackImages`, twice it into `trackXy`. */
  readonly at: number
}

/** For each photo, its observations (indices into `trackImages`) and their points, as one inverted index. */
export interface TrackIndex {
  /** `images + 1`. */
  readonly start: Uint32Array
  /** Observations by photo. */
  readonly observations: Uint32Array
  /** `points[i]` is the point of observation i. */
  readonly points: Uint32Array
}

export function indexTracks(data: ModelData): TrackIndex {
  const total = data.trackImages.length
  const start = new Uint32Array(data.images.length + 1)
  for (let o = 0; o < total; o++) start[data.trackImages[o]! + 1]!++
  for (let i = 0; i < data.images.length; i++) start[i + 1]! += start[i]!
  const next = start.slice()
  const observations = new Uint32Array(total)
  const points = new Uint32Array(total)
  for (let p = 0; p < data.errors.length; p++) {
    for (let o = data.trackStart[p]!; o < data.trackStart[p + 1]!; o++) {
      points[o] = p
      observations[next[data.trackImages[o]!]!++] = o
    }
  }
  return { start, observations, points }
}

/** What photo `image` sees. */
export function observationsOf(index: TrackIndex, image: number): Observation[] {
  return Array.from(index.observations.subarray(index.start[image], index.start[image + 1]), (at) => ({
    image,
    point: index.points[at]!,
    at,
  }))
}

/** The photos that see a point. */
export function trackOf(data: ModelData, point: number): Observation[] {
  const track: Observation[] = []
  for (let at = data.trackStart[point]!; at < data.trackStart[point + 1]!; at++) {
    track.push({ image: data.trackImages[at]!, point, at })
  }
  return track
}
