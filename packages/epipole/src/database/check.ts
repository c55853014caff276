import { camera } from '@epipole/geometry'
import { MAX_IMAGES } from './schema.js'
import type { ColmapDatabase, DatabaseFeatures, DatabaseGeometry, DatabasePair } from './types.js'

/**
 * The first contradiction of a database's content, as a clause that names the record; undefined where it is whole: ids and
 * names used twice, references to nothing, sizes that disagree, numbers that are not finite.
 */
export function findDatabaseProblem(database: ColmapDatabase): string | undefined {
  return cameraProblem(database) ?? imageProblem(database) ?? pairsProblem(database)
}

function cameraProblem({ cameras }: ColmapDatabase): string | undefined {
  const ids = new Set<number>()
  for (const { id, camera: c } of cameras) {
    if (!Number.isInteger(id) || id < 0) return `camera id ${id} is not a whole number from 0`
    if (ids.has(id)) return `camera ${id} is there twice`
    ids.add(id)
    try {
      camera(c.model, c.width, c.height, c.params)
    } catch (error) {
      return `camera ${id} is impossible: ${(error as Error).message.replace(/\.$/, '')}`
    }
  }
  return undefined
}

function imageProblem({ cameras, images }: ColmapDatabase): string | undefined {
  const cameraIds = new Set(cameras.map((c) => c.id))
  const ids = new Set<number>()
  const names = new Set<string>()
  for (const { id, name, cameraId, features } of images) {
    if (!Number.isInteger(id) || id < 0 || id >= MAX_IMAGES)
      return `image id ${id} is not between 0 and ${MAX_IMAGES - 1}`
    if (ids.has(id)) return `image ${id} is there twice`
    if (names.has(name)) return `two images are named ${name}`
    if (name === '' || name.includes('\0')) return `image ${id} has no usable name`
    if (!cameraIds.has(cameraId)) return `image ${id} refers to camera ${cameraId}, which is missing`
    const problem = features === undefined ? undefined : featureProblem(features)
    if (problem !== undefined) return `image ${id} has ${problem}`
    ids.add(id)
    names.add(name)
  }
  return undefined
}

function featureProblem({ count, columns, keypoints, descriptors }: DatabaseFeatures): string | undefined {
  if (![2, 4, 6].includes(columns)) return `keypoints of ${columns} columns, not 2, 4 or 6`
  if (keypoints.length !== count * columns) return `${keypoints.length} keypoint values for ${count} × ${columns}`
  if (!keypoints.every((v) => Number.isFinite(v))) return 'a keypoint that is not finite'
  if (descriptors !== undefined && descriptors.data.length !== count * descriptors.dimension) {
    return `${descriptors.data.length} descriptor bytes for ${count} × ${descriptors.dimension}`
  }
  return undefined
}

function pairsProblem({ images, pairs }: ColmapDatabase): string | undefined {
  const features = new Map(images.map((image) => [image.id, image.features?.count]))
  const seen = new Set<string>()
  for (const pair of pairs) {
    const { image1, image2 } = pair
    const name = `pair ${image1}–${image2}`
    if (!(image1 < image2)) return `${name} is not in ascending order`
    if (!features.has(image1) || !features.has(image2)) return `${name} refers to an image that is missing`
    if (seen.has(`${image1} ${image2}`)) return `${name} is there twice`
    seen.add(`${image1} ${image2}`)
    const problem = pairProblem(pair, features.get(image1), features.get(image2))
    if (problem !== undefined) return `${name} has ${problem}`
  }
  return undefined
}

function pairProblem(pair: DatabasePair, count1: number | undefined, count2: number | undefined): string | undefined {
  for (const [what, list] of [
    ['match', pair.matches],
    ['inlier', pair.geometry?.inliers],
  ] as const) {
    if (list === undefined) continue
    if (list.length % 2 !== 0) return `an odd number of ${what} indices`
    for (let i = 0; i < list.length; i++) {
      const count = i % 2 === 0 ? count1 : count2
      if (!(list[i] < (count ?? 0))) return `a ${what} at keypoint ${list[i]} of ${count ?? 0}`
    }
  }
  return pair.geometry === undefined ? undefined : geometryProblem(pair.geometry)
}

function geometryProblem({ F, E, H, cam2FromCam1 }: DatabaseGeometry): string | undefined {
  const finite = (values: Float64Array | undefined, length: number) =>
    values === undefined || (values.length === length && values.every((v) => Number.isFinite(v)))
  if (!finite(F, 9) || !finite(E, 9) || !finite(H, 9)) return 'a matrix that is not nine finite numbers'
  if (!finite(cam2FromCam1?.R, 9) || !finite(cam2FromCam1?.t, 3)) return 'a relative pose that is not finite'
  return undefined
}
