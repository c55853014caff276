import { EpipoleError } from '@epipole/core'
import type { Camera } from '@epipole/geometry'
import { byId } from './by-id.js'
import { NO_POINT, type Reconstruction, type ReconstructionImage, type ReconstructionPoint } from './reconstruction.js'

/** The model with ids counting from 1 in the order of the old ones. Poses, keypoints and coordinates are shared. */
export function renumberModel(model: Reconstruction): Reconstruction {
  return mergeModels([model])
}

/**
 * Models with no photo in common as one, for instance to look at all of them or to store them together: ids count from 1,
 * the first model's first. Nothing is moved: bring them into one world before, see `transformModel`.
 *
 * @throws EpipoleError `usage` where two models hold a photo of one name
 */
export function mergeModels(models: readonly Reconstruction[]): Reconstruction {
  const merged = {
    cameras: new Map<number, Camera>(),
    images: new Map<number, ReconstructionImage>(),
    points: new Map<number, ReconstructionPoint>(),
  }
  const names = new Set<string>()
  for (const model of models) {
    const cameraIds = newIds(model.cameras, merged.cameras.size)
    const imageIds = newIds(model.images, merged.images.size)
    const pointIds = newIds(model.points, merged.points.size)
    for (const [id, camera] of byId(model.cameras)) merged.cameras.set(of(cameraIds, id), camera)
    for (const [id, image] of byId(model.images)) {
      if (names.has(image.name)) {
        throw new EpipoleError('usage', `Two of the models to merge hold ${image.name}.`, { name: image.name })
      }
      names.add(image.name)
      merged.images.set(of(imageIds, id), {
        ...image,
        cameraId: of(cameraIds, image.cameraId),
        pointIds: image.pointIds.map((pointId) => (pointId === NO_POINT ? NO_POINT : of(pointIds, pointId))),
      })
    }
    for (const [id, point] of byId(model.points)) {
      const track = point.track.map((value, i) => (i % 2 === 0 ? of(imageIds, value) : value))
      merged.points.set(of(pointIds, id), { ...point, track })
    }
  }
  return merged
}

function newIds(map: ReadonlyMap<number, unknown>, before: number): Map<number, number> {
  return new Map(byId(map).map(([id], i) => [id, before + i + 1]))
}

function of(ids: ReadonlyMap<number, number>, id: number): number {
  const found = ids.get(id)
  if (found === undefined) throw new EpipoleError('usage', `The model refers to id ${id}, which is missing.`, { id })
  return found
}
