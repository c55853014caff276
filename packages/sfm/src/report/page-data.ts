import { fromBase64, toBase64 } from './base64.js'
import type { Histogram } from './histogram.js'
import type { ModelData, ModelImage } from './model-data.js'
import type { PairKind, PairReport, PhotoReport, ReconstructReport, Verdict } from './report.js'

/** What `report.html` carries inside: JSON whose big arrays are base64. Written by `epipole`, read by the viewer. */
export interface PageData {
  readonly format: 'epipole-page'
  readonly version: 1
  readonly title: string
  readonly report: Omit<ReconstructReport, 'photos' | 'pairs'>
  /** The first photos of the report: all of them but in absurdly large sets. */
  readonly photos: readonly PhotoReport[]
  readonly photoCount: number
  readonly pairs: PackedPairs
  readonly models: readonly PackedModel[]
  readonly histograms: readonly { readonly trackLength: Histogram; readonly error: Histogram }[]
  /** One a photo: base64 JPEG in the stored orientation, or null. */
  readonly thumbnails: readonly (string | null)[]
  /** What the size limit made us leave out, as sentences. */
  readonly omitted: readonly string[]
}

export const PAIR_KINDS: readonly PairKind[] = ['calibrated', 'uncalibrated', 'planar', 'panoramic', 'refused']

/** One pair: a, b, index into `PAIR_KINDS`, matches, inliers, angle (deg) or null, index into `verdicts` or −1. */
export type PackedPair = readonly [number, number, number, number, number, number | null, number]

export interface PackedPairs {
  readonly total: number
  readonly rows: readonly PackedPair[]
  readonly verdicts: readonly Verdict[]
}

/**
 * Packs pairs until their JSON would pass `maxBytes`: those with a geometry first, by inliers, then the refused, by
 * matches; the ones that fit keep the report's order.
 */
export function packPairs(pairs: readonly PairReport[], maxBytes: number): PackedPairs {
  const order = pairs.map((_, i) => i)
  const rank = (p: PairReport) => (p.kind === 'refused' ? p.matches / 1e9 : 1 + p.inliers)
  order.sort((i, j) => rank(pairs[j]!) - rank(pairs[i]!) || i - j)
  const verdicts: Verdict[] = []
  const known = new Map<string, number>()
  const rows: { index: number; row: PackedPair }[] = []
  let bytes = 0
  for (const index of order) {
    const p = pairs[index]!
    let verdict = -1
    if (p.verdict) {
      const text = JSON.stringify(p.verdict)
      verdict = known.get(text) ?? -1
      if (verdict < 0) {
        bytes += escapedLength(text)
        verdict = verdicts.push(p.verdict) - 1
        known.set(text, verdict)
      }
    }
    const angle = p.angleDeg === undefined ? null : Math.round(p.angleDeg * 100) / 100
    const row: PackedPair = [p.a, p.b, PAIR_KINDS.indexOf(p.kind), p.matches, p.inliers, angle, verdict]
    bytes += JSON.stringify(row).length + 1
    if (bytes > maxBytes) break
    rows.push({ index, row })
  }
  rows.sort((x, y) => x.index - y.index)
  return { total: pairs.length, rows: rows.map((r) => r.row), verdicts }
}

/** Undoes `packPairs`. */
export function unpackPairs(packed: PackedPairs): PairReport[] {
  return packed.rows.map(([a, b, kind, matches, inliers, angle, verdict]) => {
    const reason = packed.verdicts[verdict]
    return {
      a,
      b,
      kind: PAIR_KINDS[kind] ?? 'refused',
      matches,
      inliers,
      ...(angle === null ? {} : { angleDeg: angle }),
      ...(reason ? { verdict: reason } : {}),
    }
  })
}

/** `ModelData` as JSON; the arrays' names are the same, their bytes base64. */
export interface PackedModel {
  readonly origin: readonly [number, number, number]
  readonly up: readonly [number, number, number]
  readonly totalPoints: number
  readonly positions: string
  readonly colors: string
  /** u16, 1/1000 px, capped at 65.535. */
  readonly errors: string
  /** u32 lengths of the tracks. */
  readonly trackLengths: string
  /** u16 where fewer than 65 536 images, else u32. */
  readonly trackImages: string
  readonly trackXy: string
  /** 12 f64 each. */
  readonly poses: string
  readonly images: readonly Omit<ModelImage, 'pose'>[]
}

/** Bytes of JSON that points and their observations take in a model of so many images. */
export function packedBytes(points: number, observations: number, images: number): number {
  const pointBytes = 12 + 3 + 2 + 4
  const observationBytes = 4 + (images < 65536 ? 2 : 4)
  return ((points * pointBytes + observations * observationBytes) * 4) / 3
}

export function packModel(data: ModelData): PackedModel {
  const n = data.errors.length
  const errors = Uint16Array.from(data.errors, (e) => Math.max(0, Math.min(65535, Math.round(1000 * e))))
  const lengths = new Uint32Array(n)
  for (let i = 0; i < n; i++) lengths[i] = data.trackStart[i + 1]! - data.trackStart[i]!
  const poses = new Float64Array(12 * data.images.length)
  for (const [i, image] of data.images.entries()) poses.set(image.pose, 12 * i)
  const small = data.images.length < 65536
  return {
    origin: data.origin,
    up: data.up,
    totalPoints: data.totalPoints,
    positions: toBase64(data.positions),
    colors: toBase64(data.colors),
    errors: toBase64(errors),
    trackLengths: toBase64(lengths),
    trackImages: toBase64(small ? Uint16Array.from(data.trackImages) : data.trackImages),
    trackXy: toBase64(data.trackXy),
    poses: toBase64(poses),
    images: data.images.map(({ pose: _, ...rest }) => rest),
  }
}

export function unpackModel(packed: PackedModel): ModelData {
  const lengths = new Uint32Array(fromBase64(packed.trackLengths).buffer)
  const trackStart = new Uint32Array(lengths.length + 1)
  for (let i = 0; i < lengths.length; i++) trackStart[i + 1] = trackStart[i]! + lengths[i]!
  const images = fromBase64(packed.trackImages).buffer
  const poses = new Float64Array(fromBase64(packed.poses).buffer)
  return {
    origin: packed.origin,
    up: packed.up,
    totalPoints: packed.totalPoints,
    positions: new Float32Array(fromBase64(packed.positions).buffer),
    colors: fromBase64(packed.colors),
    errors: Float32Array.from(new Uint16Array(fromBase64(packed.errors).buffer), (e) => e / 1000),
    trackStart,
    trackImages: packed.images.length < 65536 ? Uint32Array.from(new Uint16Array(images)) : new Uint32Array(images),
    trackXy: new Uint16Array(fromBase64(packed.trackXy).buffer),
    images: packed.images.map((image, i) => ({ ...image, pose: poses.slice(12 * i, 12 * i + 12) })),
  }
}

/** Characters of a JSON text once `<` is written as `\u003c`, bytes of UTF-8 for the rest. */
export function escapedLength(json: string): number {
  let length = 0
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i)
    length += c === 0x3c ? 6 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3
  }
  return length
}
