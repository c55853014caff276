import { EpipoleError } from '@epipole/core'
import type { Photo } from '../photos/photo.js'
import type { GivenIntrinsics } from './parse-intrinsics.js'

/** Intrinsics that say which size they are for must be for these photos: throws `input` where they are not. */
export function checkIntrinsicsSize(photos: readonly Photo[], intrinsics: GivenIntrinsics | undefined): void {
  const size = intrinsics?.size
  const other = size && photos.find((photo) => photo.width !== size.width || photo.height !== size.height)
  if (!size || !other) return
  throw new EpipoleError(
    'input',
    `--intrinsics are for photos of ${size.width} × ${size.height} pixels, but ${other.name} has ${other.width} × ${other.height}.`,
    { option: 'intrinsics', photo: other.name },
  )
}
