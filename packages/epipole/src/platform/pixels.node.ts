import { EpipoleError } from '@epipole/core'
import { endsAsJpeg } from '../photos/jpeg-end.js'
import type { PhotoFormat, Pixels } from '../photos/photo.js'
import { MAX_PIXELS, refusal } from '../photos/refusal.js'

type Sharp = typeof import('sharp').default

let loading: Promise<Sharp> | undefined

/** sharp is loaded when the first pixel is wanted: the command line's help must not need it. */
function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(
    ({ default: sharp }) => {
      // Parallelism comes from workers, each with its own photo; libvips' own threads and cache would only add memory.
      sharp.concurrency(1)
      sharp.cache(false)
      return sharp
    },
    (error: unknown) => {
      throw new EpipoleError(
        'unsupported',
        `The image decoder (sharp) cannot be loaded on ${process.platform}-${process.arch}. Install again without --omit=optional and --no-optional.`,
        {},
        { cause: error },
      )
    },
  )
  return loading
}

export async function decode(bytes: Uint8Array, format: PhotoFormat): Promise<Pixels> {
  const sharp = await loadSharp()
  try {
    // `failOn: 'error'` refuses files that end early or decode with errors, yet lets warnings pass, which cameras cause.
    const { data, info } = await sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: MAX_PIXELS })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) throw new Error(`${info.channels} channels after decoding`)
    return { width: info.width, height: info.height, rgb: new Uint8Array(data.buffer, data.byteOffset, data.length) }
  } catch (error) {
    // The decoder's words come from a buffer that all threads share, so with several damaged photos at once they may be
    // another's: where the bytes can tell, they do.
    if (format === 'jpeg' && !endsAsJpeg(bytes)) {
      throw refusal('truncated-file', 'The JPEG ends before its end marker. Copy the file again.')
    }
    throw decodeRefusal(error, format)
  }
}

/** The decoder's words, told apart: a file that ends early, and anything else. */
export function decodeRefusal(error: unknown, format: PhotoFormat): EpipoleError {
  const words = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim().slice(0, 200)
  const name = format.toUpperCase()
  return /premature end|unexpected end|bad seek|truncat|read gave|parse image/i.test(words)
    ? refusal('truncated-file', `The ${name} ends before its pixels do (${words}). Copy the file again.`)
    : refusal('undecodable', `The ${name} cannot be decoded (${words}). Re-encode it or copy it again.`)
}

export async function encodeThumbnail(
  rgb: Uint8Array,
  width: number,
  height: number,
  maxSide: number,
): Promise<Uint8Array> {
  const sharp = await loadSharp()
  const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer()
  return new Uint8Array(jpeg)
}

/** A file of these pixels in a photo's format, as near to them as the format goes without waste: JPEG at quality 95 without subsampling. */
export async function encodePixels({ rgb, width, height }: Pixels, format: PhotoFormat): Promise<Uint8Array> {
  if (format === 'ppm') return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgb])
  const image = (await loadSharp())(rgb, { raw: { width, height, channels: 3 } })
  const encoders = {
    jpeg: () => image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
    png: () => image.png(),
    webp: () => image.webp({ quality: 95 }),
    tiff: () => image.tiff({ compression: 'lzw' }),
    avif: () => image.avif({ quality: 90 }),
  }
  return new Uint8Array(await encoders[format]().toBuffer())
}
