import type { Initialiser } from '../layers/layer.js'
import { fans } from './fans.js'

/**
 * Rows (or columns, if there are fewer) of length `scale` at right angles to each other: keeps lengths through any depth of
 * linear layers (Saxe et al. 2014). A normal random matrix, orthonormalised; kernels count as matrices [outputs, rest].
 */
export const orthogonal =
  (scale = 1): Initialiser =>
  (shape, random) => {
    fans(shape)
    const rows = shape[0]
    const columns = shape.slice(1).reduce((a, b) => a * b, 1)
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows]
    const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()))
    orthonormalise(vectors)
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [r, c] = [Math.floor(i / columns), i % columns]
      return scale * (rows <= columns ? vectors[r][c] : vectors[c][r])
    })
  }

/** Gram–Schmidt, each vector twice, which is enough for full precision (Giraud et al. 2005). */
function orthonormalise(vectors: Float64Array[]): void {
  vectors.forEach((v, i) => {
    for (let round = 0; round < 2; round++) {
      for (let j = 0; j < i; j++) {
        const along = dot(v, vectors[j])
        for (let k = 0; k < v.length; k++) v[k] -= along * vectors[j][k]
      }
    }
    const norm = Math.sqrt(dot(v, v))
    for (let k = 0; k < v.length; k++) v[k] /= norm
  })
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((s, x, i) => s + x * b[i], 0)
