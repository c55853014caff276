import sharp from 'sharp'
import type { RenderedPhoto } from '../sets/render-set.js'

/** A JPEG with the EXIF of the photo, pixels as rendered (the orientation is only noted). */
export async function encodeJpeg(photo: RenderedPhoto, quality = 90): Promise<Buffer> {
  const { width, height, rgb, exif } = photo
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0', mozjpeg: true })
    .withExif({
      IFD0: { Make: exif.make, Model: exif.model, Software: 'Epipole samples' },
      IFD2: {
        FocalLength: fraction(exif.focalLength),
        FocalLengthIn35mmFilm: String(exif.focalLength35mm),
        LensModel: exif.lensModel,
        ExposureTime: `1/${Math.round(1 / exif.exposureTime)}`,
        FNumber: fraction(exif.fNumber),
      },
    })
    .withMetadata({ orientation: exif.orientation })
    .toBuffer()
}

/** EXIF stores numbers as fractions. */
function fraction(x: number): string {
  return `${Math.round(x * 10)}/10`
}
