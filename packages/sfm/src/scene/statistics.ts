import type { Reconstruction } from './reconstruction.js'

export interface ModelStatistics {
  readonly images: number
  readonly points: number
  /** Keypoints that see a point. */
  readonly observations: number
  /** Observations a point; 0 without points. */
  readonly meanTrackLength: number
  /** Observations an image; 0 without images. */
  readonly meanObservations: number
  /** Points seen by three photos or more. */
  readonly pointsThreeViews: number
  /** Mean of the points' stored errors, weighted by their observations, pixels. */
  readonly meanError: number
}

/** A model in numbers; linear in its size. Errors are the stored ones: see `reprojectionErrors` for measured ones. */
export function modelStatistics(model: Reconstruction): ModelStatistics {
  let observations = 0
  let pointsThreeViews = 0
  let errorSum = 0
  for (const { track, error } of model.points.values()) {
    const length = track.length / 2
    observations += length
    errorSum += length * error
    if (hasThreeViews(track)) pointsThreeViews++
  }
  return {
    images: model.images.size,
    points: model.points.size,
    observations,
    meanTrackLength: model.points.size === 0 ? 0 : observations / model.points.size,
    meanObservations: model.images.size === 0 ? 0 : observations / model.images.size,
    pointsThreeViews,
    meanError: observations === 0 ? 0 : errorSum / observations,
  }
}

/** Whether at least three different images are in a track; an image may see a point at several keypoints. */
function hasThreeViews(track: Int32Array): boolean {
  let second = -1
  for (let i = 2; i < track.length; i += 2) {
    if (track[i] === track[0] || track[i] === second) continue
    if (second >= 0) return true
    second = track[i]
  }
  return false
}
