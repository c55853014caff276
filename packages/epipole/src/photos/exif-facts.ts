import ExifReader from 'exifreader'

/** What a camera wrote about itself, as far as geometry cares. Absent where the file does not say. */
export interface ExifFacts {
  readonly make?: string
  readonly model?: string
  readonly lens?: string
  /** Millimetres on the sensor. */
  readonly focalMm?: number
  /** Millimetres of the equivalent on 36 × 24 mm film. */
  readonly focal35mm?: number
  /** Sensor pixels per `focalPlaneUnitMm`. */
  readonly focalPlaneXResolution?: number
  readonly focalPlaneYResolution?: number
  /** Length of the focal-plane resolution's unit in millimetres: 25.4 for the inch. */
  readonly focalPlaneUnitMm?: number
  /** Size of the picture the camera wrote; differs from the file's where it was resized or cropped afterwards. */
  readonly pixelXDimension?: number
  readonly pixelYDimension?: number
  /** 1–8: how to show the photo. */
  readonly orientation?: number
}

const TAGS = [
  'Make',
  'Model',
  'LensModel',
  'FocalLength',
  'FocalLengthIn35mmFilm',
  'FocalPlaneXResolution',
  'FocalPlaneYResolution',
  'FocalPlaneResolutionUnit',
  'PixelXDimension',
  'PixelYDimension',
  'Orientation',
]

/** FocalPlaneResolutionUnit (Exif 3.0, 4.6.6): 2 inch (the default), 3 cm; 4 and 5 as cameras add them. */
const UNIT_MM: Readonly<Record<number, number>> = { 2: 25.4, 3: 10, 4: 1, 5: 0.001 }

/** Reads a file's EXIF. A file without any, or with a damaged one, gives no facts; never throws. */
export function readExifFacts(bytes: Uint8Array): ExifFacts {
  let exif: Readonly<Record<string, unknown>>
  try {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    exif = { ...ExifReader.load(buffer, { expanded: true, includeTags: { exif: TAGS } }).exif }
  } catch {
    return {} // ExifReader throws where it finds no metadata at all
  }
  const value = (tag: string) => (exif[tag] as { value?: unknown } | undefined)?.value
  const hasPlane = number(value('FocalPlaneXResolution')) !== undefined
  return exifFacts({
    make: text(value('Make')),
    model: text(value('Model')),
    lens: text(value('LensModel')),
    focalMm: number(value('FocalLength')),
    focal35mm: number(value('FocalLengthIn35mmFilm')),
    focalPlaneXResolution: number(value('FocalPlaneXResolution')),
    focalPlaneYResolution: number(value('FocalPlaneYResolution')),
    focalPlaneUnitMm: hasPlane ? UNIT_MM[number(value('FocalPlaneResolutionUnit')) ?? 2] : undefined,
    pixelXDimension: number(value('PixelXDimension')),
    pixelYDimension: number(value('PixelYDimension')),
    orientation: number(value('Orientation')),
  })
}

const TEXTS = ['make', 'model', 'lens'] as const
const NUMBERS = [
  'focalMm',
  'focal35mm',
  'focalPlaneXResolution',
  'focalPlaneYResolution',
  'focalPlaneUnitMm',
  'pixelXDimension',
  'pixelYDimension',
] as const

/**
 * Facts from a plain object of unknown origin: texts without control characters, numbers that are finite and positive
 * (EXIF writes 0 for "unknown"), an orientation of 1–8; all else is left out.
 */
export function exifFacts(raw: Readonly<Record<string, unknown>>): ExifFacts {
  const facts: Record<string, string | number> = {}
  for (const key of TEXTS) {
    const clean = text(raw[key])
    if (clean) facts[key] = clean
  }
  for (const key of NUMBERS) {
    const clean = raw[key]
    if (typeof clean === 'number' && Number.isFinite(clean) && clean > 0) facts[key] = clean
  }
  const { orientation } = raw
  if (typeof orientation === 'number' && [1, 2, 3, 4, 5, 6, 7, 8].includes(orientation)) facts.orientation = orientation
  return facts
}

/** ASCII tags come as lists of strings, rationals as pairs. */
function text(value: unknown): string | undefined {
  const joined = Array.isArray(value) ? value.join(' ') : value
  if (typeof joined !== 'string') return undefined
  return joined
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 128)
}

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (!Array.isArray(value)) return undefined
  const [numerator, denominator = 1] = value as unknown[]
  return typeof numerator === 'number' && typeof denominator === 'number' ? numerator / denominator : undefined
}
