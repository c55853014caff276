import type { TwoViewGeometry } from '@epipole/sfm'
import { decodeRecord, encodeRecord, type RecordData } from './record.js'

type Arrays = Record<string, RecordData['arrays'][string]>

/** A pair's verified geometry as a record. */
export function encodeGeometry(geometry: TwoViewGeometry): Uint8Array {
  const { inliers, E, F, H, bFromA, ...meta } = geometry
  const arrays: Arrays = { inliers }
  if (E) arrays.E = E
  if (F) arrays.F = F
  if (H) arrays.H = H
  if (bFromA) {
    arrays.R = bFromA.R
    arrays.t = bFromA.t
  }
  return encodeRecord({ meta, arrays })
}

export function decodeGeometry(bytes: Uint8Array, name: string): TwoViewGeometry {
  const { meta, arrays } = decodeRecord(bytes, name)
  const { inliers, E, F, H, R, t } = arrays
  return {
    ...(meta as Omit<TwoViewGeometry, 'inliers'>),
    inliers: inliers as Uint32Array,
    ...(E ? { E: E as Float64Array } : {}),
    ...(F ? { F: F as Float64Array } : {}),
    ...(H ? { H: H as Float64Array } : {}),
    ...(R && t ? { bFromA: { R: R as Float64Array, t: t as Float64Array } } : {}),
  }
}
