import type { MapperResult } from '@epipole/sfm'
import type { MatchedPhotos } from '../database/from-photos.js'
import type { FeaturedPhoto } from './extract-features.js'
import type { InitialCameras } from './initial-cameras.js'
import type { MatchStage } from './match-pairs.js'

/**
 * What a database export needs: features, matches, and for each photo the best camera known, which is the refined one
 * where the photo is in a model. Camera i keeps its index; where a second model refined the same camera to other
 * values, that one is added at the end.
 */
export function matchedPhotos(
  photos: readonly Pick<FeaturedPhoto, 'info' | 'features'>[],
  initial: InitialCameras,
  pairs: MatchStage['pairs'],
  models: readonly Pick<MapperResult['models'][number], 'reconstruction'>[],
): MatchedPhotos {
  const cameras = initial.cameras.map(({ camera, focalSource }) => ({
    camera,
    priorFocalLength: focalSource !== 'default',
  }))
  const photoCamera = [...initial.photoCamera]
  const refined = new Set<number>()
  for (const { reconstruction } of models) {
    /** Where this model's cameras went, by their ids. */
    const places = new Map<number, number>()
    for (const [id, camera] of reconstruction.cameras) {
      const place = refined.has(id - 1) ? cameras.length : id - 1
      cameras[place] = { camera, priorFocalLength: true }
      refined.add(place)
      places.set(id, place)
    }
    for (const [id, { cameraId }] of reconstruction.images) {
      const place = places.get(cameraId)
      if (place !== undefined) photoCamera[id - 1] = place
    }
  }
  return { photos: photos.map(({ info, features }) => ({ name: info.name, features })), cameras, photoCamera, pairs }
}
