import { type OnEvent, StageProgress, throwIfAborted } from '@epipole/core'
import type { Photo, PhotoSet, RefusedPhoto } from '../photos/photo.js'
import { type PhotoInfo, readPhotoInfo } from '../photos/photo-info.js'
import { verdictOf } from '../photos/refusal.js'

/** A photo that can be read, and what is known of it. */
export interface SurveyedPhoto {
  readonly photo: Photo
  readonly info: PhotoInfo
}

export interface Survey {
  readonly photos: readonly SurveyedPhoto[]
  readonly refused: readonly RefusedPhoto[]
}

/** Reads every photo's identity and EXIF. A photo that cannot be read is refused, not thrown. */
export async function survey(
  set: PhotoSet,
  options: { readonly signal?: AbortSignal | undefined; readonly onEvent?: OnEvent | undefined } = {},
): Promise<Survey> {
  const progress = new StageProgress('photos', { total: set.photos.length, unit: 'photos', onEvent: options.onEvent })
  const photos: SurveyedPhoto[] = []
  const refused: RefusedPhoto[] = [...set.refused]
  for (const photo of set.photos) {
    throwIfAborted(options.signal)
    try {
      const info = await readPhotoInfo(photo)
      for (const warning of info.warnings) progress.warn(warning, photo.name)
      photos.push({ photo, info })
    } catch (error) {
      const verdict = verdictOf(error)
      if (verdict === undefined) throw error
      refused.push({ name: photo.name, verdict })
    }
    progress.advance(photo.name)
  }
  progress.end(`${photos.length} photos, ${refused.length} refused`)
  return { photos, refused }
}
