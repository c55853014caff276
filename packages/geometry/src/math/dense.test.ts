import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { choleskyFactor, choleskyInverse, choleskySolve, ldltFactor, ldltSolve } from './cholesky.js'
import { symmetricEigen } from './eigen.js'
import { luDeterminant, luFactor, luSolve } from './lu.js'
import { nullSpace } from './null-space.js'
import { leastSquares } from './qr.js'
import { svd } from './svd.js'
import { nearestRotation, svd3 } from './svd3.js'

const gaussian = (random: RandomStream, n: number) => Float64Array.from({ length: n }, () => random.normal())

function gram(A: Float64Array, m: number, n: number): Float64Array {
  const G = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < m; k++) G[i * n + j] += A[k * n + i] * A[k * n + j]
  }
  return G
}

function times(A: Float64Array, m: number, n: number, x: Float64Array): Float64Array {
  const y = new Float64Array(m)
  for (let i = 0; i < m; i++) for (let k = 0; k < n; k++) y[i] += A[i * n + k] * x[k]
  return y
}

const distance = (a: Float64Array, b: Float64Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i])))

describe('dense linear algebra', () => {
  const random = randomStream(3, 'dense')

  it('Cholesky solves and inverts positive definite systems, and refuses others', () => {
    for (let n = 1; n <= 12; n++) {
      const A = gram(gaussian(random, 2 * n * n), 2 * n, n)
      const x = gaussian(random, n)
      const b = times(A, n, n, x)
      const L = A.slice()
      expect(choleskyFactor(L, n)).toBe(true)
      expect(distance(choleskySolve(L, n, b), x)).toBeLessThan(1e-10)
      const inverse = choleskyInverse(L, n)
      expect(distance(times(inverse, n, n, b), x)).toBeLessThan(1e-10)
      const D = A.slice()
      expect(ldltFactor(D, n)).toBe(true)
      expect(distance(ldltSolve(D, n, b), x)).toBeLessThan(1e-10)
    }
    expect(choleskyFactor(new Float64Array([1, 2, 2, 1]), 2)).toBe(false)
    expect(choleskyFactor(new Float64Array([1, 1, 1, 1]), 2)).toBe(false)
    expect(choleskyFactor(new Float64Array([Number.NaN]), 1)).toBe(false)
    const indefinite = new Float64Array([1, 2, 2, 1])
    expect(ldltFactor(indefinite, 2)).toBe(true)
    expect([...ldltSolve(indefinite, 2, new Float64Array([5, 4]))]).toEqual([1, 2])
    expect(ldltFactor(new Float64Array([1, 1, 1, 1]), 2)).toBe(false)
  })

  it('LU solves, counts its sign and refuses singular matrices', () => {
    for (let n = 1; n <= 10; n++) {
      const A = gaussian(random, n * n)
      const x = gaussian(random, n)
      const b = times(A, n, n, x)
      const pivots = new Int32Array(n)
      expect(luFactor(A, n, pivots)).not.toBe(0)
      expect(distance(luSolve(A, n, pivots, b), x)).toBeLessThan(1e-9)
    }
    const A = new Float64Array([0, 1, 2, 3])
    const pivots = new Int32Array(2)
    expect(luDeterminant(A, 2, luFactor(A, 2, pivots))).toBe(-2)
    expect(luFactor(new Float64Array([1, 2, 2, 4]), 2, pivots)).toBe(0)
  })

  it('QR least squares leaves a residual orthogonal to the columns, and refuses rank deficiency', () => {
    for (let trial = 0; trial < 20; trial++) {
      const [m, n] = [12, 4]
      const A = gaussian(random, m * n)
      const b = gaussian(random, m)
      const x = leastSquares(A.slice(), m, n, b.slice())!
      const residual = times(A, m, n, x).map((v, i) => v - b[i])
      for (let j = 0; j < n; j++) {
        let dot = 0
        for (let i = 0; i < m; i++) dot += A[i * n + j] * residual[i]
        expect(Math.abs(dot)).toBeLessThan(1e-12)
      }
    }
    expect(leastSquares(new Float64Array([1, 2, 2, 4, 3, 6]), 3, 2, new Float64Array(3))).toBeUndefined()
  })

  it('symmetric eigen: A V = V Λ with orthonormal V, also singular', () => {
    for (let n = 1; n <= 12; n++) {
      for (const rows of [2 * n, Math.max(1, n - 2)]) {
        const A = gram(gaussian(random, rows * n), rows, n)
        const { values, V } = symmetricEigen(A.slice(), n)
        expect(distance(gram(V, n, n), gram(identity(n), n, n))).toBeLessThan(1e-13)
        for (let j = 0; j < n; j++) {
          const v = Float64Array.from({ length: n }, (_, i) => V[i * n + j])
          const lambda = v.map((c) => c * values[j])
          expect(distance(times(A, n, n, v), lambda)).toBeLessThan(1e-12 * (1 + values[0]))
          if (j > 0) expect(values[j]).toBeLessThanOrEqual(values[j - 1])
        }
      }
    }
  })

  it('SVD: reconstructs, with orthonormal factors and descending values', () => {
    for (const [m, n] of [
      [3, 3],
      [9, 4],
      [9, 9],
      [20, 6],
    ]) {
      const A = gaussian(random, m * n)
      const { U, S, V } = svd(A, m, n)
      expect(distance(gram(U, m, n), identity(n))).toBeLessThan(1e-13)
      expect(distance(gram(V, n, n), identity(n))).toBeLessThan(1e-13)
      const back = new Float64Array(m * n)
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) back[i * n + j] += U[i * n + k] * S[k] * V[j * n + k]
      }
      expect(distance(back, A)).toBeLessThan(1e-13)
      for (let k = 1; k < n; k++) expect(S[k]).toBeLessThanOrEqual(S[k - 1])
    }
  })

  it('SVD values agree with numpy', () => {
    // python3 -c "import numpy as np; print(np.linalg.svd(np.array([[1,2,3],[4,5,6],[7,8,10.]]))[1])"
    const { S } = svd3([1, 2, 3, 4, 5, 6, 7, 8, 10])
    expect(S[0]).toBeCloseTo(17.412505166808593, 12)
    expect(S[1]).toBeCloseTo(0.8751613501104364, 12)
    expect(S[2]).toBeCloseTo(0.19686652111743, 12)
  })

  it('3×3 SVD completes its frames for rank 0 to 2', () => {
    for (const A of [
      new Float64Array(9),
      Float64Array.from([1, 2, 3, 2, 4, 6, 3, 6, 9]),
      Float64Array.from([0, -3, 2, 3, 0, -1, -2, 1, 0]),
      Float64Array.from([0, 0, 0, 0, 0, 0, 0, 0, 5]),
    ]) {
      const { U, S, V } = svd3(A)
      expect(distance(gram(U, 3, 3), identity(3))).toBeLessThan(1e-14)
      expect(distance(gram(V, 3, 3), identity(3))).toBeLessThan(1e-14)
      for (let r = 0; r < 3; r++) {
        for (let c = 0; c < 3; c++) {
          let a = 0
          for (let k = 0; k < 3; k++) a += U[3 * r + k] * S[k] * V[3 * c + k]
          expect(Math.abs(a - A[3 * r + c])).toBeLessThan(1e-13)
        }
      }
    }
    const R = nearestRotation([2, 0, 0, 0, 3, 0, 0, 0, -1])
    expect(distance(gram(R, 3, 3), identity(3))).toBeLessThan(1e-15)
  })

  it('null space: orthonormal, annihilated by the equations; dependent equations are refused', () => {
    for (const m of [4, 5, 7, 8]) {
      const A = gaussian(random, m * 9)
      const basis = new Float64Array((9 - m) * 9)
      expect(nullSpace(A.slice(), m, 9, basis)).toBe(true)
      for (let v = 0; v < 9 - m; v++) {
        const x = basis.slice(9 * v, 9 * v + 9)
        expect(distance(times(A, m, 9, x), new Float64Array(m))).toBeLessThan(1e-13)
        for (let w = 0; w <= v; w++) {
          let dot = 0
          for (let k = 0; k < 9; k++) dot += x[k] * basis[9 * w + k]
          expect(Math.abs(dot - (v === w ? 1 : 0))).toBeLessThan(1e-14)
        }
      }
      A.copyWithin(9, 0, 9)
      expect(nullSpace(A, m, 9, basis)).toBe(false)
    }
    expect(nullSpace(new Float64Array(18), 2, 9, new Float64Array(63))).toBe(false)
    expect(nullSpace(new Float64Array(9).fill(Number.NaN), 1, 9, new Float64Array(72))).toBe(false)
  })
})

function identity(n: number): Float64Array {
  const I = new Float64Array(n * n)
  for (let i = 0; i < n; i++) I[i * n + i] = 1
  return I
}
