import type { ExifFacts } from './exif-facts.js'

/** A first focal length in pixels of the stored photo, and where it is from. */
export interface FocalPrior {
  readonly px: number
  readonly source: 'exif-35mm' | 'exif-focal-plane' | 'default'
}

/** Without EXIF: 1.2 × the longer side (45° across it), the middle of what phones and zooms show; COLMAP's default too. */
export const DEFAULT_FOCAL_FACTOR = 1.2

/** A plausible focal length over the longer side: from a fisheye's (8 mm on film) to a birder's (1 000 mm). */
const MIN_FACTOR = 0.2
const MAX_FACTOR = 30

/** Two EXIF values that differ by less agree: the 35 mm value is rounded to whole millimetres. */
const AGREE = 0.06

/**
 * The focal length EXIF implies, in pixels, else 1.2 × the longer side.
 *
 * - 35 mm equivalent: by the diagonal, as CIPA DCG-001 defines it: `f = f₃₅ · √(w² + h²) / √(36² + 24²)`.
 * - Focal plane: `f = mm · resolution / unit`, in pixels of the picture the camera wrote, scaled to the file's width.
 *
 * Where both exist and agree, the focal plane's is taken (the other is rounded to whole millimetres); where they
 * disagree, the 35 mm value, with a warning. A value below 0.2 or above 30 × the longer side is ignored with a warning.
 */
export function focalPrior(
  facts: ExifFacts,
  width: number,
  height: number,
): { readonly focal: FocalPrior; readonly warnings: readonly string[] } {
  const warnings: string[] = []
  const longer = Math.max(width, height)
  const plausible = (px: number | undefined, what: string): px is number => {
    if (px === undefined) return false
    const factor = px / longer
    const ok = factor >= MIN_FACTOR && factor <= MAX_FACTOR
    if (!ok) warnings.push(`EXIF ${what} implies a focal length of ${factor.toPrecision(3)} × the longer side: ignored`)
    return ok
  }
  const film = fromFilm(facts, width, height)
  const plane = fromFocalPlane(facts, width, height)
  const hasFilm = plausible(film, '35 mm equivalent')
  const hasPlane = plausible(plane, 'focal-plane resolution')
  const agree = hasFilm && hasPlane && Math.abs(film - plane) <= AGREE * film
  if (hasPlane && (agree || !hasFilm)) return { focal: { px: plane, source: 'exif-focal-plane' }, warnings }
  if (hasFilm && hasPlane) {
    warnings.push(
      `EXIF contradicts itself: ${Math.round(film)} px by the 35 mm equivalent, ${Math.round(plane)} px by the focal plane; the first is used`,
    )
  }
  if (hasFilm) return { focal: { px: film, source: 'exif-35mm' }, warnings }
  return { focal: { px: DEFAULT_FOCAL_FACTOR * longer, source: 'default' }, warnings }
}

function fromFilm({ focal35mm }: ExifFacts, width: number, height: number): number | undefined {
  return focal35mm && (focal35mm * Math.sqrt(width * width + height * height)) / Math.sqrt(36 * 36 + 24 * 24)
}

function fromFocalPlane(facts: ExifFacts, width: number, height: number): number | undefined {
  const { focalMm, focalPlaneXResolution, focalPlaneUnitMm, pixelXDimension, pixelYDimension } = facts
  if (!focalMm || !focalPlaneXResolution || !focalPlaneUnitMm) return undefined
  // A file turned by software keeps the camera's long side, whichever way it lies now.
  const written = pixelXDimension && pixelYDimension ? Math.max(pixelXDimension, pixelYDimension) : undefined
  const scale = written ? Math.max(width, height) / written : 1
  return ((focalMm * focalPlaneXResolution) / focalPlaneUnitMm) * scale
}
