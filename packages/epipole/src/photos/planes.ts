import { EpipoleError } from '@epipole/core'
import { type ExifFacts, exifFacts } from './exif-facts.js'
import { checkSize } from './inspect.js'
import { compareNames, type Photo, type PhotoSet, type Pixels } from './photo.js'
import { writePpm } from './ppm.js'

/** An already decoded photo. */
export interface Plane extends Pixels {
  /** Relative, with forward slashes. */
  readonly name: string
  readonly exif?: ExifFacts
}

/**
 * A set of photos that are already decoded: equal planes give equal bits on every platform, since no decoder is asked.
 * They travel as PPM bytes, made when they are asked for. Throws `usage` where a plane's length does not fit its size.
 */
export function photosFromPlanes(planes: readonly Plane[], name = 'planes'): PhotoSet {
  const photos = planes.map((plane): Photo => {
    const { width, height, rgb } = plane
    if (rgb.length !== width * height * 3) {
      throw new EpipoleError(
        'usage',
        `${plane.name}: rgb has ${rgb.length} bytes, but ${width} × ${height} × 3 = ${width * height * 3}.`,
        { name: plane.name },
      )
    }
    checkSize(width, height)
    const exif = plane.exif && exifFacts({ ...plane.exif })
    const size = rgb.length + writePpm({ width, height, rgb: new Uint8Array(0) }, exif).length
    return { name: plane.name, size, format: 'ppm', width, height, bytes: async () => writePpm(plane, exif) }
  })
  photos.sort((a, b) => compareNames(a.name, b.name))
  return { name, photos, refused: [], ignored: [] }
}
