import {
  type ModelData,
  type PageData,
  type PairReport,
  type PhotoReport,
  unpackModel,
  unpackPairs,
} from '@epipole/sfm'

/** The page's data as its parts use them, and the words between the parts: which photo is chosen, in which theme. */
export interface PageState {
  readonly page: PageData
  readonly photos: readonly PhotoReport[]
  readonly pairs: readonly PairReport[]
  /** `data:` URL of a photo's thumbnail in the stored orientation. */
  thumbnail(photo: number): string | undefined
  /** Unpacked on first use. */
  model(index: number): ModelData
  /** Indices into `photos` of a model's images; −1 where the photo is not listed. */
  modelPhotos(index: number): readonly number[]
  /** Selects a photo everywhere; −1 none. */
  choosePhoto(photo: number): void
  onPhoto(listener: (photo: number) => void): void
  onTheme(listener: () => void): void
  themeChanged(): void
}

export function createState(page: PageData): PageState {
  const models = new Map<number, ModelData>()
  const photoListeners: ((photo: number) => void)[] = []
  const themeListeners: (() => void)[] = []
  const indexOf = new Map(page.photos.map((p, i) => [p.name, i]))
  let chosen = -1
  const state: PageState = {
    page,
    photos: page.photos,
    pairs: unpackPairs(page.pairs),
    thumbnail: (photo) => {
      const base64 = page.thumbnails[photo]
      return base64 ? `data:image/jpeg;base64,${base64}` : undefined
    },
    model: (index) => {
      const known = models.get(index)
      if (known) return known
      const model = unpackModel(page.models[index]!)
      models.set(index, model)
      return model
    },
    modelPhotos: (index) => page.models[index]!.images.map((image) => indexOf.get(image.name) ?? -1),
    choosePhoto: (photo) => {
      if (photo === chosen) return
      chosen = photo
      for (const listener of photoListeners) listener(photo)
    },
    onPhoto: (listener) => photoListeners.push(listener),
    onTheme: (listener) => themeListeners.push(listener),
    themeChanged: () => {
      for (const listener of themeListeners) listener()
    },
  }
  return state
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
