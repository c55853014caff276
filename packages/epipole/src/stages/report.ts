import {
  type CameraReport,
  judge,
  type ModelReport,
  type PairReport,
  type PhotoReport,
  type ReconstructReport,
} from '@epipole/sfm'
import type { MapStage, ReconstructOptions } from '../actions/reconstruct.js'
import { VERSION } from '../version.js'
import type { FeatureStage } from './extract-features.js'
import type { InitialCameras } from './initial-cameras.js'
import type { MatchStage } from './match-pairs.js'
import type { Survey } from './survey.js'

export interface ReportInput {
  readonly options: ReconstructOptions
  readonly seed: number
  readonly surveyed: Survey
  readonly featured: FeatureStage
  readonly initial: InitialCameras
  readonly matched: MatchStage
  readonly mapped: MapStage
}

/** Everything a run can say about itself. */
export function buildReport(input: ReportInput): ReconstructReport {
  const { options, seed, surveyed, featured, matched, mapped } = input
  const models = mapped.result.models.map((_, m) => modelReport(input, m))
  const photos = photoReports(input)
  const { store: _store, signal: _signal, onEvent: _onEvent, workers: _workers, ...plain } = options
  return {
    format: 'epipole-report',
    version: 1,
    epipole: VERSION,
    verdict: judge({ photos, models }),
    seed,
    options: plain,
    photos,
    pairs: pairReports(input),
    models,
    stages: [
      { name: 'features', seconds: featured.seconds, items: featured.photos.length, reused: featured.reused },
      { name: 'matching', seconds: matched.seconds, items: matched.pairs.length, reused: matched.reused },
      {
        name: 'mapping',
        seconds: mapped.seconds,
        items: surveyed.photos.length,
        reused: mapped.reused ? surveyed.photos.length : 0,
      },
    ],
  }
}

/** Usable photos first, in their order, so that pairs' indices are photo indices; then the refused ones. */
function photoReports({ surveyed, featured, initial, mapped }: ReportInput): PhotoReport[] {
  const usable = featured.photos.map(({ info, features }, i): PhotoReport => {
    const { name, width, height, orientation } = info
    const m = mapped.result.models.findIndex((model) => model.photos.includes(i))
    const image = m < 0 ? undefined : mapped.result.models[m].reconstruction.images.get(i + 1)
    const given = initial.cameras[initial.photoCamera[i]].focalSource === 'given'
    const verdict = mapped.result.refusals.get(i)
    return {
      name,
      width,
      height,
      orientation,
      cameraId: image?.cameraId ?? initial.photoCamera[i] + 1,
      focal: given ? { px: initial.cameras[initial.photoCamera[i]].camera.params[0], source: 'given' } : info.focal,
      features: features.count,
      status: image === undefined ? 'unregistered' : 'registered',
      ...(image === undefined ? {} : { model: m, ...seen(mapped, m, i + 1) }),
      ...(image === undefined && verdict !== undefined ? { verdict } : {}),
    }
  })
  const refused = [...surveyed.refused, ...featured.refused].map(
    ({ name, verdict }): PhotoReport => ({
      name,
      width: 0,
      height: 0,
      orientation: 1,
      cameraId: 0,
      focal: { px: 0, source: 'default' },
      features: 0,
      status: 'refused',
      verdict,
    }),
  )
  return [...usable, ...refused]
}

function seen(mapped: MapStage, m: number, imageId: number): { observations: number; meanError: number } {
  const { images, points } = mapped.result.models[m].reconstruction
  let observations = 0
  let error = 0
  for (const id of images.get(imageId)?.pointIds ?? []) {
    const point = points.get(id)
    if (point === undefined) continue
    observations++
    error += point.error
  }
  return { observations, meanError: observations === 0 ? 0 : error / observations }
}

function pairReports({ matched }: ReportInput): PairReport[] {
  return matched.pairs.map(({ a, b, geometry }) => ({
    a,
    b,
    kind: geometry.kind,
    matches: geometry.matches,
    inliers: geometry.inliers.length / 2,
    ...(geometry.angleDeg === undefined ? {} : { angleDeg: geometry.angleDeg }),
    ...(geometry.search === undefined ? {} : { search: geometry.search }),
    ...(geometry.verdict === undefined ? {} : { verdict: geometry.verdict }),
  }))
}

function modelReport({ mapped }: ReportInput, m: number): ModelReport {
  const { reconstruction, finish, sharing, flags } = mapped.result.models[m]
  let observations = 0
  let threeViews = 0
  let error = 0
  for (const { track, error: e } of reconstruction.points.values()) {
    const length = track.length / 2
    observations += length
    error += e * length
    if (length >= 3) threeViews++
  }
  const cameras = [...reconstruction.cameras].map(([id, camera]): CameraReport => {
    const photos = [...reconstruction.images.values()].filter((i) => i.cameraId === id).length
    const notes = finish.cameras.filter((c) => c.camera === id - 1).flatMap((c) => c.notes)
    const shared = sharing.filter((s) => photos > 1 && s.shared && s.mergeKey === `${camera.width}×${camera.height}`)
    return {
      id,
      ...camera,
      photos,
      notes: [
        ...shared.map(
          (s) =>
            `One camera for ${photos} photos without EXIF: shared intrinsics fit as well as separate ones (error × ${s.ratio.toFixed(3)}, at most ${s.threshold}).`,
        ),
        ...notes,
      ],
    }
  })
  const points = reconstruction.points.size
  return {
    photos: reconstruction.images.size,
    points,
    observations,
    meanTrackLength: points === 0 ? 0 : observations / points,
    pointsThreeViews: threeViews,
    meanError: observations === 0 ? 0 : error / observations,
    cameras,
    flags,
  }
}
