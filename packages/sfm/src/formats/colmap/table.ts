import { type Rigid, rotationFromQuaternion } from '@epipole/geometry'
import type { Place } from '../place.js'

/** The three files of a COLMAP sparse model. */
export interface ColmapFiles {
  readonly cameras: Uint8Array
  readonly images: Uint8Array
  readonly points3D: Uint8Array
}

/** What the files are called, in error messages too. */
export type ColmapFileNames = { readonly [file in keyof ColmapFiles]: string }

/** The names COLMAP looks for. */
export const COLMAP_FILE_NAMES: { readonly binary: ColmapFileNames; readonly text: ColmapFileNames } = {
  binary: { cameras: 'cameras.bin', images: 'images.bin', points3D: 'points3D.bin' },
  text: { cameras: 'cameras.txt', images: 'images.txt', points3D: 'points3D.txt' },
}

/** One file's records by id, in the file's order, and where each begins. */
export class Table<T> {
  readonly records = new Map<number, T>()
  readonly #file: string
  /** Byte offsets, or line numbers when `text`. */
  readonly #places: number[] = []
  readonly #text: boolean

  constructor(file: string, kind: 'binary' | 'text') {
    this.#file = file
    this.#text = kind === 'text'
  }

  add(id: number, record: T, place: number): void {
    this.records.set(id, record)
    this.#places.push(place)
  }

  /** Where the record of an id begins; the file's beginning for an id it does not have. */
  placeOf(id: number): Place {
    let i = 0
    for (const key of this.records.keys()) {
      if (key === id) break
      i++
    }
    const place = this.#places[i]
    return this.#text ? { file: this.#file, line: place ?? 1, column: 1 } : { file: this.#file, offset: place ?? 0 }
  }
}

/** camFromWorld of a quaternion (w, x, y, z; any length) and a translation; undefined where the quaternion has no direction. */
export function poseFromQuaternion(q: readonly number[], t: readonly number[]): Rigid | undefined {
  const square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]
  if (!(square > 1e-12 && square < 1e12)) return undefined
  return { R: rotationFromQuaternion(q), t: Float64Array.from(t) }
}
