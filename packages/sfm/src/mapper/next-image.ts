import type { SceneState } from './scene-state.js'
import { visibilityScore } from './visibility.js'

/** An unregistered photo that sees points of the model. */
export interface NextImage {
  readonly photo: number
  /** Keypoints with at least one verified match to a keypoint that sees a point. */
  readonly visible: number
  /** How many and how well spread, see `visibilityScore`. */
  readonly score: number
}

/** Unregistered photos by falling score; ties go to the earlier photo. */
export function rankNextImages(state: SceneState): NextImage[] {
  const ranked: NextImage[] = []
  for (let photo = 0; photo < state.input.photos.length; photo++) {
    if (state.registered[photo] === 0) ranked.push(visibility(state, photo))
  }
  return ranked.filter((r) => r.visible > 0).sort((p, q) => q.score - p.score || p.photo - q.photo)
}

function visibility(state: SceneState, photo: number): NextImage {
  const { graph, pointOf, pixels } = state
  const { width, height } = state.input.photos[photo]
  const xy: number[] = []
  for (let f = graph.offsets[photo]; f < graph.offsets[photo + 1]; f++) {
    for (let n = graph.rows[f]; n < graph.rows[f + 1]; n++) {
      if (pointOf[graph.neighbors[n]] >= 0) {
        xy.push(pixels[2 * f], pixels[2 * f + 1])
        break
      }
    }
  }
  const visible = xy.length / 2
  return { photo, visible, score: visibilityScore(xy, visible, width, height) }
}
