import { hat, mat3Multiply, relativePose } from '@epipole/geometry'
import { NO_POINT, type Reconstruction } from '@epipole/sfm'
import type { ColmapDatabase, DatabaseGeometry, DatabasePair } from './types.js'

/**
 * The database that a sparse model implies: its cameras (focal lengths known) and keypoints, and as verified matches what the
 * tracks say. It has no descriptors, so new photos cannot be matched against it.
 */
export function databaseOfModel(model: Reconstruction): ColmapDatabase {
  return {
    cameras: [...model.cameras].map(([id, camera]) => ({ id, camera, priorFocalLength: true })),
    images: [...model.images].map(([id, { name, cameraId, keypoints, pointIds }]) => ({
      id,
      name,
      cameraId,
      features: { count: pointIds.length, keypoints: Float32Array.from(keypoints), columns: 2 },
    })),
    pairs: pairsOfTracks(model),
  }
}

function pairsOfTracks(model: Reconstruction): DatabasePair[] {
  const matches = new Map<number, Map<number, number[]>>()
  const ids = [...model.images.keys()].sort((a, b) => a - b)
  for (const image1 of ids) {
    const { pointIds } = model.images.get(image1)!
    const of = new Map<number, number[]>()
    matches.set(image1, of)
    pointIds.forEach((pointId, k) => {
      if (pointId === NO_POINT) return
      const { track } = model.points.get(pointId)!
      for (let i = 0; i < track.length; i += 2) {
        if (track[i] <= image1) continue
        const list = of.get(track[i])
        if (list === undefined) of.set(track[i], [k, track[i + 1]])
        else list.push(k, track[i + 1])
      }
    })
  }
  return ids.flatMap((image1) =>
    [...matches.get(image1)!]
      .sort(([a], [b]) => a - b)
      .map(([image2, list]) => {
        const inliers = Uint32Array.from(list)
        return { image1, image2, matches: inliers, geometry: geometryOf(model, image1, image2, inliers) }
      }),
  )
}

function geometryOf(model: Reconstruction, image1: number, image2: number, inliers: Uint32Array): DatabaseGeometry {
  const pose = (id: number) => model.images.get(id)!.camFromWorld
  const cam2FromCam1 = relativePose(pose(image1), pose(image2))
  return { config: 'calibrated', inliers, E: mat3Multiply(hat(cam2FromCam1.t), cam2FromCam1.R), cam2FromCam1 }
}
