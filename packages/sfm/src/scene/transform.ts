import { type Sim3, transformPointSim3, transformPoseSim3 } from '@epipole/geometry'
import type { Reconstruction } from './reconstruction.js'

/**
 * The same model in another world. Keypoints, tracks and intrinsics are shared with the input; reprojections stay as they are.
 */
export function transformModel(model: Reconstruction, newFromOld: Sim3): Reconstruction {
  return {
    cameras: new Map(model.cameras),
    images: new Map(
      [...model.images].map(([id, image]) => [
        id,
        { ...image, camFromWorld: transformPoseSim3(image.camFromWorld, newFromOld) },
      ]),
    ),
    points: new Map(
      [...model.points].map(([id, point]) => [id, { ...point, xyz: transformPointSim3(newFromOld, point.xyz) }]),
    ),
  }
}
