import { cameraModelInfo } from '@epipole/geometry'
import { PRINCIPAL_POINT_SIGMA } from './adjust.js'
import { completeByAppearance } from './complete-by-appearance.js'
import { trackGrower } from './grow-tracks.js'
import type { MapperOptions } from './options.js'
import { adjustAll, FINE, refineGlobally } from './refine.js'
import { deletePoint, observedPoints, type SceneState } from './scene-state.js'

/** What the last refinement found out about one camera. */
export interface CameraOutcome {
  readonly camera: number
  /** Words for the report. */
  readonly notes: readonly string[]
}

export interface FinishedModel {
  readonly cameras: readonly CameraOutcome[]
  readonly rmsPx: number
}

/** A principal point counts as determined when its standard deviation is below this share of its prior's. */
const DETERMINED = 0.5
/** Photos that must share a camera before its principal point is refined: fewer leave it to trade places with the poses. */
const MIN_PHOTOS = 3

/**
 * The last refinement: everything once more until it settles, then the principal point of each camera whose photos
 * determine it. Where they do not, it stays at the image centre, and the report says so.
 */
export function finishModel(state: SceneState, options: MapperOptions): FinishedModel {
  const grower = trackGrower(state, options)
  refineGlobally(state, grower, options, FINE)
  const notes = new Map<number, string[]>()
  const note = (camera: number, text: string) => notes.set(camera, [...(notes.get(camera) ?? []), text])
  const candidates = refinableCameras(state, note)
  if (candidates.length > 0) refinePrincipalPoints(state, options, candidates, note)
  completeByAppearance(state)
  const last = refineGlobally(state, grower, options, FINE)
  dropUnconfirmedPoints(state)
  return { cameras: [...notes].map(([camera, lines]) => ({ camera, notes: lines })), rmsPx: last.report.finalRmsPx }
}

/** A photo keeps its points of two photos when it would be left with fewer observations than this. */
const MIN_OBSERVATIONS = 100

/**
 * Leaves out the points that only two photos see: no third photo confirms them, so a chance match stays unnoticed. They have
 * served the adjustment (their epipolar constraints are sound on the whole); as points they are the least certain.
 */
function dropUnconfirmedPoints(state: SceneState): void {
  const { graph, tracks } = state
  const confirmed = new Int32Array(state.registered.length)
  for (const photo of state.order) confirmed[photo] = observedPoints(state, photo)
  for (const track of tracks) if (track.length === 2) for (const f of track) confirmed[graph.photoOf[f]]--
  tracks.forEach((track, point) => {
    if (track.length === 2 && track.every((f) => confirmed[graph.photoOf[f]] >= MIN_OBSERVATIONS))
      deletePoint(state, point)
  })
}

function refinableCameras(state: SceneState, note: (camera: number, text: string) => void): number[] {
  const photos = new Map<number, number>()
  for (const photo of state.order) photos.set(state.photoCamera[photo], (photos.get(state.photoCamera[photo]) ?? 0) + 1)
  const candidates: number[] = []
  for (const [camera, count] of [...photos].sort((p, q) => p[0] - q[0])) {
    if (!state.cameras[camera].refine) note(camera, 'Intrinsics as given, held fixed.')
    else if (count < MIN_PHOTOS)
      note(
        camera,
        `Principal point held at the image centre: ${count} photo${count === 1 ? '' : 's'} cannot tell it from a turn of the camera.`,
      )
    else candidates.push(camera)
  }
  return candidates
}

function refinePrincipalPoints(
  state: SceneState,
  options: MapperOptions,
  candidates: readonly number[],
  note: (camera: number, text: string) => void,
): void {
  const effort = { ...FINE, intrinsics: 'all' as const }
  const trial = adjustAll(state, options, effort, true)
  for (const camera of candidates) {
    const { camera: lens } = state.cameras[camera]
    const [cx, cy] = cameraModelInfo(lens.model).principalPointParams
    const std = trial.report.intrinsics?.[trial.cameras.indexOf(camera)]?.fromDataAlone
    const prior = PRINCIPAL_POINT_SIGMA * Math.max(lens.width, lens.height)
    const sd = std === undefined ? Number.POSITIVE_INFINITY : Math.max(std[cx], std[cy])
    if (sd <= DETERMINED * prior) {
      const offset = [lens.params[cx] - lens.width / 2, lens.params[cy] - lens.height / 2].map((v) => v.toFixed(1))
      note(
        camera,
        `Principal point refined: (${offset.join(', ')}) px from the image centre, standard deviation ${sd.toFixed(1)} px.`,
      )
      continue
    }
    const params = lens.params.map((v, i) => (i === cx ? lens.width / 2 : i === cy ? lens.height / 2 : v))
    state.cameras[camera] = { ...state.cameras[camera], camera: { ...lens, params } }
    note(camera, `Principal point held at the image centre: the photos determine it only to ${sd.toFixed(0)} px.`)
  }
}
