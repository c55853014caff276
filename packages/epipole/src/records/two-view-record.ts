import type { TwoViewGeometry } from '@epipole/sfm'
import { decodeRecord, encodeRecord, type RecordData } from './record.js'

type Arrays = Record<string, RecordData['arrays'][string]>

/** A pair's verified geometry as a record, with the matches that were tried on it (flat pairs of keypoints). */
export function encodeGeometry(geometry: TwoViewGeometry, matches: Uint32Array): Uint8Array {
  const { inliers, E, F, H, bFromA, ...meta } = geometry
  const arrays: Arrays = { matches, inliers }
  if (E) arrays.E = E
  if (F) arrays.F = F
  if (H) arrays.H = H
  if (bFromA) {
    arrays.R = bFromA.R
    arrays.t = bFromA.t
  }
  return encodeRecord({ meta, arrays })
}

export function decodeGeometry(
  bytes: Uint8Array,
  name: string,
): { readonly geometry: TwoViewGeometry; readonly matches: Uint32Array } {
  const { meta, arrays } = decodeRecord(bytes, name)
  const { matches, inliers, E, F, H, R, t } = arrays
  const geometry = {
    ...(meta as Omit<TwoViewGeometry, 'inliers'>),
    inliers: inliers as Uint32Array,
    ...(E ? { E: E as Float64Array } : {}),
    ...(F ? { F: F as Float64Array } : {}),
    ...(H ? { H: H as Float64Array } : {}),
    ...(R && t ? { bFromA: { R: R as Float64Array, t: t as Float64Array } } : {}),
  }
  return { geometry, matches: matches as Uint32Array }
}
