import type { EpipoleError } from '@epipole/core'
import type { Content } from './content.js'
import { refusal } from './refusal.js'

const list = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const PHOTO = list('jpg jpeg jpe jfif png webp tif tiff avif ppm')
const HEIC = list('heic heif hif')
const RAW = list(
  '3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f',
)
const VIDEO = list('3gp avi insv m2ts m4v mkv mov mp4 mpeg mpg mts webm wmv')
const OTHER = list('bmp exr gif j2k jp2 jxl psd')

/** The extension in lower case without the dot, empty where there is none. */
export function extensionOf(name: string): string {
  return /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** Whether a file claims to be a picture or a video, so that it is looked at, and refused aloud if it is not one. */
export function looksLikePhoto(name: string): boolean {
  const extension = extensionOf(name)
  return [PHOTO, HEIC, RAW, VIDEO, OTHER].some((extensions) => extensions.has(extension))
}

/** Why a file of this content is refused, with the command that converts it; undefined where it is decoded. */
export function formatRefusal(content: Content, name: string): EpipoleError | undefined {
  switch (content) {
    case 'jpeg':
    case 'png':
    case 'webp':
    case 'tiff':
    case 'avif':
    case 'ppm':
      return undefined
    case 'empty':
      return refusal('empty-file', 'The file has no bytes. Copy it again from the camera.', 0, 1, 'count')
    case 'text':
      return refusal('not-a-photo', 'The file is text, whatever its name says.')
    case 'heic':
      return refusal('unsupported-heic', `HEIC cannot be decoded here. Convert: ${magick(name, 'jpg')}`)
    case 'raw':
      return refusal(
        'unsupported-raw',
        `A camera's RAW cannot be decoded here. Convert (ImageMagick 7 with LibRaw): ${magick(name, 'jpg')}`,
      )
    case 'video':
      return refusal('unsupported-video', `A video is not a photo. Take frames from it: ${ffmpeg(name)}`)
    case 'unknown':
      return unknownContent(name)
    default:
      return refusal('unsupported-format', `${NAMES[content]} cannot be decoded here. Convert: ${magick(name, 'png')}`)
  }
}

const NAMES = {
  gif: 'GIF',
  bmp: 'BMP',
  'jpeg-xl': 'JPEG XL',
  'jpeg-2000': 'JPEG 2000',
  photoshop: 'A Photoshop file',
  'open-exr': 'OpenEXR',
  pdf: 'PDF',
} as const

/** Where the content says nothing the extension may: makers' own containers are many. */
function unknownContent(name: string): EpipoleError {
  const extension = extensionOf(name)
  if (RAW.has(extension)) return formatRefusal('raw', name)!
  if (VIDEO.has(extension)) return formatRefusal('video', name)!
  return refusal('not-a-photo', 'The content is of no known picture format; the file may be damaged.')
}

/** The extension as it is spelled, where it is harmless in a shell. */
function spelledExtension(name: string, otherwise: string): string {
  return /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1] ?? otherwise
}

function magick(name: string, to: 'jpg' | 'png'): string {
  const extension = spelledExtension(name, 'heic')
  // Files that lie about their extension would be "converted" in place: keep the new ones apart.
  return PHOTO.has(extension.toLowerCase())
    ? `mkdir converted && magick mogrify -path converted -format ${to} *.${extension}`
    : `magick mogrify -format ${to} *.${extension}`
}

function ffmpeg(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  const file = /^[\w][\w.-]*$/.test(base) ? base : `clip.${spelledExtension(name, 'mp4')}`
  return `mkdir frames && ffmpeg -i ${file} -vf fps=2 -qscale:v 2 frames/%05d.jpg`
}
