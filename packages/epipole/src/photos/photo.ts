import type { Verdict } from '@epipole/sfm'

/** The formats that are decoded: by content, never by extension. PPM (binary, 8 bits) is how decoded planes travel. */
export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif' | 'ppm'

/** What a photo's header claims, read without decoding a pixel. */
export interface ImageHeader {
  readonly format: PhotoFormat
  /** Stored pixels, before any EXIF orientation. */
  readonly width: number
  readonly height: number
}

/** One photo of a set: a name and a way to its bytes. */
export interface Photo extends ImageHeader {
  /**
   * Path relative to the set's folder, with forward slashes, exactly as the file system spells it (so other tools find
   * the file by it).
   */
  readonly name: string
  /** Bytes of the file. */
  readonly size: number
  /** The whole file. Throws `io` where it cannot be read. */
  bytes(): Promise<Uint8Array>
}

/** A file that looked like a photo and is not used. */
export interface RefusedPhoto {
  readonly name: string
  readonly verdict: Verdict
}

/** The photos of one folder (or of one list of files). */
export interface PhotoSet {
  /** The folder's name. */
  readonly name: string
  /** Sorted by name: by code units of the NFC form, so a set sorts alike on every file system. */
  readonly photos: readonly Photo[]
  /** In the same order. */
  readonly refused: readonly RefusedPhoto[]
  /** Files that are no photos by their extension (text, calibration …), for the curious. */
  readonly ignored: readonly string[]
}

/** Decoded pixels: stored orientation, 8 bits a channel, R G B interleaved, row-major, without padding. */
export interface Pixels {
  readonly width: number
  readonly height: number
  /** `height × width × 3`. */
  readonly rgb: Uint8Array
}

/** The order of a set: code units of the NFC form, then of the name as it is spelled. */
export function compareNames(a: string, b: string): number {
  const x = a.normalize('NFC')
  const y = b.normalize('NFC')
  if (x !== y) return x < y ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
