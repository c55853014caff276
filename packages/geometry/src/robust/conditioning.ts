import { type Normalization, normalization } from '../solvers/normalize.js'

/** Correspondences with both images brought to the unit square by shifts and one common scale. */
export interface ConditionedPair {
  readonly T1: Normalization
  readonly T2: Normalization
  readonly xy1: Float64Array
  readonly xy2: Float64Array
}

/** One scale for both images keeps distances comparable, so least squares in the unit square is least squares in pixels. */
export function conditionPair(xy1: Float64Array, xy2: Float64Array): ConditionedPair | undefined {
  const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
  const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
  if (!normalization(xy1, undefined, T1) || !normalization(xy2, undefined, T2)) return undefined
  const scale = Math.min(T1.scale, T2.scale)
  T1.scale = scale
  T2.scale = scale
  return { T1, T2, xy1: applyNormalization(xy1, T1), xy2: applyNormalization(xy2, T2) }
}

function applyNormalization(xy: Float64Array, { cx, cy, scale }: Normalization): Float64Array {
  const out = new Float64Array(xy.length)
  for (let k = 0; k + 1 < xy.length; k += 2) {
    out[k] = scale * (xy[k] - cx)
    out[k + 1] = scale * (xy[k + 1] - cy)
  }
  return out
}
