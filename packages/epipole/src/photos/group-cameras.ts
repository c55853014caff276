import type { PhotoInfo } from './photo-info.js'

/** What grouping needs of a photo. */
export type CameraFacts = Pick<PhotoInfo, 'width' | 'height' | 'exif'>

/**
 * A camera id (from 1, in order of first appearance) for each photo. Photos share a camera only where EXIF is there and
 * make, model, lens, focal length (also the 35 mm equivalent, which tells digital zoom) and stored size are all equal;
 * a photo without EXIF gets its own, until a test on the data shows that sharing fits. `sharedCamera` makes all photos
 * of one size share.
 */
export function groupCameras(infos: readonly CameraFacts[], options: { sharedCamera?: boolean } = {}): number[] {
  const ids = new Map<string, number>()
  return infos.map((info, i) => {
    const key = options.sharedCamera ? `${info.width}×${info.height}` : (exifKey(info) ?? `photo ${i}`)
    const id = ids.get(key) ?? ids.size + 1
    ids.set(key, id)
    return id
  })
}

function exifKey({ width, height, exif }: CameraFacts): string | undefined {
  const { make, model, lens, focalMm, focal35mm } = exif
  const identified = (make ?? model) !== undefined && (focalMm ?? focal35mm) !== undefined
  return identified ? JSON.stringify([make, model, lens, focalMm, focal35mm, width, height]) : undefined
}
