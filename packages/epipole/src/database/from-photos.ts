import type { Features } from '@epipole/features'
import type { Camera } from '@epipole/geometry'
import type { PairKind, TwoViewGeometry } from '@epipole/sfm'
import type { ColmapDatabase, DatabaseFeatures, DatabaseGeometry, PairConfig } from './types.js'

/** What a reconstruction knows of its photos and pairs. */
export interface MatchedPhotos {
  readonly photos: readonly { readonly name: string; readonly features: Features }[]
  /** Camera i gets id i + 1. */
  readonly cameras: readonly { readonly camera: Camera; readonly priorFocalLength: boolean }[]
  /** Index into `cameras` of each photo. */
  readonly photoCamera: ArrayLike<number>
  readonly pairs: readonly {
    /** Indices into `photos`, a < b. */
    readonly a: number
    readonly b: number
    readonly geometry: TwoViewGeometry
    /** Matches before verification, flat. */
    readonly rawMatches?: Uint32Array
  }[]
}

const CONFIG_OF_KIND: { readonly [kind in PairKind]: PairConfig } = {
  calibrated: 'calibrated',
  uncalibrated: 'uncalibrated',
  planar: 'planar',
  panoramic: 'panoramic',
  refused: 'degenerate',
}

/** The database of photos whose features are found, matched and verified; photo i gets id i + 1. Unused cameras stay out. */
export function databaseOfPhotos({ photos, cameras, photoCamera, pairs }: MatchedPhotos): ColmapDatabase {
  const used = new Set(Array.from(photoCamera))
  return {
    cameras: cameras.flatMap(({ camera, priorFocalLength }, i) =>
      used.has(i) ? [{ id: i + 1, camera, priorFocalLength }] : [],
    ),
    images: photos.map(({ name, features }, i) => ({
      id: i + 1,
      name,
      cameraId: photoCamera[i] + 1,
      features: databaseFeatures(features),
    })),
    pairs: pairs.map(({ a, b, geometry, rawMatches }) => ({
      image1: a + 1,
      image2: b + 1,
      ...(rawMatches === undefined ? {} : { matches: rawMatches }),
      geometry: databaseGeometry(geometry),
    })),
  }
}

/** COLMAP's schema has room for descriptors of bytes only; others are left out. */
function databaseFeatures({ count, keypoints, descriptors, dimension }: Features): DatabaseFeatures {
  const bytes = descriptors instanceof Uint8Array ? { descriptors: { dimension, data: descriptors } } : {}
  return { count, keypoints, columns: 4, ...bytes }
}

function databaseGeometry({ kind, inliers, F, E, H, bFromA }: TwoViewGeometry): DatabaseGeometry {
  return {
    config: CONFIG_OF_KIND[kind],
    inliers,
    ...(F === undefined ? {} : { F }),
    ...(E === undefined ? {} : { E }),
    ...(H === undefined ? {} : { H }),
    ...(bFromA === undefined ? {} : { cam2FromCam1: bFromA }),
  }
}
