import { sha256Hex } from '@epipole/core'
import { type ExifFacts, exifFacts, readExifFacts } from './exif-facts.js'
import { type FocalPrior, focalPrior } from './focal.js'
import type { Photo, PhotoFormat } from './photo.js'
import { ppmHeader } from './ppm.js'

/** What is known of a photo before its pixels are looked at. */
export interface PhotoInfo {
  readonly name: string
  readonly format: PhotoFormat
  /** Stored pixels, before any EXIF orientation. */
  readonly width: number
  readonly height: number
  /** 1–8 as in EXIF: how to show the photo, nothing else. */
  readonly orientation: number
  readonly exif: ExifFacts
  /** The first focal length, from EXIF or the default. */
  readonly focal: FocalPrior
  /** SHA-256 of the file, 64 hex digits: a photo's identity. */
  readonly sha256: string
  /** EXIF values that were not believed. */
  readonly warnings: readonly string[]
}

/** Reads a photo's bytes once: identity and EXIF. Throws `io` where they cannot be read. */
export async function readPhotoInfo(photo: Photo): Promise<PhotoInfo> {
  const { name, format, width, height } = photo
  const bytes = await photo.bytes()
  const sha256 = await sha256Hex([bytes])
  const exif = format === 'ppm' ? exifFacts({ ...ppmHeader(bytes)?.exif }) : readExifFacts(bytes)
  const { focal, warnings } = focalPrior(exif, width, height)
  // AVIF decoders apply the file's own turn; EXIF's orientation is informative there (ISO/IEC 23008-12, annex A).
  const orientation = format === 'avif' ? 1 : (exif.orientation ?? 1)
  return { name, format, width, height, orientation, exif, focal, sha256, warnings }
}
