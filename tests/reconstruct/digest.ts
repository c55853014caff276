import { type Store, sha256Hex } from '@epipole/core'
import { writeColmapBinary } from '@epipole/sfm'
import { type Plane, photosFromPlanes, type ReconstructOptions, reconstruct } from 'epipole'

/** What a reconstruction came to, small enough to compare across machines. */
export interface Digest {
  /** SHA-256 of the files of each model. */
  readonly models: readonly { readonly cameras: string; readonly images: string; readonly points3D: string }[]
  readonly registered: number
  readonly points: number
  /** SHA-256 of each record of the store, by key. */
  readonly records: Readonly<Record<string, string>>
}

/** Reconstructs decoded planes; the same code runs in Node and in a page. */
export async function digestOf(
  planes: readonly Plane[],
  options: ReconstructOptions & { readonly store: Store },
): Promise<Digest> {
  const { models, report } = await reconstruct(photosFromPlanes(planes), { ...options, thumbnail: 0 })
  const { store } = options
  const digests = await Promise.all(
    models.map(async (model) => {
      const { cameras, images, points3D } = writeColmapBinary(model)
      return {
        cameras: await sha256Hex([cameras]),
        images: await sha256Hex([images]),
        points3D: await sha256Hex([points3D]),
      }
    }),
  )
  const records: Record<string, string> = {}
  for (const key of (await store.keys()).sort()) records[key] = await sha256Hex([(await store.get(key))!])
  return {
    models: digests,
    registered: report.photos.filter((photo) => photo.status === 'registered').length,
    points: models.reduce((sum, model) => sum + model.points.size, 0),
    records,
  }
}
