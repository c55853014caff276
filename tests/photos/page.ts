import { isEpipoleError } from '@epipole/core'
import { decodePixels } from '../../packages/epipole/dist/photos/decode-pixels.js'
import { openPhotos } from '../../packages/epipole/dist/photos/open-photos.js'
import { readPhotoInfo } from '../../packages/epipole/dist/photos/photo-info.js'
import { verdictOf } from '../../packages/epipole/dist/photos/refusal.js'
import { defaultStore, encodeThumbnail, listFolder } from '../../packages/epipole/dist/platform/platform.browser.js'

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
const base64Of = (bytes: Uint8Array) => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** What the test calls in the page. */
const photosInPage = {
  async decode(base64: string) {
    try {
      const { width, height, rgb } = await decodePixels(bytesOf(base64))
      return { width, height, rgb: base64Of(rgb) }
    } catch (error) {
      return { refused: verdictOf(error)?.test ?? String(error) }
    }
  },

  async thumbnail(base64: string, maxSide: number) {
    const { width, height, rgb } = await decodePixels(bytesOf(base64))
    return base64Of(await encodeThumbnail(rgb, width, height, maxSide))
  },

  async open(files: readonly { name: string; base64: string }[]) {
    const set = await openPhotos(files.map(({ name, base64 }) => new File([bytesOf(base64)], name)))
    const infos = await Promise.all(set.photos.map(readPhotoInfo))
    return { infos, refused: set.refused }
  },

  async openByPath() {
    return listFolder('photos').then(
      () => 'opened',
      (error: unknown) => (isEpipoleError(error) ? error.code : String(error)),
    )
  },

  async store() {
    const store = defaultStore('photos – Größe')
    await store.put('kind-A', new Uint8Array([1, 2, 3]))
    await store.put('kind-b', new Uint8Array(100_000).fill(7))
    await store.delete('missing')
    const again = defaultStore('photos – Größe')
    const big = await again.get('kind-b')
    const result = {
      keys: (await again.keys()).sort(),
      small: Array.from((await again.get('kind-A')) ?? []),
      big: big?.length === 100_000 && big.every((byte) => byte === 7),
      missing: await again.get('kind-a'),
    }
    await again.delete('kind-A')
    return { ...result, left: await store.keys() }
  },
}

export type PhotosInPage = typeof photosInPage
Object.assign(globalThis, { photosInPage })
