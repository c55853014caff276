import { alignSubset } from '../math/align.js'
import { symmetricEigen } from '../math/eigen.js'
import type { Estimator } from './estimator.js'

/**
 * Lines in the plane, as (a, b, c) with a² + b² = 1 and a x + b y + c = 0; residuals are distances. Refinement is total
 * least squares: the line through the centroid along the direction of greatest spread.
 *
 * @param xy x y x y …
 */
export function lineEstimator(xy: Float64Array): Estimator {
  return hyperplaneEstimator(xy, 2)
}

/**
 * Planes in space, as (a, b, c, d) with a² + b² + c² = 1 and a x + b y + c z + d = 0; residuals are distances. Refinement is
 * total least squares.
 *
 * @param xyz x y z x y z …
 */
export function planeEstimator(xyz: Float64Array): Estimator {
  return hyperplaneEstimator(xyz, 3)
}

function hyperplaneEstimator(data: Float64Array, dimension: 2 | 3): Estimator {
  const count = Math.floor(data.length / dimension)
  return {
    count,
    sampleSize: dimension,
    modelSize: dimension + 1,
    maxModels: 1,
    solve: (sample, models) =>
      dimension === 2 ? lineThrough(data, sample, models) : planeThrough(data, sample, models),
    residuals: (model, out) => {
      for (let i = 0; i < count; i++) {
        let distance = model[dimension]
        for (let k = 0; k < dimension; k++) distance += model[k] * data[dimension * i + k]
        out[i] = distance
      }
    },
    residualsOf: (model, subset, begin, end, out) => {
      for (let i = begin; i < end; i++) {
        let distance = model[dimension]
        for (let k = 0; k < dimension; k++) distance += model[k] * data[dimension * subset[i] + k]
        out[i] = distance
      }
    },
    refine: (model, inliers) => fitHyperplane(data, dimension, inliers, model),
  }
}

function lineThrough(xy: Float64Array, sample: Int32Array, model: Float64Array): number {
  const i = sample[0]
  const j = sample[1]
  const dx = xy[2 * j] - xy[2 * i]
  const dy = xy[2 * j + 1] - xy[2 * i + 1]
  const norm = Math.sqrt(dx * dx + dy * dy)
  if (!(norm > 0)) return 0
  model[0] = -dy / norm
  model[1] = dx / norm
  model[2] = -(model[0] * xy[2 * i] + model[1] * xy[2 * i + 1])
  return 1
}

function planeThrough(p: Float64Array, sample: Int32Array, model: Float64Array): number {
  const i = sample[0]
  const j = sample[1]
  const k = sample[2]
  const ux = p[3 * j] - p[3 * i]
  const uy = p[3 * j + 1] - p[3 * i + 1]
  const uz = p[3 * j + 2] - p[3 * i + 2]
  const vx = p[3 * k] - p[3 * i]
  const vy = p[3 * k + 1] - p[3 * i + 1]
  const vz = p[3 * k + 2] - p[3 * i + 2]
  const nx = uy * vz - uz * vy
  const ny = uz * vx - ux * vz
  const nz = ux * vy - uy * vx
  const norm = Math.sqrt(nx * nx + ny * ny + nz * nz)
  const sizes = Math.sqrt((ux * ux + uy * uy + uz * uz) * (vx * vx + vy * vy + vz * vz))
  if (!(norm > 1e-12 * sizes)) return 0
  model[0] = nx / norm
  model[1] = ny / norm
  model[2] = nz / norm
  model[3] = -(model[0] * p[3 * i] + model[1] * p[3 * i + 1] + model[2] * p[3 * i + 2])
  return 1
}

const covariance = new Float64Array(9)
const values = new Float64Array(3)
const vectors = new Float64Array(9)
const mean = new Float64Array(3)

/** The hyperplane through the centroid across the direction of least spread; keeps the model's side. */
function fitHyperplane(data: Float64Array, d: number, subset: Int32Array, model: Float64Array): boolean {
  mean.fill(0)
  for (const i of subset) for (let k = 0; k < d; k++) mean[k] += data[d * i + k] / subset.length
  covariance.fill(0)
  for (const i of subset) {
    for (let r = 0; r < d; r++) {
      for (let c = 0; c < d; c++) covariance[d * r + c] += (data[d * i + r] - mean[r]) * (data[d * i + c] - mean[c])
    }
  }
  symmetricEigen(covariance, d, values, vectors)
  if (!(values[d - 2] > 0)) return false
  let side = 0
  for (let k = 0; k < d; k++) side += vectors[d * k + d - 1] * model[k]
  const sign = side < 0 ? -1 : 1
  model[d] = 0
  for (let k = 0; k < d; k++) {
    model[k] = sign * vectors[d * k + d - 1]
    model[d] -= model[k] * mean[k]
  }
  return Number.isFinite(model[d])
}

/**
 * Similarities dst = scale · R · src + t between point sets with known correspondence, as thirteen numbers: R row-major, t,
 * scale. Residuals are distances in dst; refinement is Umeyama's least squares.
 *
 * @param src xyz xyz …
 * @param dst as many
 */
export function sim3Estimator(src: Float64Array, dst: Float64Array): Estimator {
  const count = Math.floor(Math.min(src.length, dst.length) / 3)
  const all = Int32Array.from({ length: count }, (_, i) => i)
  const align = (subset: Int32Array, model: Float64Array): boolean =>
    alignSubset(src, dst, subset, model) === undefined && model[12] > 0
  const residualsOf = (model: Float64Array, subset: Int32Array, begin: number, end: number, out: Float64Array) => {
    const s = model[12]
    for (let i = begin; i < end; i++) {
      const k = 3 * subset[i]
      const x = s * src[k]
      const y = s * src[k + 1]
      const z = s * src[k + 2]
      const dx = model[0] * x + model[1] * y + model[2] * z + model[9] - dst[k]
      const dy = model[3] * x + model[4] * y + model[5] * z + model[10] - dst[k + 1]
      const dz = model[6] * x + model[7] * y + model[8] * z + model[11] - dst[k + 2]
      out[i] = dx * dx + dy * dy + dz * dz
    }
  }
  return {
    count,
    sampleSize: 3,
    modelSize: 13,
    maxModels: 1,
    components: 3,
    squared: true,
    solve: (sample, models) => (align(sample, models) ? 1 : 0),
    residuals: (model, out) => residualsOf(model, all, 0, count, out),
    residualsOf,
    refine: (model, inliers) => align(inliers, model),
  }
}
