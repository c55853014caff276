import { homographyFourPoint } from '../solvers/homography-four-point.js'
import { denormalizeMap } from '../solvers/normalize.js'
import { inPixels } from './estimate-fundamental.js'
import type { Estimator } from './estimator.js'
import { NormalEquations } from './normal-equations.js'
import { normalizePair, scaleMatrix } from './normalization.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'

const ITERATIONS = 3

/**
 * Homographies x2 ~ H x1 from correspondences: four-point samples, transfer errors in image 2, in the coordinates' unit.
 * Coordinates should be of order 1 (`estimateHomography` sees to it).
 */
export function homographyEstimator(xy1: Float64Array, xy2: Float64Array): Estimator {
  return {
    count: xy1.length / 2,
    sampleSize: 4,
    modelSize: 9,
    maxModels: 1,
    solve: (sample, models) => homographyFourPoint(xy1, xy2, sample, models),
    residuals: (H, out, from, to) => transferRange(H, xy1, xy2, out, from, to),
    refine: homographyRefiner(xy1, xy2),
  }
}

/** The homography in pixels, H₃₃ = 1 where it can be, that most correspondences fit. `maxResidual` is in pixels of image 2. */
export function estimateHomography(xy1: Float64Array, xy2: Float64Array, options: RansacOptions): RansacResult {
  const pair = normalizePair(xy1, xy2)
  const { scale } = pair.T1
  const result = ransac(homographyEstimator(pair.xy1, pair.xy2), {
    ...options,
    maxResidual: options.maxResidual * scale,
  })
  if (result.model) denormalizeMap(result.model, 0, pair.T1, pair.T2)
  const model = result.model && scaleMatrix(result.model, true)
  return { ...result, model, report: inPixels(result, options, scale) }
}

function transferRange(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
): void {
  for (let k = from; k < to; k++) {
    const x = xy1[2 * k]
    const y = xy1[2 * k + 1]
    const w = 1 / (H[6] * x + H[7] * y + H[8])
    const dx = (H[0] * x + H[1] * y + H[2]) * w - xy2[2 * k]
    const dy = (H[3] * x + H[4] * y + H[5]) * w - xy2[2 * k + 1]
    const r = Math.sqrt(dx * dx + dy * dy)
    out[k] = Number.isNaN(r) ? Number.POSITIVE_INFINITY : r
  }
}

/** Gauss–Newton on the transfer errors over H's nine numbers; the free scale is held by damping along H itself. */
function homographyRefiner(xy1: Float64Array, xy2: Float64Array) {
  const normal = new NormalEquations(9)
  const H = new Float64Array(9)
  return (model: Float64Array, inliers: Int32Array, out: Float64Array): boolean => {
    if (inliers.length < 4) return false
    H.set(model.subarray(0, 9))
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      normal.clear()
      const { row } = normal
      for (let k = 0; k < inliers.length; k++) {
        const i = 2 * inliers[k]
        const x = xy1[i]
        const y = xy1[i + 1]
        const w = 1 / (H[6] * x + H[7] * y + H[8])
        const px = (H[0] * x + H[1] * y + H[2]) * w
        const py = (H[3] * x + H[4] * y + H[5]) * w
        row.fill(0)
        row[0] = x * w
        row[1] = y * w
        row[2] = w
        row[6] = -px * x * w
        row[7] = -px * y * w
        row[8] = -px * w
        normal.add(px - xy2[i])
        row.copyWithin(3, 0, 3)
        row.fill(0, 0, 3)
        row[6] = -py * x * w
        row[7] = -py * y * w
        row[8] = -py * w
        normal.add(py - xy2[i + 1])
      }
      row.set(H)
      normal.add(0)
      if (!normal.solve()) return false
      let square = 0
      for (let j = 0; j < 9; j++) {
        H[j] += normal.step[j]
        square += H[j] * H[j]
      }
      const scale = 1 / Math.sqrt(square)
      for (let j = 0; j < 9; j++) H[j] *= scale
    }
    out.set(H)
    return H.every(Number.isFinite)
  }
}
