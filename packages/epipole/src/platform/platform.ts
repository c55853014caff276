import type { Store, WorkerLike } from '@epipole/core'
import type { FileListing } from '../photos/open-photos.js'
import type { PhotoFormat, Pixels } from '../photos/photo.js'

/** What differs between Node and a browser. `platform.node.ts` and `platform.browser.ts` export exactly this. */
export interface Platform {
  /** Files below a folder, recursively, in no particular order. Throws `unsupported` in a browser. */
  listFolder(path: string): Promise<FileListing>
  /**
   * Pixels as stored: no EXIF rotation, no colour management, 16-bit values by their high byte, gray repeated, alpha
   * composited over black. Throws `input` with a verdict where the file is damaged or cut.
   */
  decode(bytes: Uint8Array, format: PhotoFormat): Promise<Pixels>
  /** A JPEG of the pixels scaled to fit `maxSide` (never enlarged), quality 80. */
  encodeThumbnail(rgb: Uint8Array, width: number, height: number, maxSide: number): Promise<Uint8Array>
  createEpipoleWorker(): WorkerLike
  /** Where work in progress lives: `<folder>/.epipole` on Node, a folder of the browser's private file system there. */
  defaultStore(folder: string): Store
}
