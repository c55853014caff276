import type { Camera } from '@epipole/geometry'
import type { TwoViewGeometry } from '../pairs/two-view-geometry.js'
import type { PhotoDescriptors } from './descriptor-distance.js'

/** How far a camera's intrinsics are known before mapping. */
export interface MapperCamera {
  /** The first guess, at the photos' full size. */
  readonly camera: Camera
  /**
   * `given`: exact, stays fixed unless refinement is asked for; `exif`: within some percent, refined; `default`: a guess
   * from the photo's size, searched for when a photo registers.
   */
  readonly focalSource: 'given' | 'exif' | 'default'
  /** May adjustment change it? */
  readonly refine: boolean
  /**
   * Whether equal-sized photos' cameras may turn out to be one: cameras with the same non-empty key are merged when a test
   * on the data shows that one set of intrinsics explains all of their photos.
   */
  readonly mergeKey: string
}

export interface MapperPhoto {
  readonly name: string
  readonly width: number
  readonly height: number
  /** `n × 4`: x, y, scale, orientation, as `Features.keypoints`. */
  readonly keypoints: Float32Array
  /** `n × 3` colours at the keypoints, 0–255. */
  readonly colors: Uint8Array
  /** Where given, tracks are completed by appearance at the end. */
  readonly descriptors?: PhotoDescriptors
}

export interface MapperPair {
  /** Photo indices, a < b. */
  readonly a: number
  readonly b: number
  readonly geometry: TwoViewGeometry
}

/** All a mapper needs to know: plain data. */
export interface MapperInput {
  readonly photos: readonly MapperPhoto[]
  readonly cameras: readonly MapperCamera[]
  /** Index into `cameras` of each photo. */
  readonly photoCamera: ArrayLike<number>
  readonly pairs: readonly MapperPair[]
}
